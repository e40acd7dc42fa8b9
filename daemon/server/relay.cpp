#include "daemon/server/relay.h"

#include <array>

#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/dialects/chat/closing.h"
#include "daemon/dialects/chat/replay.h"
#include "daemon/dialects/chat/tee.h"
#include "daemon/dialects/neutral/delivered.h"
#include "daemon/server/mock_source.h"

namespace litegw::server {
namespace {

using dialects::chat::AnswerFacts;
using dialects::chat::Tee;
using providers::Failure;
using upstream::BodySource;

constexpr std::size_t max_plain_answer = std::size_t{64} << 20;
constexpr std::size_t kept_spare = 16 * 1024;

// Feeds the tee with everything that is here.
Status take_all(BodySource& source, Tee& tee, std::string& out) {
  for (;;) {
    const auto piece = source.take();
    if (!piece) return piece.error();
    if (piece->empty()) return {};
    const Status fed = tee.feed(*piece, out);
    if (!fed) return fed;
  }
}

std::string error_event(const Error& error) {
  const ErrorInfo& info = error_info(error.code);
  Json inner = {{"message", error.message}, {"type", std::string(info.openai_type)}};
  inner["param"] = nullptr;
  inner["code"] = std::to_string(info.status);
  return "data: " + dump(Json{{"error", std::move(inner)}}) + "\n\n";
}

}  // namespace

Failure failure_of(const Error& error) {
  const ErrorInfo& info = error_info(error.code);
  Failure failure;
  failure.kind = error.code == ErrorCode::upstream_timeout ? providers::FailureKind::timeout
                                                           : providers::FailureKind::server;
  failure.status = info.status;
  failure.code = error.code;
  failure.message = error.message;
  if (!error.hint.empty()) failure.detail = error.message + ": " + error.hint;
  failure.type = info.openai_type;
  failure.error_code = info.name;
  failure.fall_back = error.code != ErrorCode::client_closed;
  return failure;
}

Relay::Relay(Exchange& exchange, Outcome& outcome, CompletionState& state, RelaySettings settings)
    : exchange_(exchange), outcome_(outcome), state_(state), settings_(std::move(settings)) {}

void Relay::count(bool has_usage, const ledger::Usage& usage, std::uint64_t output_bytes) {
  if (has_usage) {
    outcome_.row.usage = usage;
    return;
  }
  if (outcome_.exact != nullptr) {
    outcome_.row.usage = outcome_.exact->usage(dialects::delivered_text(delivered_));
    return;
  }
  ledger::Usage guess;
  guess.estimated = true;
  guess.input = dialects::chat::estimate_tokens(exchange_.bytes_received());
  guess.output = dialects::chat::estimate_tokens(output_bytes);
  outcome_.row.usage = guess;
}

// The whole body, if all of it is here: a view into the source when it came in one piece, else into
// `collected`. nullopt: there is more to wait for.
std::optional<Result<std::string_view>> Relay::collect_now(BodySource& source,
                                                           std::string& collected) {
  for (;;) {
    const auto piece = source.take();
    if (!piece) return piece;
    if (piece->empty()) break;
    if (collected.empty() && source.done()) return piece;
    if (collected.size() + piece->size() > max_plain_answer)
      return make_error(ErrorCode::upstream_bad_response,
                        "the upstream's answer is larger than " +
                            std::to_string(max_plain_answer >> 20) + " MiB");
    collected.append(*piece);
  }
  if (source.done()) return std::string_view(collected);
  return std::nullopt;
}

net::Task<Result<std::string_view>> Relay::collect(BodySource& source, std::string& collected) {
  for (;;) {
    const Status waited = co_await source.wait();
    if (!waited) co_return waited.error();
    const auto body = collect_now(source, collected);
    if (body) co_return *body;
  }
}

MaybeFailure Relay::judge(std::string_view body, AnswerFacts& facts) {
  auto read = dialects::chat::read_answer(state_.reader, body);
  if (!read) return failure_of(read.error());
  if (read->error)
    return providers::classify(200, *read->error, outcome_.target->deployment->api_key.reveal());
  if (!read->has_choices)
    return failure_of(make_error(ErrorCode::upstream_bad_response,
                                 "the upstream's answer is no chat completion"));
  facts = std::move(*read);
  return std::nullopt;
}

net::Task<MaybeFailure> Relay::replay(BodySource& source) {
  std::string collected;
  auto here = collect_now(source, collected);
  if (!here) here = co_await collect(source, collected);
  const Result<std::string_view>& body = *here;
  if (!body) co_return failure_of(body.error());
  AnswerFacts facts;
  if (auto failure = judge(*body, facts)) co_return failure;
  providers::mock::MockAnswer events;
  events.pieces.push_back(dialects::chat::as_stream(*body));
  const auto executor = co_await net::asio::this_coro::executor;
  MockSource replayed(executor, std::move(events));
  auto failure = co_await stream(replayed);
  co_return failure;
}

net::Task<MaybeFailure> Relay::plain(BodySource& source) {
  std::string collected;
  auto here = collect_now(source, collected);
  if (!here) here = co_await collect(source, collected);
  const Result<std::string_view>& body = *here;
  if (!body) co_return failure_of(body.error());
  AnswerFacts facts;
  if (auto failure = judge(*body, facts)) co_return failure;
  count(facts.has_usage, facts.usage, facts.output_bytes);
  outcome_.row.finish_reason = std::move(facts.finish_reason);
  if (!facts.service_tier.empty()) outcome_.row.service_tier = std::move(facts.service_tier);
  Exchange::Rest rest;
  std::optional<Status> sent = send_plain(*body, facts.model_value, rest);
  if (!sent) sent = co_await exchange_.respond_rest(rest);
  if (*sent)
    outcome_.finished();
  else
    outcome_.failed(requestlog::Outcome::cut, sent->error());
  co_return std::nullopt;
}

std::optional<Status> Relay::send_plain(std::string_view body,
                                        const std::optional<dialects::Range>& model,
                                        Exchange::Rest& rest) {
  std::array<net::asio::const_buffer, 3> pieces{net::asio::const_buffer(body.data(), body.size())};
  std::size_t used = 1;
  if (model && !settings_.model_json.empty()) {
    const std::string& name = settings_.model_json;
    const std::string_view after = body.substr(model->end);
    pieces[0] = net::asio::const_buffer(body.data(), model->begin);
    pieces[1] = net::asio::const_buffer(name.data(), name.size());
    pieces[2] = net::asio::const_buffer(after.data(), after.size());
    used = 3;
  }
  const std::string cost = to_decimal(outcome_.charge());
  Headers& fields = settings_.headers;
  fields.push_back({"Content-Type", "application/json"});
  if (outcome_.row.priced) fields.push_back({"x-litellm-response-cost", cost});
  const std::string key_spent = to_decimal(outcome_.spending.key_spent() + outcome_.row.cost);
  if (outcome_.spending.open()) fields.push_back({"x-litellm-key-spend", key_spent});
  outcome_.first_byte();
  const std::span<const http::Field> headers(fields);
  const std::span<const net::asio::const_buffer> all(pieces.data(), used);
  return exchange_.respond_now(200, headers, all, rest);
}

Status Relay::begin_stream() {
  Headers& fields = settings_.headers;
  fields.push_back({"Content-Type", "text/event-stream; charset=utf-8"});
  fields.push_back({"Cache-Control", "no-cache, no-transform"});
  fields.push_back({"X-Accel-Buffering", "no"});
  const std::span<const http::Field> headers(fields);
  const Status begun = exchange_.begin(200, headers);
  Headers().swap(settings_.headers);
  if (settings_.before_begin) settings_.before_begin();
  return begun;
}

// The answer has begun and cannot be finished: say so in it.
net::Task<void> Relay::cut(Error& error) {
  error.message = providers::without_credential(std::move(error.message),
                                                outcome_.target->deployment->api_key.reveal());
  outcome_.failed(requestlog::Outcome::cut, error);
  if (exchange_.interruption() == Interruption::client_gone) co_return exchange_.abort();
  const std::string event = error_event(error);
  const Status written = co_await exchange_.write(event);
  if (written) co_await exchange_.flush();
  exchange_.abort();
}

// The money is used up: the answer ends in form, as if the model had reached its limit.
net::Task<void> Relay::run_dry(const Tee& tee, BodySource& source) {
  source.abort();
  outcome_.failed(requestlog::Outcome::cut, out_of_money());
  outcome_.row.finish_reason = "length";
  dialects::chat::Closing closing;
  closing.example = tee.first_chunk();
  closing.model_json = settings_.model_json;
  closing.reason = outcome_.row.finish_reason;
  if (!settings_.drop_usage_chunk) closing.usage = &outcome_.row.usage;
  const std::string ending = dialects::chat::closing_events(closing);
  const Status written = co_await exchange_.write(ending);
  if (written) co_await exchange_.end();
}

net::Task<Status> Relay::send_events(std::string& out, bool& begun) {
  if (!begun) {
    begun = true;
    outcome_.first_byte();
    const Status started = begin_stream();
    if (!started) co_return started;
  }
  if (out.empty()) co_return Status();
  const Status written = co_await exchange_.write(out);
  if (outcome_.exact != nullptr) delivered_ += out;
  out.clear();
  co_return written;
}

// What waits for its next event holds no memory for it.
void Relay::give_back(std::string& out) {
  if (!out.empty()) return;
  const bool better = out.capacity() > state_.spare.capacity() && out.capacity() <= kept_spare;
  if (better) out.swap(state_.spare);
  std::string().swap(out);
}

net::Task<MaybeFailure> Relay::stream(BodySource& source) {
  dialects::chat::TeeSettings settings;
  settings.model_json = settings_.model_json;
  settings.drop_usage_chunk = settings_.drop_usage_chunk;
  Tee tee(state_.reader, settings);
  std::string out;
  bool begun = false;
  Status state;  // of the upstream's answer
  Status sent;   // of ours
  bool paid = true;
  while (state && (sent || outcome_.drains())) {
    if (out.empty()) out.swap(state_.spare);
    state = take_all(source, tee, out);
    const bool ended = state && source.done();
    if (ended) state = tee.finish(out);
    // The first good chunk decides the status; what came before a failure is sent.
    if (tee.chunks() > 0 && sent) sent = co_await send_events(out, begun);
    if (!sent) out.clear();
    if (ended) break;
    if (!tee.finished()) paid = outcome_.spending.covers(tee.output_bytes());
    if (!paid) break;
    if (outcome_.spending.waits()) state = co_await outcome_.spending.journalled();
    const bool goes_on = sent || outcome_.drains();
    give_back(out);
    if (state && goes_on) state = co_await source.wait();
    if (tee.done()) state = Status();  // what comes behind [DONE] does not matter
    if (tee.done()) break;
  }
  note(tee);
  if (!paid && sent) {
    co_await run_dry(tee, source);
    co_return std::nullopt;
  }
  if (!begun && state)
    state = make_error(ErrorCode::upstream_bad_response,
                       "the upstream ended its answer before it had said anything");
  if (!begun) co_return failure_before_begin(state, tee);
  if (sent && state) sent = co_await exchange_.end();
  if (!sent) {
    outcome_.failed(requestlog::Outcome::cut, sent.error());
    exchange_.abort();
  } else if (!state) {
    Error told = state.error();
    co_await cut(told);
  } else {
    outcome_.finished();
  }
  co_return std::nullopt;
}

void Relay::note(const Tee& tee) {
  if (tee.chunks() == 0) return;
  count(tee.has_usage(), tee.usage(), tee.output_bytes());
  outcome_.row.finish_reason = tee.finish_reason();
  if (!tee.service_tier().empty()) outcome_.row.service_tier = tee.service_tier();
}

Failure Relay::failure_before_begin(const Status& state, const Tee& tee) const {
  if (state.error().code != ErrorCode::upstream_error) return failure_of(state.error());
  return providers::classify(200, tee.error(), outcome_.target->deployment->api_key.reveal());
}

}  // namespace litegw::server
