// What keys, users and teams have in common: name, models, budgets and limits, and how they stand.
// Part of the messages in keys.h and owners.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/control/codec.h"

namespace litegw::control {

// "100/month": `window` is "" (never resets), "day", "week", "month" (calendar) or a whole-hour
// duration such as "12h" or "30d" (from the key's creation on).
struct Budget {
  Money amount_usd;
  std::string window;
  friend bool operator==(const Budget&, const Budget&) = default;
  static void members(auto& self, auto& visit) {
    visit("amount_usd", self.amount_usd);
    visit("window", self.window);
  }
};
// "100/month", "5/12h", "10". Fails with invalid_argument.
Result<Budget> parse_budget(std::string_view text);
std::string to_text(const Budget& budget);
Status check_window(std::string_view window);

struct ModelLimits {
  std::vector<Budget> budgets;
  std::optional<std::int64_t> rpm, tpm;
  static void members(auto& self, auto& visit) {
    visit("budgets", self.budgets);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
  }
};

// As given when it is made.
struct Bounds {
  std::string name;
  std::vector<std::string> models;  // empty = all
  std::vector<Budget> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
  std::map<std::string, ModelLimits> model_limits;
  std::map<std::string, std::string> metadata;
};

// What is absent stays. A list or map that is given replaces the whole one. `model_limits` replaces
// the members given, model by model. `unset` names members to clear: models, budgets, rpm, tpm,
// parallel, model_limits (or model_budgets, model_rpm, model_tpm), metadata; it is applied first.
struct BoundsUpdate {
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> models;
  std::vector<std::string> add_models, remove_models;
  std::optional<std::vector<Budget>> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
  std::optional<std::map<std::string, ModelLimits>> model_limits;
  std::optional<std::map<std::string, std::string>> metadata;
  std::vector<std::string> unset;
};

// A budget as it stands in its current window.
struct BudgetState {
  Money amount_usd;
  std::string window;
  Money spent_usd, held_usd;
  std::optional<Time> resets_at;  // null = never
  static void members(auto& self, auto& visit) {
    visit("amount_usd", self.amount_usd);
    visit("window", self.window);
    visit("spent_usd", self.spent_usd);
    visit("held_usd", self.held_usd);
    visit("resets_at", self.resets_at);
  }
};

struct ModelLimitState {
  std::vector<BudgetState> budgets;
  std::optional<std::int64_t> rpm, tpm;
  static void members(auto& self, auto& visit) {
    visit("budgets", self.budgets);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
  }
};

// What was spent under one label: a window ("today", "this month", "total") or a model.
struct SpendLine {
  std::string label;
  std::int64_t requests = 0, errors = 0, tokens_in = 0, tokens_out = 0;
  Money cost_usd;
  static void members(auto& self, auto& visit) {
    visit("label", self.label);
    visit("requests", self.requests);
    visit("errors", self.errors);
    visit("tokens_in", self.tokens_in);
    visit("tokens_out", self.tokens_out);
    visit("cost_usd", self.cost_usd);
  }
};

// As it stands. In lists spend_by_* are empty.
struct BoundsView {
  std::string id, name;
  std::optional<bool> created;   // only of the answer to create
  std::string state = "active";  // "active", "blocked"; a key also "expired"
  std::vector<std::string> models;
  std::vector<BudgetState> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
  std::map<std::string, ModelLimitState> model_limits;
  std::map<std::string, std::string> metadata;
  std::optional<Time> created_at, updated_at, last_used_at;
  std::string created_by;
  std::int64_t requests = 0;
  Money spend_usd;  // since its creation
  std::vector<SpendLine> spend_by_window, spend_by_model;
};

}  // namespace litegw::control
