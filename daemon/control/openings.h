// A budget that is given to something that has spent already begins with what was spent in its
// current window, else the first month of a new limit would be as good as unlimited. Control loop
// only.
#pragma once

#include <vector>

#include "daemon/budget/journal.h"
#include "daemon/control/bounds_view.h"

namespace litegw::control {

// One entry for each budget of `after` that `before` (null = nothing) does not have and whose
// counter is behind what the reports say.
Result<std::vector<budget::Entry>> openings_of(const Subject* before, const Subject& after,
                                               DaemonView& daemon, Time now);
// Adds entries to the accounts, or takes them out again.
// `release`: of charges, which have negative amounts, from counters that are there.
void charge(budget::Accounts& accounts, const std::vector<budget::Entry>& entries);
void take_back(budget::Accounts& accounts, const std::vector<budget::Entry>& entries);
void release(budget::Accounts& accounts, const std::vector<budget::Entry>& entries);

}  // namespace litegw::control
