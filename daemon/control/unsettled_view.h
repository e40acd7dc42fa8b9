// What a crash has charged, as `budget show` and `budget release` tell it. Inside daemon/control.
#pragma once

#include <vector>

#include "common/control/budgets.h"
#include "daemon/control/bounds_view.h"

namespace litegw::control {

UnsettledLine line_of(const budget::UnsettledCharge& charge, const store::Store& store);
// The newest charges that can be released; of requests of `subjects`, null = of all.
Status add_unsettled(BudgetReport& report, const std::vector<Subject>* subjects,
                     const store::Store& store);
// One line for each counter of an entry of that charge; the amounts are positive.
void add_released_from(BudgetReleaseAnswer& answer, const budget::Entry& entry,
                       const store::Store& store, Time now);

}  // namespace litegw::control
