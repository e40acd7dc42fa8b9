// Messages about users and teams: owners of keys with limits of their own. Filled in and read by
// cmd/commands/owner* and daemon/control/owners. The same messages for both, on "/v1/users" and
// "/v1/teams". A reference ("ref") is a name, an id or an id prefix of 6 or more characters.
#pragma once

#include "common/control/bounds.h"

namespace litegw::control {

struct OwnerCreate : Bounds {  // `name` must be given
  bool if_missing = false;     // one of that name exists: answer it, `created` false
  static void members(auto& self, auto& visit) {
    visit("name", self.name);
    visit("models", self.models);
    visit("budgets", self.budgets);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
    visit("parallel", self.parallel);
    visit("model_limits", self.model_limits);
    visit("metadata", self.metadata);
    visit("if_missing", self.if_missing);
  }
};

struct OwnerUpdate : BoundsUpdate {
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
    visit("metadata", self.metadata);
    visit("unset", self.unset);
  }
};

struct OwnerDelete {  // query of DELETE; refused with conflict while keys belong to it
  bool dry_run = false;
  static void members(auto& self, auto& visit) { visit("dry_run", self.dry_run); }
};

struct OwnerListQuery {
  std::string model;
  std::string state;       // "active", "blocked"; empty = all
  std::string sort;        // "created" (default), "spend", "used": the largest or newest first
  std::int64_t limit = 0;  // 0 = all
  static void members(auto& self, auto& visit) {
    visit("model", self.model);
    visit("state", self.state);
    visit("sort", self.sort);
    visit("limit", self.limit);
  }
};

// litegw.user.v1 or litegw.team.v1. Every answer about one user or team.
struct OwnerView : BoundsView {
  std::string schema = "litegw.user.v1";
  std::int64_t keys = 0;  // that belong to it
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("id", self.id);
    visit("name", self.name);
    visit("created", self.created);
    visit("state", self.state);
    visit("models", self.models);
    visit("budgets", self.budgets);
    visit("rpm", self.rpm);
    visit("tpm", self.tpm);
    visit("parallel", self.parallel);
    visit("model_limits", self.model_limits);
    visit("metadata", self.metadata);
    visit("keys", self.keys);
    visit("created_at", self.created_at);
    visit("updated_at", self.updated_at);
    visit("last_used_at", self.last_used_at);
    visit("created_by", self.created_by);
    visit("requests", self.requests);
    visit("spend_usd", self.spend_usd);
    visit("spend_by_window", self.spend_by_window);
    visit("spend_by_model", self.spend_by_model);
  }
};

struct OwnerList {
  std::string schema = "litegw.user-list.v1";  // or litegw.team-list.v1
  std::vector<OwnerView> items;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("items", self.items);
  }
};

}  // namespace litegw::control
