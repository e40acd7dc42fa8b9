// The parts of a completion that are there only when client and upstream do not speak the same:
// the client's body as a neutral request, and the call that a deployment gets for it. Used by
// completion.cpp on the event loops.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/auth/virtual_key.h"
#include "daemon/config/config.h"
#include "daemon/dialects/cursor/model_name.h"
#include "daemon/providers/translate.h"
#include "daemon/server/exchange.h"
#include "daemon/server/targets.h"

namespace litegw::server {

// What the route says the client speaks.
providers::Dialect client_dialect(const Exchange& exchange);
// Messages' count_tokens: nothing is generated.
bool counts_only(const Exchange& exchange);
// Cursor's own routes, and the others when it says who it is: that selects formatting, no rights.
bool is_cursor(const Exchange& exchange);

struct ClientBody {
  providers::Dialect dialect = providers::Dialect::chat;
  bool cursor = false;
  dialects::Request request;
  std::string shape;  // for the row: "chat", "responses", "anthropic"
};

// Fails with invalid_json, invalid_request or missing_parameter, naming the member.
Result<ClientBody> read_client_body(const Exchange& exchange, std::string_view body);

// The public model behind a name with Cursor's suffixes, among those that the caller may use.
std::optional<dialects::cursor::NamedModel> find_suffixed_model(const config::Config& config,
                                                                const auth::Principal& principal,
                                                                const std::string& asked);

// Up to ten names that the caller may use, for an error's text.
std::string callable_models(const config::Config& config, const auth::Principal& principal);

struct PreparedCall {
  std::string body;
  dialects::ToolMap tools;
  std::vector<std::string> dropped;
  bool passthrough = false;
  dialects::KeeperSettings keeper;
  bool keep_text = false;          // cut answers are counted exactly
  std::vector<std::string> notes;  // what was changed or missed, for the log
};

// Do the client's bytes go on with little change, since both sides speak the same?
bool passes_body(const ClientBody& client, const Target& target);
// Does the upstream want reasoning back that clients forget?
bool wants_states(const Target& target);

// `raw` is the client's body.
Result<PreparedCall> prepare_call(const ClientBody& client, std::string_view raw,
                                  const Target& target, const dialects::Recall& recall);

dialects::AnswerOptions answer_options(const ClientBody& client, const Exchange& exchange,
                                       const std::string& model);
providers::AnswerTranslator make_translator(const ClientBody& client, const Exchange& exchange,
                                            const Target& target, PreparedCall& call,
                                            const std::string& model);

}  // namespace litegw::server
