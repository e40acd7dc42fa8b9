// The levels that bound one caller: its key, its user and its team, each over all models and for
// the model that is asked for. Pure; the event loops keep the result while the records stay the
// same.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/auth/owner.h"
#include "daemon/budget/level.h"

namespace litegw::budget {

// Null members are not there. Every level over all models is in the result, also one without a
// limit: what it has spent is counted all the same (`lifetime`).
struct Bounded {
  const auth::VirtualKey* key = nullptr;
  const auth::Owner* user = nullptr;
  const auth::Owner* team = nullptr;
};
std::vector<Level> levels_of(const Bounded& caller, std::string_view model);

// A budget that never refuses: it counts what a level has spent since it exists.
inline constexpr BudgetRule lifetime{Money::max(), Window{}};
inline bool is_limit(const BudgetRule& rule) {
  return rule.amount != Money::max();
}
// Is there a limit in money on any of them?
bool limits_money(const std::vector<Level>& levels);

// One level of a record: `model` empty = over all models.
Level level_of(const auth::VirtualKey& key, std::string_view model);
Level level_of(const auth::Owner& owner, std::string_view model);

}  // namespace litegw::budget
