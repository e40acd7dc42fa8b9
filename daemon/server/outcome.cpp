#include "daemon/server/outcome.h"

#include <algorithm>
#include <exception>

#include <spdlog/spdlog.h>

#include "common/base/text.h"
#include "daemon/providers/failure.h"

namespace litegw::server {

using requestlog::Row;

std::int64_t micros_since(net::Clock::time_point start) {
  return (net::Clock::now() - start) / std::chrono::microseconds(1);
}

Outcome::Outcome(Exchange& exchange, Services& services)
    : spending(services, row, exchange.config()->limits), exchange_(exchange), services_(services) {
  fill_request();
}

void Outcome::fill_request() {
  const http::RequestHead& head = exchange_.head();
  const auth::Principal& caller = exchange_.principal();
  row.id = exchange_.request_id();
  row.started = exchange_.started();
  row.method = head.method;
  row.route = exchange_.route().path;
  row.cursor = exchange_.route().style == Style::cursor;
  row.shape = "chat";
  row.key_id = caller.key_id;
  row.key_name = caller.key_name;
  row.user_id = caller.user_id;
  row.team_id = caller.team_id;
  row.tags = caller.tags;
  row.client_address = exchange_.client_address();
  if (const auto agent = head.fields.find("user-agent")) row.user_agent = shorten(*agent, 200);
}

bool Outcome::drains() const {
  if (exchange_.interruption() != Interruption::client_gone) return false;
  if (exchange_.config()->limits.on_disconnect == config::OnDisconnect::drain) return true;
  return target != nullptr && target->hidden_reasoning;
}

void Outcome::refused(const Error& error) {
  failed(error.code == ErrorCode::client_closed ? requestlog::Outcome::client_closed
                                                : requestlog::Outcome::refused,
         error);
}

void Outcome::failed(requestlog::Outcome how, const Error& error) {
  decided_ = true;
  row.outcome = how;
  row.error_code = error_name(error.code);
  // Whichever way the error came: no row keeps the operator's key.
  const std::string_view credential =
      target == nullptr ? std::string_view() : target->deployment->api_key.reveal();
  row.error_message = shorten(providers::without_credential(error.message, credential), 500);
  const Interruption why = exchange_.interruption();
  if (why == Interruption::none) return;
  if (why == Interruption::client_gone) row.outcome = requestlog::Outcome::client_closed;
  if (why == Interruption::shutdown) row.outcome = requestlog::Outcome::shutdown;
  if (why == Interruption::key_blocked) row.outcome = requestlog::Outcome::cut;
  const Error interrupted = interruption_error(why);
  row.error_code = error_name(interrupted.code);
  row.error_message = interrupted.message;
}

void Outcome::bill_prompt() {
  if (row.usage.reported || row.usage.estimated) return;
  row.usage = {};
  row.usage.input = dialects::chat::estimate_tokens(exchange_.bytes_received());
  row.usage.estimated = true;
}

void Outcome::finished() {
  decided_ = true;
  row.outcome = requestlog::Outcome::ok;
}

void Outcome::first_byte() {
  if (row.first_byte_us == 0) row.first_byte_us = micros_since(exchange_.started_steady());
}

void Outcome::use(TargetPtr chosen) {
  target = std::move(chosen);
  row.provider = target->deployment->provider;
  row.upstream_model = target->upstream_model;
  row.deployment_id = target->deployment->id;
}

Money Outcome::charge() {
  if (target == nullptr) return {};
  row.priced = target->priced;
  if (row.usage.reported || row.usage.estimated)
    row.cost = ledger::cost_of(row.usage, target->price, row.service_tier);
  // What cannot be seen cannot be counted.
  if (row.usage.estimated && target->hidden_reasoning)
    row.cost = std::max(row.cost, spending.held());
  return row.cost;
}

Outcome::~Outcome() {
  try {
    if (!decided_)
      failed(requestlog::Outcome::shutdown,
             make_error(ErrorCode::shutting_down, "the request was not finished"));
    row.duration_us = micros_since(exchange_.started_steady());
    row.request_bytes = exchange_.bytes_received();
    row.response_bytes = exchange_.bytes_sent();
    row.status = exchange_.status();
    if (row.status == 0) row.status = 499;
    const Money cost = charge();
    row.held = spending.held();
    const std::int64_t tokens = row.usage.total_input() + row.usage.total_output();
    auto entry = spending.settle(cost, tokens, wall_clock());
    if (!entry) {
      services_.store.record(std::move(row));
      return;
    }
    row.over = entry->over;
    services_.store.record(std::move(row), std::move(*entry));
  } catch (const std::exception& thrown) {
    spdlog::error("a request's row was lost: {}", thrown.what());
  }
}

}  // namespace litegw::server
