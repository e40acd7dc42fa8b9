// From what an operator typed to the record that is meant. Control loop only.
#pragma once

#include <string>

#include "common/control/log.h"
#include "daemon/auth/owner.h"
#include "daemon/control/daemon_view.h"

namespace litegw::control {

// By name, id, id prefix or hash. Fails with not_found and the nearest name.
Result<auth::VirtualKey> find_key(DaemonView& daemon, const std::string& reference,
                                  const std::string& param = {});
// By name, id or id prefix. Fails with not_found and the nearest name.
Result<auth::Owner> find_owner(DaemonView& daemon, auth::OwnerKind kind,
                               const std::string& reference, const std::string& param = {});
// Turns names of a user and a team into ids, in place; what is empty stays empty.
Status resolve_owners(DaemonView& daemon, std::string& user, std::string& team);
// The same for filters of what was: an owner that is gone is looked for by the word itself.
void resolve_owner_filters(const store::Store& store, std::string& user, std::string& team);

}  // namespace litegw::control
