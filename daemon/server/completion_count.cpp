#include <array>

#include "common/base/json.h"
#include "daemon/dialects/chat/usage.h"
#include "daemon/server/completion_call.h"

namespace litegw::server {
namespace {

constexpr std::size_t max_count_answer = std::size_t{64} * 1024;

// The whole of a small answer; empty when it broke off or is too large.
net::Task<std::string> read_small(upstream::Call& call) {
  std::string body;
  for (;;) {
    const auto piece = call.take();
    if (!piece || body.size() + piece->size() > max_count_answer) co_return std::string();
    body.append(*piece);
    if (!piece->empty()) continue;
    if (call.done()) co_return body;
    const Status waited = co_await call.wait();
    if (!waited) co_return std::string();
  }
}

std::optional<std::int64_t> counted_tokens(const std::string& body) {
  const Result<Json> answer = parse_json(body);
  if (!answer || !answer->is_object()) return std::nullopt;
  const auto count = answer->find("input_tokens");
  if (count == answer->end() || !count->is_number_integer()) return std::nullopt;
  return count->get<std::int64_t>();
}

}  // namespace

net::Task<MaybeFailure> Completion::answer_count(std::int64_t tokens) {
  const std::string body = dump(Json{{"input_tokens", tokens}});
  const std::array fields{http::Field{"Content-Type", "application/json"}};
  const std::span<const http::Field> headers(fields);
  const Status sent = co_await exchange_.respond(200, headers, body);
  if (sent)
    outcome_.finished();
  else
    outcome_.failed(requestlog::Outcome::cut, sent.error());
  co_return std::nullopt;
}

// Anthropic counts itself. The others have no such call, so what would be sent to them is
// estimated, as it is when they answer without usage.
net::Task<MaybeFailure> Completion::ask_count(const Target& target) {
  auto prepared = prepare_call(*client_, body_, target, {});
  if (!prepared) {
    Failure failure = failure_of(prepared.error());
    failure.fall_back = false;
    co_return failure;
  }
  const std::int64_t estimate = dialects::chat::estimate_tokens(prepared->body.size());
  const bool is_mock =
      target.provider->api == providers::Api::mock || !target.deployment->mock_response.empty();
  if (!prepared->passthrough || is_mock) {
    auto told = co_await answer_count(estimate);
    co_return told;
  }
  const auto head = write_head(target, target.count_head, prepared->body.size());
  if (!head) co_return failure_of(head.error());
  const std::array<std::string_view, 1> pieces{prepared->body};
  upstream::Request request = upstream_request(target, *head, pieces);
  upstream::Call call(*services_.upstream);
  source_ = &call;
  const Status sent = co_await call.send(request);
  if (!sent) co_return failure_of(sent.error());
  outcome_.row.upstream_request_id = call.request_id();
  // A server that copied Anthropic's Messages need not count.
  const bool cannot_count = call.status() == 404 || call.status() == 405 || call.status() == 501;
  if (!cannot_count && (call.status() < 200 || call.status() >= 300)) {
    auto refused = co_await refused_by(call, target);
    co_return refused;
  }
  std::optional<std::int64_t> tokens = estimate;
  if (!cannot_count) {
    const std::string body = co_await read_small(call);
    tokens = counted_tokens(body);
  }
  if (!tokens)
    co_return failure_of(make_error(ErrorCode::upstream_bad_response,
                                    "the upstream's answer holds no number of tokens"));
  auto told = co_await answer_count(*tokens);
  co_return told;
}

}  // namespace litegw::server
