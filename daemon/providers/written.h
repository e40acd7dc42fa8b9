// What a request writer makes of a neutral request, before the credential is added. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/continuity.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::providers {

// The wire formats that both clients and upstreams speak.
enum class Dialect { chat, responses, messages };

// Where an upstream serves it, after the base of its API.
constexpr std::string_view path_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::chat:
      return "/chat/completions";
    case Dialect::responses:
      return "/responses";
    case Dialect::messages:
      return "/v1/messages";
  }
  return {};
}

// Which upstream is written for.
struct Target {
  std::string model;                  // the upstream's name of it
  std::string deployment;             // id; reasoning state is bound to it
  bool compatible = false;            // a server that copied OpenAI Chat, not OpenAI itself
  bool wants_reasoning_text = false;  // DeepSeek: reasoning_content must come back
  bool is_openrouter = false;         // takes reasoning_details whoever kept them
  dialects::CallStates call_states = dialects::CallStates::none;  // of Chat
  bool ask_usage = true;    // of Chat: streams report usage only when asked
  bool auto_cache = false;  // Anthropic: set cache breakpoints where the client set none
};

struct Written {
  std::string path;  // after the API's base: "/chat/completions"
  Json body;
  std::vector<std::string> dropped;  // parameters this upstream does not take
  std::vector<std::string> notes;    // what was changed, for the log
};

inline Error unsupported(const std::string& param, const std::string& what) {
  return make_error(ErrorCode::invalid_request, param + ": " + what, {}, param);
}

inline Error nothing_to_say() {
  return make_error(ErrorCode::missing_parameter,
                    "'messages' (or 'input') holds nothing that this model's upstream can read", {},
                    "messages");
}

}  // namespace litegw::providers
