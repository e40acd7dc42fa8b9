#include "cmd/render/change.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/money.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

// Of no interest to a person, or told by other columns.
constexpr std::array<std::string_view, 8> hidden{"v",       "id",   "last_four", "created",
                                                 "updated", "hash", "old_hash",  "created_by"};

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump(value);
}

std::string member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? std::string() : text_of(*found);
}

// [{"amount_usd": "5", "window": "month"}]
std::string budget_words(const Json& budgets) {
  std::vector<std::string> parts;
  for (const Json& budget : budgets) {
    const Result<Money> amount = parse_dollars(member(budget, "amount_usd"));
    if (!amount) return dump(budgets);
    const std::string window = member(budget, "window");
    parts.push_back(to_display(*amount) + (window.empty() ? "" : "/" + window));
  }
  return join(parts, " + ");
}

std::string value_words(const std::string& name, const Json& value);

std::string object_words(const Json& object) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : object.items())
    parts.push_back(fmt::format("{} {}", name, value_words(name, value)));
  return join(parts, ", ");
}

std::string value_words(const std::string& name, const Json& value) {
  if (value.is_null() || ((value.is_array() || value.is_object()) && value.empty())) return "none";
  if (name == "budgets" && value.is_array()) return budget_words(value);
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_object()) return object_words(value);
  if (!value.is_array()) return text_of(value);
  std::vector<std::string> items;
  for (const Json& item : value)
    items.push_back(text_of(item));
  return join(items, ", ");
}

// {"level": "key", "id": ..., "model": ..., "window": "day", "since": ..., "spent": "1.2"}
std::string counter_words(const Json& before, const Json& after) {
  const auto dollars = [](const Json& counter) {
    const Result<Money> spent = parse_dollars(member(counter, "spent"));
    return spent ? to_display(*spent) : member(counter, "spent");
  };
  std::string which = member(after, "level");
  if (const std::string model = member(after, "model"); !model.empty()) which += ", model " + model;
  const std::string window = member(after, "window");
  which +=
      window.empty() ? ", in all" : fmt::format(", {} from {}", window, member(after, "since"));
  return fmt::format("spent: {} -> {} ({})", dollars(before), dollars(after), which);
}

std::string counters_words(const Json& before, const Json& after) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    if (before[i].is_object() && after[i].is_object())
      parts.push_back(counter_words(before[i], after[i]));
  return join(parts, "; ");
}

std::string record_words(const Json& before, const Json& after) {
  const bool is_new = before.empty(), is_gone = after.empty();
  std::vector<std::string> parts;
  const auto add = [&](const std::string& name, const Json& was, const Json& is) {
    if (holds(hidden, name) || was == is) return;
    const std::string old = value_words(name, was), now = value_words(name, is);
    if (is_new || is_gone)
      parts.push_back(fmt::format("{}: {}", name, is_new ? now : old));
    else
      parts.push_back(fmt::format("{}: {} -> {}", name, old, now));
  };
  for (const auto& [name, value] : after.items())
    add(name, before.contains(name) ? before[name] : Json(), value);
  for (const auto& [name, value] : before.items())
    if (!after.contains(name)) add(name, value, Json());
  return join(parts, "; ");
}

}  // namespace

std::string change_words(const Json& change) {
  const auto record = [&](const char* name) {
    const auto found = change.is_object() ? change.find(name) : change.end();
    return found != change.end() && found->is_object() ? *found : Json(Json::object());
  };
  const Json before = record("before"), after = record("after");
  if (before.empty() && after.empty()) return change.empty() ? "" : escape_control(dump(change));
  if (before.contains("counters") && after.contains("counters") && before["counters"].is_array() &&
      after["counters"].is_array() && !after["counters"].empty()) {
    const std::string request = member(after, "request");
    return escape_control((request.empty() ? "" : request + ": ") +
                          counters_words(before["counters"], after["counters"]));
  }
  return escape_control(record_words(before, after));
}

}  // namespace litegw::cmd
