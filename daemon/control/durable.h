// Changes of the store that a handler waits for: on disk when they return. Control loop only.
#pragma once

#include <string>
#include <vector>

#include "daemon/control/call.h"

namespace litegw::control {

net::Task<Status> create_durably(Context& context, auth::VirtualKey key, std::string actor);
net::Task<Status> create_durably(Context& context, auth::Owner owner, std::string actor);
// Replaces `before` if it is still the one that is stored, else fails with conflict. Budgets that
// are new begin with what was spent already.
net::Task<Status> change_durably(Context& context, auth::VirtualKey before, auth::VirtualKey after,
                                 std::string actor);
net::Task<Status> change_durably(Context& context, auth::Owner before, auth::Owner after,
                                 std::string actor);
net::Task<Status> remove_durably(Context& context, auth::VirtualKey key, std::string actor);
net::Task<Status> remove_durably(Context& context, auth::Owner owner, std::string actor);
// An operator's change of counters, with an audit entry.
net::Task<Status> adjust_durably(Context& context, std::vector<budget::Entry> entries,
                                 std::string action, std::string actor);
// Takes charges of dead processes, named by their holds, out of the reports and the accounts; what
// was taken. While it lasts `no_release` waits.
net::Task<Result<std::vector<budget::Entry>>> release_durably(Context& context,
                                                              std::vector<std::uint64_t> holds,
                                                              std::string actor);
net::Task<Status> no_release(Context& context);
net::Task<Status> import_durably(Context& context, std::vector<auth::VirtualKey> keys,
                                 std::vector<auth::Owner> owners,
                                 std::vector<budget::Entry> openings,
                                 std::vector<budget::Entry> additions, std::string actor,
                                 std::uint64_t expected_change);

}  // namespace litegw::control
