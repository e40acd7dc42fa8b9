#include "daemon/store/filter.h"

#include <algorithm>

#include "common/base/text.h"

namespace litegw::store {
namespace {

using requestlog::Row;

bool status_matches(const Row& row, const std::string& wanted) {
  if (wanted == "error") return row.outcome != requestlog::Outcome::ok || row.status >= 400;
  if (wanted == "unsettled") return row.unsettled;
  if (wanted == "ok") return !status_matches(row, "error");
  if (wanted.size() == 3 && wanted.ends_with("xx")) return row.status / 100 == wanted[0] - '0';
  return std::to_string(row.status) == wanted;
}

bool contains(std::string_view text, std::string_view lower_word) {
  return to_lower(text).find(lower_word) != std::string::npos;
}

bool mentions(const Row& row, std::string_view text) {
  std::string word = to_lower(text);
  for (const std::string* member :
       {&row.id, &row.error_code, &row.error_message, &row.route, &row.key_id, &row.key_name,
        &row.user_id, &row.team_id, &row.asked_model, &row.model, &row.provider,
        &row.upstream_model, &row.deployment_id, &row.client_address, &row.user_agent,
        &row.end_user, &row.session, &row.upstream_request_id})
    if (contains(*member, word)) return true;
  return std::any_of(row.tags.begin(), row.tags.end(),
                     [&](const std::string& tag) { return contains(tag, word); });
}

bool is_one_of(const std::string& wanted, const std::string& a, const std::string& b) {
  return wanted.empty() || wanted == a || wanted == b;
}

// Clocks may be set back a little between two requests.
constexpr auto slack = std::chrono::minutes(5);

}  // namespace

bool matches(const Row& row, const Filter& filter) {
  if (filter.since && row.started < *filter.since) return false;
  if (filter.until && row.started >= *filter.until) return false;
  if (!is_one_of(filter.key, row.key_id, row.key_name)) return false;
  if (!filter.user.empty() && filter.user != row.user_id) return false;
  if (!filter.team.empty() && filter.team != row.team_id) return false;
  if (!is_one_of(filter.model, row.model, row.asked_model)) return false;
  if (!filter.provider.empty() && filter.provider != row.provider) return false;
  if (!filter.user_agent.empty() && !contains(row.user_agent, to_lower(filter.user_agent)))
    return false;
  if (filter.min_cost && row.cost < *filter.min_cost) return false;
  if (filter.min_latency && row.duration_us < filter.min_latency->count()) return false;
  if (filter.stream_only && !row.stream) return false;
  if (!filter.statuses.empty() &&
      std::none_of(filter.statuses.begin(), filter.statuses.end(),
                   [&](const std::string& status) { return status_matches(row, status); }))
    return false;
  return filter.text.empty() || mentions(row, filter.text);
}

bool ended_before(const Row& row, Time since) {
  return row.started + Duration(row.duration_us) + slack < since;
}

}  // namespace litegw::store
