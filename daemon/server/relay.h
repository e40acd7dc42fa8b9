// Passes an upstream's answer on to the client: steps 10 to 12 of the straight line where both
// sides speak Chat Completions. Nothing is sent before the first event of a stream, or the whole of
// a plain answer, has been judged; after that a failure ends the answer visibly.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/dialects/chat/tee.h"
#include "daemon/server/completion_state.h"
#include "daemon/server/exchange.h"
#include "daemon/server/maybe_failure.h"
#include "daemon/server/outcome.h"
#include "daemon/upstream/body_source.h"

namespace litegw::server {

// Views: what they show must live until the answer has begun.
using Headers = std::vector<http::Field>;

struct RelaySettings {
  std::string model_json;  // quoted name that the answer shall carry; empty = the upstream's
  bool drop_usage_chunk = false;
  Headers headers;                     // beside Content-Type and the like
  std::function<void()> before_begin;  // the request is not needed any more: no other try follows
};

class Relay {
 public:
  Relay(Exchange& exchange, Outcome& outcome, CompletionState& state, RelaySettings settings);

  // nullopt: the client has its answer, good or visibly cut, and the outcome says which. A Failure:
  // nothing was sent, the caller may try elsewhere or answer with it.
  net::Task<MaybeFailure> plain(upstream::BodySource& source);
  net::Task<MaybeFailure> stream(upstream::BodySource& source);
  // A whole plain answer to a client that asked for a stream.
  net::Task<MaybeFailure> replay(upstream::BodySource& source);

 private:
  MaybeFailure judge(std::string_view body, dialects::chat::AnswerFacts& facts);
  std::optional<Result<std::string_view>> collect_now(upstream::BodySource& source,
                                                      std::string& collected);
  net::Task<Result<std::string_view>> collect(upstream::BodySource& source, std::string& collected);
  std::optional<Status> send_plain(std::string_view body,
                                   const std::optional<dialects::Range>& model,
                                   Exchange::Rest& rest);
  net::Task<void> cut(Error& error);
  net::Task<void> run_dry(const dialects::chat::Tee& tee, upstream::BodySource& source);
  Status begin_stream();
  net::Task<Status> send_events(std::string& out, bool& begun);
  void note(const dialects::chat::Tee& tee);
  void give_back(std::string& out);
  providers::Failure failure_before_begin(const Status& state,
                                          const dialects::chat::Tee& tee) const;
  void count(bool has_usage, const ledger::Usage& usage, std::uint64_t output_bytes);

  Exchange& exchange_;
  Outcome& outcome_;
  CompletionState& state_;
  RelaySettings settings_;
  std::string delivered_;  // kept only where cut answers are counted exactly
};

// An error of ours about an upstream, as a Failure.
providers::Failure failure_of(const Error& error);

}  // namespace litegw::server
