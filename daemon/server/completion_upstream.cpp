#include <array>

#include <spdlog/spdlog.h>

#include "common/base/text.h"
#include "daemon/providers/anthropic/request.h"
#include "daemon/providers/compatible/request.h"
#include "daemon/server/completion_call.h"
#include "daemon/server/mock_source.h"
#include "daemon/server/translated_relay.h"

namespace litegw::server {
namespace {

constexpr std::size_t max_error_body = std::size_t{64} * 1024;

// The client asked for what cannot be: no other deployment will do better.
Failure refusal(const Error& error) {
  Failure failure = failure_of(error);
  failure.kind = providers::FailureKind::bad_request;
  failure.param = error.param;
  failure.fall_back = false;
  return failure;
}

bool is_final(int status) {
  return status >= 200 && status < 300;
}

}  // namespace

net::Task<MaybeFailure> Completion::ask_target(const TargetPtr& target) {
  outcome_.use(target);
  failure_headers_.clear();
  const bool mock =
      target->provider->api == providers::Api::mock || !target->deployment->mock_response.empty();
  if (counts_only(exchange_)) return ask_count(*target);
  if (!passes_bytes(*target)) return ask_translated(*target);
  return mock ? ask_mock(*target) : ask_upstream(*target);
}

void Completion::note_attempt(net::Clock::time_point start, const MaybeFailure& failure) {
  source_ = nullptr;
  if (failure && exchange_.interruption() == Interruption::client_gone) outcome_.bill_prompt();
  requestlog::Attempt& attempt = outcome_.row.attempts.emplace_back();
  attempt.deployment_id = outcome_.target->deployment->id;
  attempt.provider = outcome_.target->deployment->provider;
  attempt.duration_us = micros_since(start);
  attempt.status = failure ? failure->upstream_status : 200;
  if (failure) attempt.error = failure->detail.empty() ? failure->message : failure->detail;
}

bool Completion::passes_bytes(const Target& target) const {
  return !client_ && target.dialect == providers::Dialect::chat;
}

StateScope Completion::states() const {
  return {services_.store.continuity(), exchange_.principal().key_id, resolved_.name};
}

net::Task<MaybeFailure> Completion::ask_translated(const Target& target) {
  if (!client_) {
    const Status parsed = parse();
    if (!parsed) co_return refusal(parsed.error());
  }
  if (const auto clamped = outcome_.spending.clamped_output())
    client_->request.max_output = clamped;
  auto failure = co_await send_translated(target);
  const bool strippable = failure && !without_states_ && !passes_body(*client_, target) &&
                          providers::is_about_reasoning_state(*failure);
  if (!strippable) co_return failure;
  spdlog::warn("request {}: the upstream refused kept reasoning, asked again without: {}",
               exchange_.request_id(), shorten(escape_control(failure->message), 200));
  without_states_ = true;
  dialects::strip_states(client_->request);
  failure = co_await send_translated(target);
  co_return failure;
}

net::Task<MaybeFailure> Completion::send_translated(const Target& target) {
  dialects::Recall recall;
  if (!without_states_) recall = states().recall(exchange_.started());
  auto prepared = prepare_call(*client_, body_, target, recall);
  if (!prepared) co_return refusal(prepared.error());
  for (const std::string& note : prepared->notes)
    spdlog::info("request {}: {}", exchange_.request_id(), note);
  Headers headers = answer_headers(target);
  if (!prepared->dropped.empty()) {
    dropped_ = join(prepared->dropped, ",");
    headers.push_back({"x-litegw-dropped-params", dropped_});
  }
  if (target.provider->api == providers::Api::mock || !target.deployment->mock_response.empty()) {
    providers::mock::MockRequest request = mock_request(target);
    request.body = prepared->body;
    auto made = providers::mock::answer(request);
    if (!made) co_return refusal(made.error());
    MockSource source(services_.executor, std::move(*made));
    source_ = &source;
    auto failure = co_await relay_translated(source, target, *prepared, headers);
    co_return failure;
  }
  auto head = write_head(target, target.head, prepared->body.size());
  if (!head) co_return failure_of(head.error());
  const std::array<std::string_view, 1> pieces{prepared->body};
  upstream::Request request = upstream_request(target, *head, pieces);
  upstream::Call call(*services_.upstream);
  source_ = &call;
  const Status sent = co_await call.send(request);
  if (!sent) co_return failure_of(sent.error());
  std::string().swap(*head);
  outcome_.row.upstream_request_id = call.request_id();
  if (!is_final(call.status())) {
    auto refused = co_await refused_by(call, target);
    co_return refused;
  }
  for (const auto& [name, value] : call.fields())
    headers.push_back({name, value});
  auto failure = co_await relay_translated(call, target, *prepared, headers);
  co_return failure;
}

net::Task<MaybeFailure> Completion::relay_translated(BodySource& source, const Target& target,
                                                     PreparedCall& call, Headers& headers) {
  const config::CursorSettings& cursor = exchange_.config()->cursor;
  TranslatedRelaySettings settings;
  settings.stream = client_->request.stream;
  settings.ends_in_form = cursor_ || dialect_ != providers::Dialect::chat;
  settings.keepalive = cursor_ ? cursor.keepalive : seconds(15);
  settings.hold = cursor_ ? cursor.startup_hold : seconds(60);
  if (cursor_ && dialect_ == providers::Dialect::chat) settings.first_comment = ": litegw\n\n";
  settings.headers = std::move(headers);
  settings.before_begin = [this] {
    release();
  };
  call.keep_text = outcome_.exact != nullptr;
  if (wants_states(target)) {
    call.keeper.recall = states().recall(exchange_.started());
    settings.keep_states = [scope = states()](std::vector<dialects::KeptState> kept) {
      scope.keep(std::move(kept), wall_clock());
    };
  }
  auto translator = make_translator(*client_, exchange_, target, call, scan_.model);
  std::string().swap(call.body);  // it is sent; a held stream should not hold it
  TranslatedRelay relay(exchange_, services_, outcome_, std::move(translator), std::move(settings));
  auto failure = co_await relay.run(source);
  co_return failure;
}

providers::mock::MockRequest Completion::mock_request(const Target& target) const {
  providers::mock::MockRequest request;
  request.model = target.upstream_model;
  request.reply = target.deployment->mock_response;
  request.id = exchange_.request_id();
  request.created = exchange_.started().time_since_epoch() / seconds(1);
  request.stream = scan_.stream;
  request.include_usage = true;
  return request;
}

upstream::Request Completion::upstream_request(const Target& target, std::string_view head,
                                               std::span<const std::string_view> pieces) const {
  upstream::Request request;
  request.url = &target.url;
  request.head = head;
  request.body = pieces;
  request.keeps = &providers::compatible::passes_to_client;
  request.first_byte_timeout = target.deployment->timeout;
  if (scan_.stream && target.deployment->stream_timeout)
    request.first_byte_timeout = target.deployment->stream_timeout;
  if (cursor_) request.stall_timeout = exchange_.config()->cursor.upstream_stall;
  return request;
}

net::Task<MaybeFailure> Completion::ask_mock(const Target& target) {
  providers::mock::MockRequest request = mock_request(target);
  request.body = body_;
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

net::Task<MaybeFailure> Completion::ask_upstream(const Target& target) {
  dialects::chat::Edits edits;
  edits.upstream_model = target.upstream_model;
  edits.ask_usage = target.provider->ask_usage;
  edits.rename_max_tokens = target.rename_max_tokens;
  edits.defaults = &target.deployment->default_params;
  edits.max_output = outcome_.spending.clamped_output();
  dialects::chat::splice(body_, scan_, edits, spliced_);
  drop_usage_chunk_ = spliced_.drop_usage_chunk();
  auto head = write_head(target, target.head, spliced_.size());
  if (!head) co_return failure_of(head.error());
  upstream::Request request = upstream_request(target, *head, spliced_.pieces());
  upstream::Call call(*services_.upstream);
  source_ = &call;
  const Status sent = co_await call.send(request);
  if (!sent) co_return failure_of(sent.error());
  std::string().swap(*head);
  outcome_.row.upstream_request_id = call.request_id();
  if (!is_final(call.status())) {
    auto refused = co_await refused_by(call, target);
    co_return refused;
  }
  Headers headers = answer_headers(target);
  for (const auto& [name, value] : call.fields())
    headers.push_back({name, value});
  auto failure = co_await relay(call, call.content_type(), headers);
  co_return failure;
}

// An answer with an error status: its message is worth waiting for, but not for ever.
net::Task<MaybeFailure> Completion::refused_by(upstream::Call& call, const Target& target) {
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

net::Task<MaybeFailure> Completion::relay(BodySource& source, std::string_view content_type,
                                          Headers& headers) {
  RelaySettings settings;
  settings.model_json = model_json_;
  settings.drop_usage_chunk = drop_usage_chunk_;
  settings.headers = std::move(headers);
  settings.before_begin = [this] {
    release();
  };
  relay_.emplace(exchange_, outcome_, state_, std::move(settings));
  if (!scan_.stream) return relay_->plain(source);
  if (content_type == "application/json") return relay_->replay(source);
  return relay_->stream(source);
}

Result<std::string> Completion::write_head(const Target& target, const std::string& fixed_part,
                                           std::size_t content_length) const {
  providers::compatible::RequestFacts facts;
  facts.content_length = content_length;
  facts.stream = scan_.stream;
  std::string head;
  head.reserve(512);
  const http::Fields& fields = exchange_.head().fields;
  const Status written =
      target.dialect == providers::Dialect::messages
          ? providers::anthropic::write_head(*target.deployment, fixed_part, facts, fields, head)
          : providers::compatible::write_head(*target.deployment, fixed_part, facts, fields, head);
  if (!written) return written.error();
  return head;
}

Headers Completion::answer_headers(const Target& target) {
  Headers headers;
  headers.reserve(16);
  headers.push_back({"x-litellm-call-id", exchange_.request_id()});
  headers.push_back({"x-litellm-model-id", target.deployment->id});
  headers.push_back({"x-litellm-model-group", resolved_.name});
  if (!spliced_.removed().empty()) {
    dropped_ = join(spliced_.removed(), ",");
    headers.push_back({"x-litegw-dropped-params", dropped_});
  }
  if (exchange_.success_fields().empty()) fill_money_headers(exchange_.success_fields());
  return headers;
}

}  // namespace litegw::server
