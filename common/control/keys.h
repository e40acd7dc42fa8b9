// Messages about virtual keys. Filled in and read by cmd/commands/key* and daemon/control.
//
// A reference to a key ("ref") is its name, its id, an id prefix of 6 or more characters, or the 64
// hex digits of its SHA-256 (litegw hashes a secret given on stdin itself: it never travels as a
// reference).
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

struct KeyCreate {
  std::string name;
  std::vector<std::string> models;  // empty = all
  std::vector<Budget> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
  std::map<std::string, ModelLimits> model_limits;
  std::optional<Time> expires_at;
  std::string user, team;
  std::vector<std::string> tags;
  std::map<std::string, std::string> metadata;
  Secret key;  // bring your own: begins with "sk-", 16 characters or more; empty = make one
  bool if_missing = false;  // a key of that name exists: answer it, `created` false, no secret
  static void members(auto& self, auto& visit) {
    visit("name", self.name);
    visit("models", self.models);
    visit("budgets", self.budgets);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
    visit("parallel", self.parallel);
    visit("model_limits", self.model_limits);
    visit("expires_at", self.expires_at);
    visit("user", self.user);
    visit("team", self.team);
    visit("tags", self.tags);
    visit("metadata", self.metadata);
    visit("key", self.key);
    visit("if_missing", self.if_missing);
  }
};

// What is absent stays. A list or map that is given replaces the whole one. `model_limits` replaces
// the members given, model by model. `unset` names members to clear: name, models, budgets, rpm,
// tpm, parallel, model_limits (or model_budgets, model_rpm, model_tpm), expires_at, user, team,
// tags, metadata; it is applied first.
struct KeyUpdate {
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> models;
  std::vector<std::string> add_models, remove_models;
  std::optional<std::vector<Budget>> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
  std::optional<std::map<std::string, ModelLimits>> model_limits;
  std::optional<Time> expires_at;
  std::optional<std::string> user, team;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::map<std::string, std::string>> metadata;
  std::vector<std::string> unset;
  static void members(auto& self, auto& visit) {
    visit("name", self.name);
    visit("models", self.models);
    visit("add_models", self.add_models);
    visit("remove_models", self.remove_models);
    visit("budgets", self.budgets);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
    visit("parallel", self.parallel);
    visit("model_limits", self.model_limits);
    visit("expires_at", self.expires_at);
    visit("user", self.user);
    visit("team", self.team);
    visit("tags", self.tags);
    visit("metadata", self.metadata);
    visit("unset", self.unset);
  }
};

struct KeyBlock {
  bool now = false;  // also end its running streams
  static void members(auto& self, auto& visit) { visit("now", self.now); }
};

struct KeyRotate {
  std::int64_t grace_seconds = 0;  // how long the old secret still works
  Secret key;                      // bring your own; empty = make one
  static void members(auto& self, auto& visit) {
    visit("grace_seconds", self.grace_seconds);
    visit("key", self.key);
  }
};

struct KeyDelete {  // query of DELETE
  bool dry_run = false;
  static void members(auto& self, auto& visit) { visit("dry_run", self.dry_run); }
};

struct KeyListQuery {
  std::string user, team, model;
  std::string state;       // "active", "blocked", "expired"; empty = all
  std::string sort;        // "created" (default), "spend", "used": the largest or newest first
  std::int64_t limit = 0;  // 0 = all
  static void members(auto& self, auto& visit) {
    visit("user", self.user);
    visit("team", self.team);
    visit("model", self.model);
    visit("state", self.state);
    visit("sort", self.sort);
    visit("limit", self.limit);
  }
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

// litegw.key.v1. Every answer about one key; items of the list have empty spend_by_*.
struct KeyView {
  std::string schema = "litegw.key.v1";
  std::string id, name;
  std::optional<Secret> key;     // only once: the answer to create and rotate
  std::optional<bool> created;   // only of create
  std::string hash;              // SHA-256 in hex: the name by which LiteLLM's tools know it
  std::string masked;            // "sk-...abcd"
  std::string state = "active";  // "active", "blocked", "expired"
  std::vector<std::string> models;
  std::map<std::string, std::string> aliases;
  std::vector<BudgetState> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
  std::map<std::string, ModelLimitState> model_limits;
  std::optional<Time> expires_at;
  std::string user, team;
  std::vector<std::string> tags;
  std::map<std::string, std::string> metadata;
  std::optional<Time> created_at, updated_at, last_used_at;
  std::string created_by;
  std::optional<Time> old_key_valid_until;  // after `key rotate --grace`
  std::int64_t requests = 0;
  Money spend_usd;  // since its creation
  std::vector<SpendLine> spend_by_window, spend_by_model;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("id", self.id);
    visit("name", self.name);
    visit("key", self.key);
    visit("created", self.created);
    visit("hash", self.hash);
    visit("masked", self.masked);
    visit("state", self.state);
    visit("models", self.models);
    visit("aliases", self.aliases);
    visit("budgets", self.budgets);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
    visit("parallel", self.parallel);
    visit("model_limits", self.model_limits);
    visit("expires_at", self.expires_at);
    visit("user", self.user);
    visit("team", self.team);
    visit("tags", self.tags);
    visit("metadata", self.metadata);
    visit("created_at", self.created_at);
    visit("updated_at", self.updated_at);
    visit("last_used_at", self.last_used_at);
    visit("created_by", self.created_by);
    visit("old_key_valid_until", self.old_key_valid_until);
    visit("requests", self.requests);
    visit("spend_usd", self.spend_usd);
    visit("spend_by_window", self.spend_by_window);
    visit("spend_by_model", self.spend_by_model);
  }
};

struct KeyList {
  std::string schema = "litegw.key-list.v1";
  std::vector<KeyView> items;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("items", self.items);
  }
};

}  // namespace litegw::control
