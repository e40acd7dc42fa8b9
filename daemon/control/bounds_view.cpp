#include "daemon/control/bounds_view.h"

#include "daemon/budget/accounts.h"
#include "daemon/control/import_plan.h"

namespace litegw::control {
namespace {

SpendLine line_of(std::string label, const store::Sum& sum) {
  return {std::move(label),         sum.requests, sum.errors, sum.usage.total_input(),
          sum.usage.total_output(), sum.cost};
}

// The sums of one subject, by the rest of `by`.
Result<std::vector<store::Sum>> sums_of(const Subject& subject, std::vector<std::string> by,
                                        DaemonView& daemon, std::optional<Time> since) {
  by.insert(by.begin(), std::string(budget::to_text(subject.kind)));
  Result<std::vector<store::Sum>> sums = daemon.store().sums(by, since, std::nullopt);
  if (!sums) return sums.error();
  std::erase_if(*sums,
                [&](const store::Sum& sum) { return sum.by.empty() || sum.by[0] != subject.id; });
  return sums;
}

void add(store::Sum& total, const store::Sum& sum) {
  total.requests += sum.requests;
  total.errors += sum.errors;
  total.cost += sum.cost;
  total.usage.input += sum.usage.total_input();
  total.usage.output += sum.usage.total_output();
}

}  // namespace

Subject subject_of(const auth::VirtualKey& key) {
  return {budget::LevelKind::key, key.id, key.name, key.created, key.limits, key.model_limits,
          imported_spend_of(key)};
}

budget::LevelKind level_of(auth::OwnerKind kind) {
  return kind == auth::OwnerKind::user ? budget::LevelKind::user : budget::LevelKind::team;
}

Subject subject_of(const auth::Owner& owner) {
  return {level_of(owner.kind), owner.id,           owner.name, owner.created,
          owner.limits,         owner.model_limits, {}};
}

std::vector<BudgetState> states_of(const std::vector<auth::BudgetLimit>& limits) {
  std::vector<BudgetState> states;
  for (const auth::BudgetLimit& limit : limits)
    states.push_back({limit.amount, limit.window, Money(), Money(), std::nullopt});
  return states;
}

BudgetState budget_state(const auth::BudgetLimit& limit, const budget::LevelId& level,
                         const Subject& subject, DaemonView& daemon, Time now) {
  BudgetState state{limit.amount, limit.window, Money(), Money(), std::nullopt};
  const Result<budget::Window> window = budget::parse_window(limit.window);
  if (!window) return state;  // a record of a newer version
  const date::time_zone* zone = daemon.accounts().zone();
  const budget::Period period = budget::period_of(*window, now, subject.created, zone);
  if (window->kind != budget::Window::Kind::never) state.resets_at = period.end;
  for (const budget::CounterView& counter : daemon.accounts().view(level)) {
    if (counter.window != *window || counter.period != period) continue;
    state.spent_usd = counter.spent;
    state.held_usd = counter.held;
  }
  return state;
}

void show_budgets(BoundsView& view, const Subject& subject, DaemonView& daemon, Time now) {
  auto states = [&](const auth::Limits& limits, const std::string& model) {
    const budget::LevelId level{subject.kind, subject.id, model};
    std::vector<BudgetState> out;
    for (const auth::BudgetLimit& limit : limits.budgets)
      out.push_back(budget_state(limit, level, subject, daemon, now));
    return out;
  };
  view.budgets = states(subject.limits, {});
  for (const auto& [model, limits] : subject.model_limits)
    view.model_limits[model].budgets = states(limits, model);
}

Result<std::map<std::string, store::Sum>> totals_of(budget::LevelKind kind, DaemonView& daemon) {
  Result<std::vector<store::Sum>> sums =
      daemon.store().sums({std::string(budget::to_text(kind))}, std::nullopt, std::nullopt);
  if (!sums) return sums.error();
  std::map<std::string, store::Sum> totals;
  for (store::Sum& sum : *sums)
    if (!sum.by.empty()) add(totals[sum.by[0]], sum);
  return totals;
}

Status show_spend(BoundsView& view, const Subject& subject, DaemonView& daemon, Time now) {
  Result<std::vector<store::Sum>> by_model = sums_of(subject, {"model"}, daemon, std::nullopt);
  if (!by_model) return by_model.error();
  store::Sum total;
  for (const store::Sum& sum : *by_model) {
    view.spend_by_model.push_back(line_of(sum.by.size() > 1 ? sum.by[1] : std::string(), sum));
    add(total, sum);
  }
  view.requests = total.requests;
  view.spend_usd = total.cost;
  const date::time_zone* zone = daemon.accounts().zone();
  for (auto [label, kind] : {std::pair{"today", budget::Window::Kind::day},
                             std::pair{"this month", budget::Window::Kind::month}}) {
    const Time since = budget::period_of({kind, 0}, now, subject.created, zone).start;
    Result<std::vector<store::Sum>> sums = sums_of(subject, {}, daemon, since);
    if (!sums) return sums.error();
    view.spend_by_window.push_back(line_of(label, sums->empty() ? store::Sum{} : sums->front()));
  }
  view.spend_by_window.push_back(line_of("total", total));
  return {};
}

}  // namespace litegw::control
