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

#include "common/control/bounds.h"

namespace litegw::control {

struct KeyCreate : Bounds {
  std::optional<Time> expires_at;
  std::string user, team;  // names or ids of owners that exist
  std::vector<std::string> tags;
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

// `unset` also knows name, expires_at, user, team and tags.
struct KeyUpdate : BoundsUpdate {
  std::optional<Time> expires_at;
  std::optional<std::string> user, team;
  std::optional<std::vector<std::string>> tags;
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

// litegw.key.v1. Every answer about one key; items of the list have empty spend_by_*.
struct KeyView : BoundsView {
  std::string schema = "litegw.key.v1";
  std::optional<Secret> key;  // only once: the answer to create and rotate
  std::string hash;           // SHA-256 in hex: the name by which LiteLLM's tools know it
  std::string masked;         // "sk-...abcd"
  std::map<std::string, std::string> aliases;
  std::optional<Time> expires_at;
  std::string user, team;  // their names
  std::string user_id, team_id;
  std::vector<std::string> tags;
  std::optional<Time> old_key_valid_until;  // after `key rotate --grace`
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
    visit("user_id", self.user_id);
    visit("team_id", self.team_id);
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
