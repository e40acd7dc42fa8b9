#include "daemon/server/completion.h"

#include <array>

#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/auth/identify.h"
#include "daemon/dialects/chat/scan.h"
#include "daemon/dialects/chat/splice.h"
#include "daemon/providers/compatible/request.h"
#include "daemon/routing/plan.h"
#include "daemon/server/completion_state.h"
#include "daemon/server/errors.h"
#include "daemon/server/mock_source.h"
#include "daemon/server/outcome.h"
#include "daemon/server/relay.h"
#include "daemon/server/verify_probe.h"
#include "daemon/upstream/client.h"

namespace litegw::server {
namespace {

using providers::Failure;
using upstream::BodySource;

constexpr std::size_t max_error_body = 64 * 1024;

bool is_final(int status) {
  return status >= 200 && status < 300;
}

// One completion, from the client's bytes to its answer: steps 4 to 12. `outcome_` does 13 and 14.
class Completion {
 public:
  Completion(Exchange& exchange, Services& services)
      : exchange_(exchange),
        services_(services),
        state_(*services.completions),
        cursor_(exchange.route().style == Style::cursor),
        outcome_(exchange, services) {}

  net::Task<void> run();

 private:
  net::Task<Status> read();
  Status understand();
  Status allow();
  Error unknown_model(const std::string& asked) const;
  net::Task<void> try_deployments();
  net::Task<bool> answer_verify_probe();
  net::Task<std::optional<Failure>> attempt(const TargetPtr& target);
  net::Task<std::optional<Failure>> ask_mock(const Target& target);
  net::Task<std::optional<Failure>> ask_upstream(const Target& target);
  net::Task<Failure> refused_by(upstream::Call& call, const Target& target);
  net::Task<std::optional<Failure>> relay(BodySource& source, std::string_view content_type,
                                          Headers& headers);
  Result<std::string> write_head(const Target& target) const;
  Headers answer_headers(const Target& target);
  net::Task<void> answer(const Failure& failure);
  net::Task<void> refuse(const Error& error);
  void interrupted();
  void release();

  Exchange& exchange_;
  Services& services_;
  CompletionState& state_;
  bool cursor_;
  Outcome outcome_;
  std::string_view body_;
  dialects::chat::Scan scan_;
  dialects::chat::SplicedBody spliced_;
  config::Resolved resolved_;
  std::string model_json_;
  bool drop_usage_chunk_ = false;
  BodySource* source_ = nullptr;  // what an interruption aborts
  std::vector<std::pair<std::string, std::string>> failure_headers_;
  std::string dropped_;  // names of members that were taken out
};

net::Task<void> Completion::run() {
  const Status ready = co_await read();
  if (!ready) {
    const bool answered = co_await answer_verify_probe();
    if (!answered) co_await refuse(ready.error());
    co_return;
  }
  co_await try_deployments();
}

net::Task<Status> Completion::read() {
  if (!services_.store.accepts_requests())
    co_return make_error(ErrorCode::store_full, "the request log cannot take more rows",
                         "free space in store.path, or set store.on_full: allow");
  const auto body = co_await exchange_.read_body();
  if (!body) co_return body.error();
  body_ = *body;
  Status understood = understand();
  if (understood) understood = allow();
  co_return understood;
}

Status Completion::understand() {
  dialects::chat::ScanRules rules;
  rules.accept_input = cursor_;
  auto scanned = dialects::chat::scan(state_.reader, body_, rules);
  if (!scanned) return scanned.error();
  scan_ = std::move(*scanned);
  requestlog::Row& row = outcome_.row;
  row.asked_model = shorten(escape_control(scan_.model), 256);
  row.stream = scan_.stream;
  row.end_user = shorten(scan_.user, 256);
  row.service_tier = shorten(scan_.service_tier, 32);
  if (scan_.has_messages) return {};
  row.shape = "responses";
  return make_error(ErrorCode::invalid_request,
                    "Responses-shaped bodies ('input') are not translated by this version yet",
                    "send 'messages'", "input");
}

Status Completion::allow() {
  const config::Config& config = *exchange_.config();
  const std::string asked(auth::aliased(exchange_.principal(), scan_.model));
  auto resolved = config::resolve_model(config, asked);
  const Status allowed =
      auth::allow(exchange_.principal(), scan_.model, resolved ? resolved->name : asked, config);
  if (!allowed) return allowed;
  if (!resolved || resolved->deployments.empty()) return unknown_model(asked);
  resolved_ = std::move(*resolved);
  outcome_.row.model = resolved_.name;
  model_json_ = dialects::quote(scan_.model);
  return {};
}

// False when it is none, or names a model that we have: then the real answer tells more.
net::Task<bool> Completion::answer_verify_probe() {
  const config::Config& config = *exchange_.config();
  if (!cursor_ || !config.cursor.verify_stub || body_.empty()) co_return false;
  const std::string asked(auth::aliased(exchange_.principal(), scan_.model));
  if (config::resolve_model(config, asked)) co_return false;
  const auto reply = verify_reply(body_, exchange_.request_id(), exchange_.started());
  if (!reply) co_return false;
  outcome_.row.shape = "verify";
  outcome_.finished();
  const std::vector<http::Field> headers{{"Content-Type", "application/json"}};
  const std::span<const http::Field> fields(headers);
  co_await exchange_.respond(200, fields, *reply);
  co_return true;
}

Error Completion::unknown_model(const std::string& asked) const {
  const auto& unsupported = exchange_.config()->unsupported_models;
  const auto found = unsupported.find(asked);
  if (found != unsupported.end())
    return make_error(ErrorCode::unsupported_provider,
                      "model '" + asked + "' is served by '" + found->second +
                          "', which this version of litegw cannot talk to yet",
                      "", "model");
  return make_error(ErrorCode::unknown_model,
                    "/chat/completions: Invalid model name passed in model=" +
                        shorten(escape_control(scan_.model), 128) +
                        ". Call `/v1/models` to view available models for your key.",
                    "", "model");
}

// Steps 7 to 10. The next deployment is tried only while nothing has reached the client.
net::Task<void> Completion::try_deployments() {
  auto interruption = [this](Interruption) {
    interrupted();
  };
  const ClientWatch watch = exchange_.watch_client(std::move(interruption));
  auto random = [this] {
    return std::uniform_real_distribution<double>()(state_.random);
  };
  const std::function<double()> chance(random);
  const auto plan = routing::plan(*exchange_.config(), resolved_.deployments, chance);
  std::optional<Failure> failure;
  for (const std::size_t index : plan) {
    const auto& deployment = exchange_.config()->deployments[index];
    const auto target = state_.targets.find(exchange_.config(), services_.prices, index,
                                            config::upstream_model_name(deployment, resolved_));
    if (!target) {
      failure = failure_of(target.error());
      continue;
    }
    failure = co_await attempt(*target);
    if (!failure) co_return;
    if (!failure->fall_back || exchange_.interruption() != Interruption::none) break;
  }
  co_await answer(*failure);
}

net::Task<std::optional<Failure>> Completion::attempt(const TargetPtr& target) {
  const auto start = net::Clock::now();
  outcome_.use(target);
  failure_headers_.clear();
  std::optional<Failure> failure;
  const bool mock =
      target->provider->api == providers::Api::mock || !target->deployment->mock_response.empty();
  if (mock)
    failure = co_await ask_mock(*target);
  else
    failure = co_await ask_upstream(*target);
  source_ = nullptr;
  requestlog::Attempt& attempt = outcome_.row.attempts.emplace_back();
  attempt.deployment_id = target->deployment->id;
  attempt.provider = target->deployment->provider;
  attempt.duration_us = micros_since(start);
  attempt.status = failure ? failure->upstream_status : 200;
  if (failure) attempt.error = failure->detail.empty() ? failure->message : failure->detail;
  co_return failure;
}

net::Task<std::optional<Failure>> Completion::ask_mock(const Target& target) {
  providers::mock::MockRequest request;
  request.body = body_;
  request.model = target.upstream_model;
  request.reply = target.deployment->mock_response;
  request.id = exchange_.request_id();
  request.created = exchange_.started().time_since_epoch() / seconds(1);
  request.stream = scan_.stream;
  request.include_usage = true;
  auto made = providers::mock::answer(request);
  if (!made) {
    Failure failure = failure_of(made.error());
    failure.fall_back = false;
    co_return failure;
  }
  drop_usage_chunk_ = scan_.stream && !scan_.include_usage;
  const std::string content_type = made->content_type;
  MockSource source(services_.executor, std::move(*made));
  source_ = &source;
  Headers headers = answer_headers(target);
  auto failure = co_await relay(source, content_type, headers);
  co_return failure;
}

net::Task<std::optional<Failure>> Completion::ask_upstream(const Target& target) {
  dialects::chat::Edits edits;
  edits.upstream_model = target.upstream_model;
  edits.ask_usage = target.provider->ask_usage;
  edits.rename_max_tokens = target.rename_max_tokens;
  edits.defaults = &target.deployment->default_params;
  dialects::chat::splice(body_, scan_, edits, spliced_);
  drop_usage_chunk_ = spliced_.drop_usage_chunk();
  const auto head = write_head(target);
  if (!head) co_return failure_of(head.error());
  upstream::Request request;
  request.url = &target.url;
  request.head = *head;
  request.body = spliced_.pieces();
  request.keeps = &providers::compatible::passes_to_client;
  request.first_byte_timeout = target.deployment->timeout;
  if (scan_.stream && target.deployment->stream_timeout)
    request.first_byte_timeout = target.deployment->stream_timeout;
  upstream::Call call(*services_.upstream);
  source_ = &call;
  const Status sent = co_await call.send(request);
  if (!sent) co_return failure_of(sent.error());
  outcome_.row.upstream_request_id = call.request_id();
  if (!is_final(call.status())) {
    const Failure refused = co_await refused_by(call, target);
    co_return refused;
  }
  Headers headers = answer_headers(target);
  for (const auto& [name, value] : call.fields())
    headers.push_back({name, value});
  auto failure = co_await relay(call, call.content_type(), headers);
  co_return failure;
}

// An answer with an error status: its message is worth waiting for, but not for ever.
net::Task<Failure> Completion::refused_by(upstream::Call& call, const Target& target) {
  std::string body;
  while (body.size() < max_error_body) {
    const auto piece = call.take();
    if (!piece) break;
    body.append(*piece);
    if (!piece->empty()) continue;
    if (call.done()) break;
    const Status waited = co_await call.wait();
    if (!waited) break;
  }
  failure_headers_ = call.fields();
  if (call.status() < 400) {
    Failure failure =
        failure_of(make_error(ErrorCode::upstream_bad_response,
                              "the upstream answered with status " + std::to_string(call.status()) +
                                  "; redirects are not followed"));
    failure.upstream_status = call.status();
    co_return failure;
  }
  co_return providers::classify(call.status(), dialects::chat::read_error(body),
                                target.deployment->api_key.reveal());
}

net::Task<std::optional<Failure>> Completion::relay(BodySource& source,
                                                    std::string_view content_type,
                                                    Headers& headers) {
  RelaySettings settings;
  settings.model_json = model_json_;
  settings.drop_usage_chunk = drop_usage_chunk_;
  settings.headers = std::move(headers);
  settings.before_begin = [this] {
    release();
  };
  Relay relay(exchange_, outcome_, state_.reader, std::move(settings));
  std::optional<Failure> failure;
  if (!scan_.stream)
    failure = co_await relay.plain(source);
  else if (content_type == "application/json")
    failure = co_await relay.replay(source);
  else
    failure = co_await relay.stream(source);
  co_return failure;
}

Result<std::string> Completion::write_head(const Target& target) const {
  providers::compatible::RequestFacts facts;
  facts.content_length = spliced_.size();
  facts.stream = scan_.stream;
  std::string head;
  head.reserve(512);
  const Status written = providers::compatible::write_head(*target.deployment, target.head, facts,
                                                           exchange_.head().fields, head);
  if (!written) return written.error();
  return head;
}

Headers Completion::answer_headers(const Target& target) {
  Headers headers;
  headers.reserve(12);
  headers.push_back({"x-litellm-model-id", target.deployment->id});
  headers.push_back({"x-litellm-model-group", resolved_.name});
  if (!spliced_.removed().empty()) {
    dropped_ = join(spliced_.removed(), ",");
    headers.push_back({"x-litegw-dropped-params", dropped_});
  }
  return headers;
}

void Completion::interrupted() {
  if (source_ != nullptr) source_->abort();
}

// A held stream should hold nothing of its request.
void Completion::release() {
  exchange_.release_request();
  body_ = {};
  scan_ = {};
  spliced_ = {};
}

net::Task<void> Completion::answer(const Failure& failure) {
  const Error error = make_error(failure.code, failure.message);
  outcome_.failed(requestlog::Outcome::upstream_failed, error);
  if (exchange_.interruption() == Interruption::client_gone) co_return exchange_.abort();
  std::string message = failure.message;
  if (cursor_) message += " (" + exchange_.request_id() + ")";
  const int status = cursor_ ? providers::cursor_status(failure) : failure.status;
  const std::string code = failure.error_code.empty() ? std::to_string(status) : failure.error_code;
  Json inner = {{"message", message}, {"type", failure.type}};
  inner["param"] = failure.param.empty() ? Json() : Json(failure.param);
  inner["code"] = code;
  const std::string body = dump(Json{{"error", std::move(inner)}});
  std::vector<http::Field> headers{{"Content-Type", "application/json"}};
  for (const auto& [name, value] : failure_headers_)
    headers.push_back({name, value});
  const std::span<const http::Field> fields(headers);
  co_await exchange_.respond(status, fields, body);
}

net::Task<void> Completion::refuse(const Error& error) {
  outcome_.refused(error);
  co_await exchange_.respond(error);
}

}  // namespace

net::Task<void> serve_completion(Exchange& exchange, Services& services) {
  if (services.completions == nullptr) services.completions = std::make_shared<CompletionState>();
  Completion completion(exchange, services);
  co_await completion.run();
}

}  // namespace litegw::server
