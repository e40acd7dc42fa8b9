// A stored key as the control socket shows it: the record, its spend, its budgets in their current
// windows. Reads the store; control loop only.
#pragma once

#include <map>
#include <string>

#include "common/control/keys.h"
#include "daemon/control/daemon_view.h"

namespace litegw::control {

// "active", "blocked", "expired".
std::string state_of(const auth::VirtualKey& key, Time now);
// The record alone.
KeyView record_view(const auth::VirtualKey& key, Time now);
// Fills in spend, last use and budgets, from the sums by key; for a list all at once.
Status add_spend(std::vector<KeyView>& views, const std::vector<auth::VirtualKey>& keys,
                 DaemonView& daemon, Time now);
// Everything, also the spend by window and by model.
Result<KeyView> full_view(const auth::VirtualKey& key, DaemonView& daemon, Time now);

}  // namespace litegw::control
