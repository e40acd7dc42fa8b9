#include "daemon/server/admission.h"

#include <atomic>

#include "common/base/text.h"
#include "daemon/auth/identify.h"
#include "daemon/server/errors.h"

namespace litegw::server {
namespace {

constexpr std::int64_t rows_per_second = 10;

// One budget for all loops: second and count in one word.
bool may_record(Time now) {
  static std::atomic<std::int64_t> window{0};
  constexpr std::int64_t counts = 1 << 10;
  const std::int64_t second = now.time_since_epoch() / seconds(1);
  std::int64_t seen = window.load(std::memory_order_relaxed);
  for (;;) {
    const bool same = seen / counts == second;
    if (same && seen % counts >= rows_per_second) return false;
    const std::int64_t next = same ? seen + 1 : second * counts + 1;
    if (window.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return true;
  }
}

bool anybody(ErrorCode code) {
  return code == ErrorCode::missing_key || code == ErrorCode::malformed_key ||
         code == ErrorCode::invalid_key;
}

}  // namespace

Result<auth::Principal> identify_caller(const Exchange& exchange, Services& services) {
  const http::Fields& fields = exchange.head().fields;
  auto header = [&fields](std::string_view name) {
    return fields.find(name);
  };
  auto find_key = [&services](const Sha256& hash) {
    return services.store.key_by_hash(hash);
  };
  const bool any_keys = services.store.key_count() > 0;
  auto caller = auth::identify(header, *exchange.config(), any_keys, find_key, exchange.started());
  if (!caller || (caller->user_id.empty() && caller->team_id.empty())) return caller;
  auto find_owner = [&services](auth::OwnerKind kind, std::string_view id) {
    return services.store.owner(kind, id);
  };
  const Status owners = auth::add_owners(*caller, find_owner);
  if (!owners) return owners.error();
  return caller;
}

void record_refusal(const Exchange& exchange, Services& services, const Error& error) {
  if (anybody(error.code) && !may_record(exchange.started())) return;
  const http::RequestHead& head = exchange.head();
  requestlog::Row row;
  row.id = exchange.request_id();
  row.started = exchange.started();
  row.duration_us = (net::Clock::now() - exchange.started_steady()) / std::chrono::microseconds(1);
  row.outcome = requestlog::Outcome::refused;
  row.status = error_status(error, exchange.error_style(), exchange.config()->cursor.policy_status);
  row.error_code = error_name(error.code);
  row.error_message = error.message;
  row.method = head.method;
  row.route = exchange.route().path;
  row.cursor = exchange.route().style == Style::cursor;
  row.client_address = exchange.client_address();
  if (const auto agent = head.fields.find("user-agent")) row.user_agent = shorten(*agent, 200);
  services.store.record(std::move(row));
}

}  // namespace litegw::server
