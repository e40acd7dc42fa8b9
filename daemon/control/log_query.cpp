#include "daemon/control/log_query.h"

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/control/references.h"

namespace litegw::control {
namespace {

constexpr std::int64_t most_rows = 100'000;

Error refuse(std::string param, std::string message, std::string hint) {
  return make_error(ErrorCode::invalid_argument, std::move(message), std::move(hint),
                    std::move(param));
}

bool is_status(std::string_view text) {
  if (text == "error" || text == "ok" || text == "unsettled") return true;
  if (text.size() != 3 || text[0] < '1' || text[0] > '5') return false;
  bool number = text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9';
  return number || text.substr(1) == "xx";
}

Status check(const LogQuery& query) {
  for (const std::string& status : query.status)
    if (!is_status(status))
      return refuse("status", fmt::format("no status '{}'", escape_control(shorten(status, 40))),
                    "error, ok, unsettled, a code like 429 or a class like 4xx");
  if (query.limit < 0 || query.limit > most_rows)
    return refuse("limit", fmt::format("limit is {}", query.limit),
                  fmt::format("from 0 to {}; `litegw log export` gives all", most_rows));
  if (query.min_latency_ms && *query.min_latency_ms < 0)
    return refuse("min_latency_ms", "the latency is negative", "from 0 on");
  if (query.since && query.until && *query.since >= *query.until)
    return refuse("until", "until is not after since", "an interval with something in it");
  if (!query.after.empty() && query.after_sequence)
    return refuse("after", "after and after_sequence together", "give one of them");
  return {};
}

}  // namespace

Result<store::Filter> filter_of(const LogQuery& query, const store::Store& store) {
  if (Status checked = check(query); !checked) return checked.error();
  store::Filter filter;
  filter.since = query.since;
  filter.until = query.until;
  filter.key = query.key;
  // A deleted key has rows as well: they keep its name and id.
  if (!query.key.empty())
    if (Result<std::optional<auth::VirtualKey>> key = store.find_key_by(query.key); key && *key)
      filter.key = (*key)->id;
  filter.user = query.user;
  filter.team = query.team;
  resolve_owner_filters(store, filter.user, filter.team);
  filter.model = query.model;
  filter.provider = query.provider;
  filter.statuses = query.status;
  filter.min_cost = query.min_cost_usd;
  if (query.min_latency_ms) filter.min_latency = milliseconds(*query.min_latency_ms);
  filter.user_agent = query.user_agent;
  filter.text = query.grep;
  filter.stream_only = query.stream;
  filter.limit = static_cast<std::size_t>(query.limit);
  if (query.after_sequence) {
    filter.after_sequence = *query.after_sequence;
    filter.from_start = true;
  }
  if (query.after.empty()) return filter;
  Result<std::optional<requestlog::Row>> row = store.row(query.after);
  if (!row) return row.error();
  if (!*row)
    return make_error(ErrorCode::not_found,
                      fmt::format("no request '{}'", escape_control(shorten(query.after, 60))),
                      "it may be older than request_log.retention", "after");
  filter.after_sequence = (*row)->sequence;
  filter.from_start = true;
  return filter;
}

}  // namespace litegw::control
