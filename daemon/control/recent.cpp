#include "daemon/control/recent.h"

#include <algorithm>

namespace litegw::control {
namespace {

constexpr minutes looked_back{10};
constexpr std::size_t most_rows = 1000;

// Other refusals (a bad request, one too large) are the caller's doing.
bool is_deployments_fault(const requestlog::Attempt& attempt) {
  if (attempt.error.empty()) return false;
  switch (attempt.status) {
    case 0:  // no answer at all
    case 401:
    case 403:
    case 404:
    case 408:
    case 429:
      return true;
    default:
      return attempt.status < 400 || attempt.status >= 500;
  }
}

void note(LastAttempt& last, const requestlog::Attempt& attempt, Time at) {
  last.failed = is_deployments_fault(attempt);
  if (!last.failed) return;
  last.error = attempt.error;
  last.error_at = at;
}

}  // namespace

std::string RecentAttempts::state_of(const std::string& deployment) const {
  const auto found = deployments.find(deployment);
  return found == deployments.end() ? "untried" : std::string(found->second.state());
}

RecentAttempts recent_attempts(const std::vector<requestlog::Row>& rows) {
  RecentAttempts recent;
  for (const requestlog::Row& row : rows) {
    // A client that left says nothing about who was answering.
    if (row.outcome == requestlog::Outcome::client_closed) continue;
    for (const requestlog::Attempt& attempt : row.attempts) {
      note(recent.deployments[attempt.deployment_id], attempt, row.started);
      note(recent.providers[attempt.provider], attempt, row.started);
    }
  }
  return recent;
}

RecentAttempts recent_attempts(const store::Store& store, Time now) {
  store::Filter filter;
  filter.since = now - looked_back;
  filter.limit = most_rows;
  // One part of them is enough, and keeps nobody waiting.
  store::RowScan scan(std::move(filter));
  if (!store.scan(scan)) return {};
  if (!scan.done) std::reverse(scan.found.begin(), scan.found.end());
  return recent_attempts(scan.found);
}

}  // namespace litegw::control
