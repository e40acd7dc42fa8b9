#include "daemon/control/openings.h"

#include <algorithm>

#include "daemon/budget/accounts.h"

namespace litegw::control {
namespace {

const auth::Limits* limits_at(const Subject* subject, const std::string& model) {
  if (subject == nullptr) return nullptr;
  if (model.empty()) return &subject->limits;
  auto found = subject->model_limits.find(model);
  return found == subject->model_limits.end() ? nullptr : &found->second;
}

bool has_window(const auth::Limits* limits, const std::string& window) {
  return limits != nullptr &&
         std::any_of(limits->budgets.begin(), limits->budgets.end(),
                     [&](const auth::BudgetLimit& limit) { return limit.window == window; });
}

// What the reports say that was spent since `since`.
Result<Money> spent_since(const budget::LevelId& level, std::optional<Time> since,
                          DaemonView& daemon) {
  std::vector<std::string> by{std::string(budget::to_text(level.kind))};
  if (!level.model.empty()) by.emplace_back("model");
  Result<std::vector<store::Sum>> sums = daemon.store().sums(by, since, std::nullopt);
  if (!sums) return sums.error();
  Money spent;
  for (const store::Sum& sum : *sums) {
    if (sum.by.empty() || sum.by[0] != level.id) continue;
    if (!level.model.empty() && (sum.by.size() < 2 || sum.by[1] != level.model)) continue;
    spent += sum.cost;
  }
  return spent;
}

Money counted(const budget::Place& place, const budget::Accounts& accounts) {
  for (const budget::CounterView& counter : accounts.view(place.level))
    if (counter.window == place.window && counter.period == place.period) return counter.spent;
  return Money();
}

void change(budget::Accounts& accounts, const std::vector<budget::Entry>& entries, bool add) {
  for (const budget::Entry& entry : entries)
    for (const budget::Place& place : entry.places)
      accounts.charge(place.level, place.window, place.period,
                      add ? entry.amount : Money() - entry.amount);
}

}  // namespace

Result<std::vector<budget::Entry>> openings_of(const Subject* before, const Subject& after,
                                               DaemonView& daemon, Time now) {
  std::vector<budget::Entry> entries;
  auto add = [&](const std::string& model, const auth::Limits& limits) -> Status {
    for (const auth::BudgetLimit& limit : limits.budgets) {
      if (has_window(limits_at(before, model), limit.window)) continue;
      const Result<budget::Window> window = budget::parse_window(limit.window);
      if (!window) return window.error();
      const budget::LevelId level{after.kind, after.id, model};
      const budget::Period period =
          budget::period_of(*window, now, after.created, daemon.accounts().zone());
      const bool ever = window->kind == budget::Window::Kind::never;
      const Result<Money> spent =
          spent_since(level, ever ? std::nullopt : std::optional(period.start), daemon);
      if (!spent) return spent.error();
      budget::Entry entry;
      entry.kind = budget::Entry::Kind::opening;
      entry.time = now;
      entry.places = {{level, *window, period}};
      entry.amount = *spent - counted(entry.places.front(), daemon.accounts());
      if (ever && model.empty()) entry.amount += after.elsewhere;
      if (entry.amount > Money()) entries.push_back(std::move(entry));
    }
    return {};
  };
  if (Status added = add({}, after.limits); !added) return added.error();
  for (const auto& [model, limits] : after.model_limits)
    if (Status added = add(model, limits); !added) return added.error();
  return entries;
}

void charge(budget::Accounts& accounts, const std::vector<budget::Entry>& entries) {
  change(accounts, entries, true);
}

void take_back(budget::Accounts& accounts, const std::vector<budget::Entry>& entries) {
  change(accounts, entries, false);
}

void release(budget::Accounts& accounts, const std::vector<budget::Entry>& entries) {
  for (const budget::Entry& entry : entries)
    for (const budget::Place& place : entry.places)
      accounts.release(place.level, place.window, place.period, Money() - entry.amount);
}

}  // namespace litegw::control
