// A stored key as the control socket shows it. Reads the store and the accounts; control loop only.
#pragma once

#include <string>

#include "common/control/keys.h"
#include "daemon/control/daemon_view.h"

namespace litegw::control {

// "active", "blocked", "expired".
std::string state_of(const auth::VirtualKey& key, Time now);
// The record alone.
KeyView record_view(const auth::VirtualKey& key, Time now);
// Fills in names of owners, budgets, spend and last use; for a list all at once.
Status complete_views(std::vector<KeyView>& views, const std::vector<auth::VirtualKey>& keys,
                      DaemonView& daemon, Time now);
// Everything, also the spend by window and by model.
Result<KeyView> full_view(const auth::VirtualKey& key, DaemonView& daemon, Time now);

}  // namespace litegw::control
