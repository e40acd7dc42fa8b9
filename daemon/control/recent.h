// What the newest request rows say of each deployment and provider, for `model list|show` and
// `status`. Handlers call it on the control thread; it reads the store.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/base/time.h"
#include "daemon/requestlog/row.h"
#include "daemon/store/store.h"

namespace litegw::control {

struct LastAttempt {
  bool failed = false;  // the newest one
  std::string error;    // of the newest one that failed
  std::optional<Time> error_at;
  std::string_view state() const { return failed ? "failing" : "healthy"; }
};

struct RecentAttempts {
  std::map<std::string, LastAttempt> deployments;  // by id; one that nobody asked is not in it
  std::map<std::string, LastAttempt> providers;
  std::string state_of(const std::string& deployment) const;  // "healthy", "failing", "untried"
};

// Over the rows of the last ten minutes, the newest thousand of them.
RecentAttempts recent_attempts(const store::Store& store, Time now);
// Pure: the same over rows in the order they were stored.
RecentAttempts recent_attempts(const std::vector<requestlog::Row>& rows);

}  // namespace litegw::control
