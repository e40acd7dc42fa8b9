#include "daemon/budget/levels.h"

#include <algorithm>

namespace litegw::budget {
namespace {

LevelKind kind_of(auth::OwnerKind kind) {
  return kind == auth::OwnerKind::user ? LevelKind::user : LevelKind::team;
}

void set_limits(Level& level, const auth::Limits& limits) {
  for (const auth::BudgetLimit& limit : limits.budgets) {
    // A window that cannot be read was never accepted; if it is there all the same, the budget
    // never starts again.
    const Result<Window> window = parse_window(limit.window);
    level.budgets.push_back({limit.amount, window ? *window : Window{}});
  }
  level.rpm = limits.rpm;
  level.tpm = limits.tpm;
  level.parallel = limits.parallel;
}

template <class Record>
Level make_level(LevelKind kind, const Record& record, std::string_view model) {
  Level level;
  level.id = {kind, record.id, std::string(model)};
  level.name = record.name;
  level.created = record.created;
  if (model.empty()) {
    set_limits(level, record.limits);
    const bool counted =
        std::any_of(level.budgets.begin(), level.budgets.end(),
                    [](const BudgetRule& rule) { return rule.window == lifetime.window; });
    if (!counted) level.budgets.push_back(lifetime);
    return level;
  }
  const auto found = record.model_limits.find(std::string(model));
  if (found != record.model_limits.end()) set_limits(level, found->second);
  return level;
}

template <class Record>
void add_levels(std::vector<Level>& levels, const Record* record, std::string_view model) {
  if (record == nullptr) return;
  levels.push_back(level_of(*record, ""));
  if (record->model_limits.contains(std::string(model))) levels.push_back(level_of(*record, model));
}

}  // namespace

Level level_of(const auth::VirtualKey& key, std::string_view model) {
  return make_level(LevelKind::key, key, model);
}

Level level_of(const auth::Owner& owner, std::string_view model) {
  return make_level(kind_of(owner.kind), owner, model);
}

std::vector<Level> levels_of(const Bounded& caller, std::string_view model) {
  std::vector<Level> levels;
  add_levels(levels, caller.key, model);
  add_levels(levels, caller.user, model);
  add_levels(levels, caller.team, model);
  return levels;
}

bool limits_money(const std::vector<Level>& levels) {
  return std::any_of(levels.begin(), levels.end(), [](const Level& level) {
    return std::any_of(level.budgets.begin(), level.budgets.end(), is_limit);
  });
}

}  // namespace litegw::budget
