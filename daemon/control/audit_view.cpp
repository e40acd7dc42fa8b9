#include "daemon/control/audit_view.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/money.h"
#include "common/base/time.h"

namespace litegw::control {
namespace {

constexpr std::array<std::string_view, 4> times{"expires", "old_hash_until", "created", "updated"};

bool is_time(std::string_view name) {
  return std::find(times.begin(), times.end(), name) != times.end();
}

Json budgets_view(const Json& budgets) {
  Json out = Json::array();
  for (const Json& budget : budgets) {
    const auto nano = budget.is_object() ? budget.find("nano") : budget.end();
    if (!budget.is_object() || nano == budget.end() || !nano->is_number_integer()) return budgets;
    Json line{{"amount_usd", to_decimal(Money::nano(nano->get<std::int64_t>()))}};
    line["window"] = budget.value("window", std::string());
    out.push_back(std::move(line));
  }
  return out;
}

Json model_limits_view(const Json& limits) {
  Json out = Json::object();
  for (const auto& [model, limit] : limits.items())
    out[model] = audit_view(limit);
  return out;
}

}  // namespace

Json audit_view(const Json& record) {
  if (!record.is_object()) return record;
  Json out = Json::object();
  for (const auto& [name, value] : record.items()) {
    if (name == "v") continue;  // of the store's own form
    if (name == "budgets" && value.is_array())
      out[name] = budgets_view(value);
    else if (name == "model_limits" && value.is_object())
      out[name] = model_limits_view(value);
    else if (is_time(name) && value.is_number_integer())
      out[name] = to_rfc3339(Time(Duration(value.get<std::int64_t>())), true);
    else
      out[name] = value;
  }
  return out;
}

}  // namespace litegw::control
