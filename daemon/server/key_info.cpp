#include "daemon/server/key_info.h"

#include <array>
#include <set>

#include "common/base/json.h"
#include "daemon/auth/owner.h"
#include "daemon/budget/levels.h"
#include "daemon/server/exchange.h"
#include "daemon/server/services.h"

namespace litegw::server {
namespace {

using budget::CounterView;
using budget::Level;

// LiteLLM's members are JSON numbers; nothing is reckoned with them here.
Json number(Money amount) {
  return Json::parse(to_decimal(amount));
}

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

CounterView current(const budget::Accounts& accounts, const Level& level,
                    const budget::Window& window, Time now) {
  for (const CounterView& view : accounts.view(level.id))
    if (view.window == window && view.period.contains(now)) return view;
  return {window, budget::period_of(window, now, level.created, accounts.zone()), {}, {}};
}

Json budget_line(const Level& level, const budget::BudgetRule& rule, const CounterView& view) {
  const Money taken = view.spent + view.held;
  Json line = {{"level", std::string(to_text(level.id.kind))}};
  line["name"] = level.name.empty() ? level.id.id : level.name;
  line["model"] = level.id.model.empty() ? Json() : Json(level.id.model);
  line["limit_usd"] = to_decimal(rule.amount);
  line["window"] = budget::to_text(rule.window);
  line["spent_usd"] = to_decimal(view.spent);
  line["held_usd"] = to_decimal(view.held);
  line["left_usd"] = to_decimal(std::max(Money{}, rule.amount - taken));
  const bool resets = view.period.end != Time::max();
  line["resets_at"] = resets ? Json(to_rfc3339(view.period.end)) : Json();
  return line;
}

std::vector<Level> all_levels(const auth::Principal& caller) {
  std::set<std::string> models;
  for (const auto& [model, limits] : caller.key->model_limits)
    models.insert(model);
  for (const auto* owner : {caller.user.get(), caller.team.get()})
    if (owner != nullptr)
      for (const auto& [model, limits] : owner->model_limits)
        models.insert(model);
  const budget::Bounded bounded{caller.key.get(), caller.user.get(), caller.team.get()};
  std::vector<Level> levels = budget::levels_of(bounded, "");
  for (const std::string& model : models)
    for (Level& level : budget::levels_of(bounded, model))
      if (!level.id.model.empty()) levels.push_back(std::move(level));
  return levels;
}

Json describe(const auth::Principal& caller, const budget::Accounts& accounts, Time now) {
  const auth::VirtualKey& key = *caller.key;
  const std::string shown = "sk-..." + key.last_four;
  const Level own = budget::level_of(key, "");
  Json info = {{"key_name", shown}, {"key_alias", key.name.empty() ? Json() : Json(key.name)}};
  info["spend"] = number(accounts.spent(own.id, budget::lifetime.window));
  info["max_budget"] = Json();
  info["budget_duration"] = Json();
  info["budget_reset_at"] = Json();
  if (!key.limits.budgets.empty()) {
    const budget::BudgetRule& first = own.budgets.front();
    const CounterView view = current(accounts, own, first.window, now);
    info["max_budget"] = number(first.amount);
    info["spend"] = number(view.spent);
    const bool resets = view.period.end != Time::max();
    if (resets) info["budget_duration"] = budget::to_text(first.window);
    if (resets) info["budget_reset_at"] = to_rfc3339(view.period.end);
  }
  info["models"] = key.models;
  info["rpm_limit"] = or_null(key.limits.rpm);
  info["tpm_limit"] = or_null(key.limits.tpm);
  info["max_parallel_requests"] = or_null(key.limits.parallel);
  info["expires"] = key.expires ? Json(to_rfc3339(*key.expires)) : Json();
  info["blocked"] = key.blocked;
  info["user_id"] = key.user_id.empty() ? Json() : Json(key.user_id);
  info["team_id"] = key.team_id.empty() ? Json() : Json(key.team_id);
  info["tags"] = key.tags;
  info["created_at"] = to_rfc3339(key.created);
  Json budgets = Json::array();
  for (const Level& level : all_levels(caller))
    for (const budget::BudgetRule& rule : level.budgets)
      if (budget::is_limit(rule))
        budgets.push_back(budget_line(level, rule, current(accounts, level, rule.window, now)));
  info["budgets"] = std::move(budgets);
  Json body = {{"key", shown}};
  body["info"] = std::move(info);
  return body;
}

}  // namespace

net::Task<void> serve_key_info(Exchange& exchange, Services& services) {
  const auth::Principal& caller = exchange.principal();
  if (caller.key == nullptr) {
    const Error error = make_error(ErrorCode::not_found,
                                   "Key not found: the master key is no virtual key and has no "
                                   "limits",
                                   "", "key");
    co_await exchange.respond(error);
    co_return;
  }
  const std::string body = dump(describe(caller, services.accounts, exchange.started()));
  const std::array fields{http::Field{"Content-Type", "application/json"}};
  const std::span<const http::Field> headers(fields);
  co_await exchange.respond(200, headers, body);
}

}  // namespace litegw::server
