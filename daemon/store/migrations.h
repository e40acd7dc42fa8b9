// Versions of the state environment. Called once, when the store is opened, before the writer runs.
#pragma once

#include <string>

#include "daemon/store/environment.h"
#include "daemon/store/key_table.h"
#include "daemon/store/spend_table.h"

namespace litegw::store {

inline constexpr int store_version = 3;

// Brings the environment to `store_version`: a new one is marked, an older one is copied to
// `folder`/backup-version-N-TIME first and then changed in one transaction. Fails with
// store_unavailable for a newer one, naming both versions, and leaves it as it is.
Status migrate(const Environment& state, const std::string& folder, Time now);

}  // namespace litegw::store
