#include "daemon/server/translated_relay.h"

#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "common/base/money.h"

namespace litegw::server {
namespace {

using providers::Failure;
using upstream::BodySource;

constexpr std::size_t kept_buffer = 2048;  // of a stream that may stay idle for long
constexpr std::size_t max_plain_answer = std::size_t{64} << 20;

// One wait for an upstream, which goes on while comments are sent.
struct Waiting {
  explicit Waiting(net::Executor executor) : timer(executor) {}
  net::Timer timer;
  std::optional<Status> result;
};

net::Task<void> wait_for(BodySource& source, std::shared_ptr<Waiting> waiting) {
  Status done = co_await source.wait();
  waiting->result = std::move(done);
  waiting->timer.cancel();
}

}  // namespace

TranslatedRelay::TranslatedRelay(Exchange& exchange, Services& services, Outcome& outcome,
                                 providers::AnswerTranslator translator,
                                 TranslatedRelaySettings settings)
    : exchange_(exchange),
      services_(services),
      outcome_(outcome),
      translator_(std::move(translator)),
      settings_(std::move(settings)) {}

// Everything that is here; false when the upstream's answer is over, good or bad.
bool TranslatedRelay::take_all(BodySource& source) {
  for (;;) {
    const auto piece = source.take();
    if (!piece) {
      translator_.finish(piece.error(), out_);
      return false;
    }
    if (piece->empty()) break;
    translator_.feed(*piece, out_);
    if (out_.size() > max_plain_answer) return false;
  }
  if (translator_.outcome().failure || !source.done()) return !translator_.outcome().failure;
  translator_.finish(std::nullopt, out_);
  return false;
}

net::Task<MaybeFailure> TranslatedRelay::run(BodySource& source) {
  Status sent;
  while ((sent || outcome_.drains()) && take_all(source)) {
    if (!out_.empty() && sent) sent = co_await send();
    if (!sent) out_.clear();
    if (!sent && !outcome_.drains()) break;
    if (settings_.stream && !outcome_.spending.covers(translator_.output_bytes())) {
      co_await run_dry(source);
      co_return std::nullopt;
    }
    if (outcome_.spending.waits()) {
      const Status journalled = co_await outcome_.spending.journalled();
      if (!journalled) translator_.finish(journalled.error(), out_);
      if (!journalled) break;
    }
    const Status more = co_await wait(source);
    if (more) continue;
    translator_.finish(more.error(), out_);
    break;
  }
  if (translator_.outcome().failure && !translator_.finished())
    translator_.finish(std::nullopt, out_);
  note();
  if (!settings_.stream) {
    auto whole = co_await finish_whole();
    co_return whole;
  }
  if (!begun_ && translator_.outcome().failure && !translator_.begun()) co_return failure();
  co_await finish_stream(std::move(sent));
  co_return std::nullopt;
}

// The money is used up: the answer ends in form, as if the model had reached its limit.
net::Task<void> TranslatedRelay::run_dry(BodySource& source) {
  source.abort();
  translator_.end_at_limit(out_);
  note();
  outcome_.failed(requestlog::Outcome::cut, out_of_money());
  outcome_.row.finish_reason = "length";
  const Status sent = co_await send();
  if (sent) co_await exchange_.end();
}

net::Task<MaybeFailure> TranslatedRelay::finish_whole() {
  if (translator_.outcome().failure) co_return failure();
  const std::string cost = to_decimal(outcome_.charge());
  auto fields = settings_.headers;
  fields.push_back({"Content-Type", "application/json"});
  if (outcome_.row.priced) fields.push_back({"x-litellm-response-cost", cost});
  const std::string key_spent = to_decimal(outcome_.spending.key_spent() + outcome_.row.cost);
  if (outcome_.spending.open()) fields.push_back({"x-litellm-key-spend", key_spent});
  outcome_.first_byte();
  const std::span<const http::Field> headers(fields);
  const Status sent = co_await exchange_.respond(200, headers, out_);
  if (sent)
    outcome_.finished();
  else
    outcome_.failed(requestlog::Outcome::cut, sent.error());
  co_return std::nullopt;
}

net::Task<void> TranslatedRelay::finish_stream(Status sent) {
  const auto& failed = translator_.outcome().failure;
  if (sent && exchange_.interruption() != Interruption::client_gone) sent = co_await send();
  if (!sent || exchange_.interruption() == Interruption::client_gone) {
    outcome_.failed(requestlog::Outcome::cut,
                    sent ? make_error(ErrorCode::client_closed, "the client closed the connection")
                         : sent.error());
    exchange_.abort();
    co_return;
  }
  if (failed) outcome_.failed(requestlog::Outcome::cut, failed->error);
  if (failed && !settings_.ends_in_form) {
    co_await exchange_.flush();
    exchange_.abort();
    co_return;
  }
  const Status ended = co_await exchange_.end();
  if (failed) co_return;
  if (ended)
    outcome_.finished();
  else
    outcome_.failed(requestlog::Outcome::cut, ended.error());
}

net::Task<Status> TranslatedRelay::wait(BodySource& source) {
  if (!settings_.stream || settings_.keepalive <= Duration::zero()) {
    Status done = co_await source.wait();
    co_return done;
  }
  auto waiting = std::make_shared<Waiting>(services_.executor);
  services_.tasks.spawn("upstream wait", wait_for(source, waiting));
  while (!waiting->result) {
    waiting->timer.expires_after(begun_ ? settings_.keepalive : settings_.hold);
    co_await waiting->timer.async_wait(net::nothrow);
    if (waiting->result) break;
    const Status filled = co_await fill_silence();
    if (!filled && !outcome_.drains()) source.abort();
  }
  co_return *waiting->result;
}

net::Task<Status> TranslatedRelay::fill_silence() {
  if (begun_) {
    const std::string_view ping = ": ping\n\n";
    Status pinged = co_await exchange_.write(ping);
    co_return pinged;
  }
  translator_.begin(out_);
  Status sent = co_await send();
  co_return sent;
}

Status TranslatedRelay::begin_stream() {
  auto fields = settings_.headers;
  fields.push_back({"Content-Type", "text/event-stream; charset=utf-8"});
  fields.push_back({"Cache-Control", "no-cache, no-transform"});
  fields.push_back({"X-Accel-Buffering", "no"});
  const std::span<const http::Field> headers(fields);
  outcome_.first_byte();
  const Status begun = exchange_.begin(200, headers);
  Headers().swap(settings_.headers);
  if (settings_.before_begin) settings_.before_begin();
  out_.insert(0, settings_.first_comment);
  return begun;
}

net::Task<Status> TranslatedRelay::send() {
  if (!settings_.stream) co_return Status();
  if (!std::exchange(begun_, true)) {
    const Status started = begin_stream();
    if (!started) co_return started;
  }
  if (out_.empty()) co_return Status();
  const Status written = co_await exchange_.write(out_);
  out_.clear();
  if (out_.capacity() > kept_buffer) std::string().swap(out_);
  co_return written;
}

void TranslatedRelay::note() {
  const providers::Outcome& outcome = translator_.outcome();
  outcome_.row.usage = outcome.usage;
  if (outcome_.exact != nullptr && !outcome.usage.reported)
    outcome_.row.usage = outcome_.exact->usage(translator_.text());
  if (outcome.stop) outcome_.row.finish_reason = outcome.stop->detail;
  if (!settings_.keep_states || outcome.failure) return;
  settings_.keep_states(translator_.kept_states());
  if (translator_.lost_states())
    spdlog::info(
        "request {}: continuity_full: more reasoning than is kept for the next turn ({} "
        "KiB), what came later is lost",
        exchange_.request_id(), dialects::max_state_bytes / 1024);
}

Failure TranslatedRelay::failure() const {
  const dialects::AnswerFailure& failed = *translator_.outcome().failure;
  if (failed.type.empty()) return failure_of(failed.error);
  dialects::chat::AnswerError error;
  error.message = failed.error.message;
  error.type = failed.type;
  error.code = failed.type;
  constexpr int claimed_success = 200;
  return providers::classify(claimed_success, error, outcome_.target->deployment->api_key.reveal());
}

}  // namespace litegw::server
