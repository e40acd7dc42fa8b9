// One completion from the client's bytes to its answer, as a class in four files: completion.cpp
// reads, checks and chooses; completion_money.cpp sets aside what it may cost;
// completion_upstream.cpp asks one deployment, completion_count.cpp does so for Messages'
// count_tokens. Used by these only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/dialects/chat/scan.h"
#include "daemon/dialects/chat/splice.h"
#include "daemon/providers/failure.h"
#include "daemon/providers/mock/mock.h"
#include "daemon/server/completion_state.h"
#include "daemon/server/continuity.h"
#include "daemon/server/exchange.h"
#include "daemon/server/outcome.h"
#include "daemon/server/rate_headers.h"
#include "daemon/server/relay.h"
#include "daemon/server/services.h"
#include "daemon/server/translation.h"
#include "daemon/upstream/body_source.h"
#include "daemon/upstream/client.h"

namespace litegw::server {

using providers::Failure;
using upstream::BodySource;

// One completion, from the client's bytes to its answer: steps 4 to 12. `outcome_` does 13 and 14.
class Completion {
 public:
  Completion(Exchange& exchange, Services& services)
      : exchange_(exchange),
        services_(services),
        state_(*services.completions),
        dialect_(client_dialect(exchange)),
        cursor_(is_cursor(exchange)),
        outcome_(exchange, services),
        drain_limit_(services.deadlines, [this] {
          if (source_ != nullptr) source_->abort();
        }) {
    if (cursor_ && dialect_ == providers::Dialect::chat) exchange.answer_errors_as(Style::cursor);
  }

  static net::Task<void> serve(Exchange& exchange, Services& services);

 private:
  Status accept(const Result<std::string_view>& body);
  Status understand();
  Status parse();
  void capture() const;
  Status allow();
  std::optional<config::Resolved> resolve_for_cursor(const std::string& asked);
  void warn_path() const;
  bool passes_bytes(const Target& target) const;
  net::Task<MaybeFailure> ask_translated(const Target& target);
  net::Task<MaybeFailure> send_translated(const Target& target);
  net::Task<MaybeFailure> ask_count(const Target& target);
  net::Task<MaybeFailure> answer_count(std::int64_t tokens);
  StateScope states() const;
  net::Task<MaybeFailure> relay_translated(BodySource& source, const Target& target,
                                           PreparedCall& call, Headers& headers);
  net::Task<void> answer_probe();
  net::Task<void> answer_overflow();
  net::Task<void> answer_inline(const std::string& message);
  net::Task<void> answer_cursor(const std::string& stream, const std::string& whole);
  Error unknown_model(const std::string& asked) const;
  net::Task<void> try_deployments();
  // completion_money.cpp
  Status admit(TargetList& targets);
  Status check_limits() const;
  Status drop_unpriced(TargetList& targets, bool limits_money);
  void warn_unpriced(const Target& target);
  budget::Ask ask() const;
  void fill_money_headers(http::FieldBlock& fields);
  void fill_refusal_headers(const budget::Refusal& refused, Time now);
  net::Task<MaybeFailure> ask_target(const TargetPtr& target);
  void note_attempt(net::Clock::time_point start, const MaybeFailure& failure);
  net::Task<MaybeFailure> ask_mock(const Target& target);
  net::Task<MaybeFailure> ask_upstream(const Target& target);
  providers::mock::MockRequest mock_request(const Target& target) const;
  upstream::Request upstream_request(const Target& target, std::string_view head,
                                     std::span<const std::string_view> pieces) const;
  net::Task<MaybeFailure> refused_by(upstream::Call& call, const Target& target);
  net::Task<MaybeFailure> relay(BodySource& source, std::string_view content_type,
                                Headers& headers);
  Result<std::string> write_head(const Target& target, const std::string& fixed_part,
                                 std::size_t content_length) const;
  Headers answer_headers(const Target& target);
  net::Task<void> answer(const Failure& failure);
  net::Task<void> refuse(const Error& error);
  void interrupted();
  void release();

  Exchange& exchange_;
  Services& services_;
  CompletionState& state_;
  providers::Dialect dialect_;  // the client's
  bool cursor_;
  Outcome outcome_;
  std::string_view body_;
  dialects::chat::Scan scan_;
  dialects::chat::SplicedBody spliced_;
  std::unique_ptr<ClientBody> client_;  // read when the body cannot go on as it is
  dialects::cursor::NamedModel named_;  // what Cursor's suffixes said
  bool is_probe_ = false;               // Cursor's Verify button, for a model that is none of ours
  config::Resolved resolved_;
  std::string model_json_;
  bool drop_usage_chunk_ = false;
  bool without_states_ = false;   // an upstream has refused reasoning that came back to it
  BodySource* source_ = nullptr;  // what an interruption aborts
  std::optional<Relay> relay_;    // of the attempt under way
  net::Deadline drain_limit_;
  std::vector<std::pair<std::string, std::string>> failure_headers_;
  std::string dropped_;  // names of members that were taken out
};

}  // namespace litegw::server
