#include "daemon/control/key_view.h"

#include <algorithm>

#include "daemon/budget/window.h"

namespace litegw::control {
namespace {

BudgetState state_of(const auth::BudgetLimit& limit) {
  return {limit.amount, limit.window, Money(), Money(), std::nullopt};
}

SpendLine line_of(std::string label, const store::Sum& sum) {
  return {std::move(label),         sum.requests, sum.errors, sum.usage.total_input(),
          sum.usage.total_output(), sum.cost};
}

// The sums of one key, by the rest of `by`.
Result<std::vector<store::Sum>> sums_of(const std::string& id, std::vector<std::string> by,
                                        DaemonView& daemon, std::optional<Time> since) {
  by.insert(by.begin(), "key");
  Result<std::vector<store::Sum>> sums = daemon.store().sums(by, since, std::nullopt);
  if (!sums) return sums.error();
  std::erase_if(*sums, [&](const store::Sum& sum) { return sum.by.empty() || sum.by[0] != id; });
  return sums;
}

// What each key spent since `since`, by id. One read serves all keys with the same window.
class SpendSince {
 public:
  explicit SpendSince(DaemonView& daemon) : daemon_(daemon) {}

  Result<Money> of(const std::string& id, Time since) {
    auto known = windows_.find(since);
    if (known == windows_.end()) {
      Result<std::vector<store::Sum>> sums = daemon_.store().sums({"key"}, since, std::nullopt);
      if (!sums) return sums.error();
      std::map<std::string, Money> costs;
      for (const store::Sum& sum : *sums)
        if (!sum.by.empty()) costs[sum.by[0]] = sum.cost;
      known = windows_.emplace(since, std::move(costs)).first;
    }
    auto cost = known->second.find(id);
    return cost == known->second.end() ? Money() : cost->second;
  }

 private:
  DaemonView& daemon_;
  std::map<Time, std::map<std::string, Money>> windows_;
};

Status add_budgets(KeyView& view, const auth::VirtualKey& key, DaemonView& daemon, Time now,
                   SpendSince& spent) {
  const date::time_zone* zone = daemon.accounts().zone();
  for (BudgetState& state : view.budgets) {
    Result<budget::Window> window = budget::parse_window(state.window);
    if (!window) continue;  // a record of a newer version
    budget::Period period = budget::period_of(*window, now, key.created, zone);
    if (window->kind != budget::Window::Kind::never) state.resets_at = period.end;
    Time since = window->kind == budget::Window::Kind::never ? key.created : period.start;
    Result<Money> cost = spent.of(key.id, since);
    if (!cost) return cost.error();
    state.spent_usd = *cost;
  }
  return {};
}

}  // namespace

std::string state_of(const auth::VirtualKey& key, Time now) {
  if (key.blocked) return "blocked";
  return key.expires && *key.expires <= now ? "expired" : "active";
}

KeyView record_view(const auth::VirtualKey& key, Time now) {
  KeyView view;
  view.id = key.id;
  view.name = key.name;
  view.hash = to_hex(key.hash);
  view.masked = "sk-..." + key.last_four;
  view.state = state_of(key, now);
  view.models = key.models;
  view.aliases = key.aliases;
  for (const auth::BudgetLimit& limit : key.limits.budgets)
    view.budgets.push_back(state_of(limit));
  view.rpm = key.limits.rpm;
  view.tpm = key.limits.tpm;
  view.parallel = key.limits.parallel;
  for (const auto& [model, limits] : key.model_limits) {
    ModelLimitState& state = view.model_limits[model];
    for (const auth::BudgetLimit& limit : limits.budgets)
      state.budgets.push_back(state_of(limit));
    state.rpm = limits.rpm;
    state.tpm = limits.tpm;
  }
  view.expires_at = key.expires;
  view.user = key.user_id;
  view.team = key.team_id;
  view.tags = key.tags;
  view.metadata = key.metadata;
  view.created_at = key.created;
  view.updated_at = key.updated;
  view.created_by = key.created_by;
  if (key.old_hash_until && *key.old_hash_until > now)
    view.old_key_valid_until = key.old_hash_until;
  return view;
}

Status add_spend(std::vector<KeyView>& views, const std::vector<auth::VirtualKey>& keys,
                 DaemonView& daemon, Time now) {
  Result<std::vector<store::Sum>> totals = daemon.store().sums({"key"}, std::nullopt, std::nullopt);
  if (!totals) return totals.error();
  auto last_used = daemon.store().keys_last_used();
  if (!last_used) return last_used.error();
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < views.size(); ++i) {
    places[views[i].id] = i;
    auto used = last_used->find(views[i].id);
    if (used != last_used->end()) views[i].last_used_at = used->second;
  }
  for (const store::Sum& sum : *totals) {
    auto place = sum.by.empty() ? places.end() : places.find(sum.by[0]);
    if (place == places.end()) continue;
    KeyView& view = views[place->second];
    view.requests += sum.requests;
    view.spend_usd += sum.cost;
  }
  SpendSince spent(daemon);
  for (std::size_t i = 0; i < views.size(); ++i) {
    Status added = add_budgets(views[i], keys[i], daemon, now, spent);
    if (!added) return added.error();
  }
  return {};
}

Result<KeyView> full_view(const auth::VirtualKey& key, DaemonView& daemon, Time now) {
  KeyView view = record_view(key, now);
  Result<std::vector<store::Sum>> by_model = sums_of(key.id, {"model"}, daemon, std::nullopt);
  if (!by_model) return by_model.error();
  store::Sum total;
  for (const store::Sum& sum : *by_model) {
    view.spend_by_model.push_back(line_of(sum.by.size() > 1 ? sum.by[1] : std::string(), sum));
    total.requests += sum.requests;
    total.errors += sum.errors;
    total.cost += sum.cost;
    total.usage.input += sum.usage.total_input();
    total.usage.output += sum.usage.total_output();
  }
  view.requests = total.requests;
  view.spend_usd = total.cost;
  const date::time_zone* zone = daemon.accounts().zone();
  for (auto [label, kind] : {std::pair{"today", budget::Window::Kind::day},
                             std::pair{"this month", budget::Window::Kind::month}}) {
    Time since = budget::period_of({kind, 0}, now, key.created, zone).start;
    Result<std::vector<store::Sum>> sums = sums_of(key.id, {}, daemon, since);
    if (!sums) return sums.error();
    view.spend_by_window.push_back(line_of(label, sums->empty() ? store::Sum{} : sums->front()));
  }
  view.spend_by_window.push_back(line_of("total", total));
  SpendSince spent(daemon);
  if (Status added = add_budgets(view, key, daemon, now, spent); !added) return added.error();
  auto last_used = daemon.store().keys_last_used();
  if (!last_used) return last_used.error();
  auto used = last_used->find(key.id);
  if (used != last_used->end()) view.last_used_at = used->second;
  return view;
}

}  // namespace litegw::control
