// Messages about budgets of all levels: how they stand, resetting them, and the import of keys with
// what they have spent.
#pragma once

#include "common/control/bounds.h"

namespace litegw::control {

// At most one of key, user and team; a reference each. None = every level that has a budget.
// Of a key also the levels above it: its user and its team.
struct BudgetQuery {
  std::string key, user, team;
  static void members(auto& self, auto& visit) {
    visit("key", self.key);
    visit("user", self.user);
    visit("team", self.team);
  }
};

// One budget of one level.
struct BudgetLine {
  std::string level;  // "key", "user", "team"
  std::string id, name;
  std::string model;  // empty = all models
  std::string window;
  Money limit_usd, spent_usd, held_usd, available_usd;
  std::optional<Time> resets_at;  // null = never
  static void members(auto& self, auto& visit) {
    visit("level", self.level);
    visit("id", self.id);
    visit("name", self.name);
    visit("model", self.model);
    visit("window", self.window);
    visit("limit_usd", self.limit_usd);
    visit("spent_usd", self.spent_usd);
    visit("held_usd", self.held_usd);
    visit("available_usd", self.available_usd);
    visit("resets_at", self.resets_at);
  }
};

// Money that is set aside for a request under way.
struct HoldLine {
  std::string request_id;
  std::string key_id, key_name, user, team, model, provider;
  Money amount_usd;
  std::optional<Time> admitted_at, deadline_at;
  bool overdue = false;  // past its deadline: a warning, the money stays set aside
  static void members(auto& self, auto& visit) {
    visit("request_id", self.request_id);
    visit("key_id", self.key_id);
    visit("key_name", self.key_name);
    visit("user", self.user);
    visit("team", self.team);
    visit("model", self.model);
    visit("provider", self.provider);
    visit("amount_usd", self.amount_usd);
    visit("admitted_at", self.admitted_at);
    visit("deadline_at", self.deadline_at);
    visit("overdue", self.overdue);
  }
};

// What a crash has charged: all that was set aside for a request under which litegwd died.
struct UnsettledLine {
  std::string request_id;
  std::string key_id, key_name, user, team, model, provider;
  Money amount_usd;
  std::optional<Time> admitted_at;
  std::optional<Time> charged_at;  // reports have it in this hour
  static void members(auto& self, auto& visit) {
    visit("request_id", self.request_id);
    visit("key_id", self.key_id);
    visit("key_name", self.key_name);
    visit("user", self.user);
    visit("team", self.team);
    visit("model", self.model);
    visit("provider", self.provider);
    visit("amount_usd", self.amount_usd);
    visit("admitted_at", self.admitted_at);
    visit("charged_at", self.charged_at);
  }
};

struct BudgetReport {
  std::string schema = "litegw.budget-report.v1";
  std::vector<BudgetLine> items;
  std::vector<HoldLine> holds;           // open ones of these levels
  std::vector<UnsettledLine> unsettled;  // that can be released, newest first, at most 1,000
  bool more_unsettled = false;           // than these
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("items", self.items);
    visit("holds", self.holds);
    visit("unsettled", self.unsettled);
    visit("more_unsettled", self.more_unsettled);
  }
};

// Exactly one of key, user and team. Zeroes what was spent in the current windows; what is held
// stays held.
struct BudgetReset {
  std::string key, user, team;
  std::string model;   // only the budgets of this model
  std::string window;  // only this window: "day", "month", "12h"; "never" for the one without
  bool dry_run = false;
  static void members(auto& self, auto& visit) {
    visit("key", self.key);
    visit("user", self.user);
    visit("team", self.team);
    visit("model", self.model);
    visit("window", self.window);
    visit("dry_run", self.dry_run);
  }
};

struct BudgetResetAnswer {
  std::string schema = "litegw.budget-reset.v1";
  bool dry_run = false;
  std::vector<BudgetLine> items;  // as they were before
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("dry_run", self.dry_run);
    visit("items", self.items);
  }
};

// Takes back what a crash has charged for these requests, at every level and in the reports. All or
// none of them.
struct BudgetRelease {
  std::vector<std::string> request_ids;
  bool dry_run = false;
  static void members(auto& self, auto& visit) {
    visit("request_ids", self.request_ids);
    visit("dry_run", self.dry_run);
  }
};

// One counter from which a charge is taken.
struct ReleasedFrom {
  std::string request_id;
  std::string level;  // "key", "user", "team"
  std::string id, name;
  std::string model;  // empty = all models
  std::string window;
  Money amount_usd;
  bool current = false;  // its period is the one of now
  static void members(auto& self, auto& visit) {
    visit("request_id", self.request_id);
    visit("level", self.level);
    visit("id", self.id);
    visit("name", self.name);
    visit("model", self.model);
    visit("window", self.window);
    visit("amount_usd", self.amount_usd);
    visit("current", self.current);
  }
};

struct BudgetReleaseAnswer {
  std::string schema = "litegw.budget-release.v1";
  bool dry_run = false;
  std::vector<UnsettledLine> items;
  std::vector<ReleasedFrom> from;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("dry_run", self.dry_run);
    visit("items", self.items);
    visit("from", self.from);
  }
};

// `document` is LiteLLM's answer to GET /key/list?return_full_object=true (or several of its pages
// in an array, or the bare array of records). All or nothing; can be repeated.
struct KeyImport {
  Json document;
  bool dry_run = false;
  static void members(auto& self, auto& visit) {
    visit("document", self.document);
    visit("dry_run", self.dry_run);
  }
};

struct ImportLine {
  std::int64_t row = 0;            // from 1, in the order of the document; 0 for a user or team
  std::string kind = "key";        // "key", "user", "team"
  std::string name;                // alias, else "sk-...abcd" or the hash's beginning
  std::string id;                  // empty unless it is there or was made
  std::string result;              // "new", "changed", "same", "skipped" (why: in notes), "refused"
  Money spend_usd;                 // that came along
  std::vector<std::string> notes;  // what cannot be taken over, one each
  static void members(auto& self, auto& visit) {
    visit("row", self.row);
    visit("kind", self.kind);
    visit("name", self.name);
    visit("id", self.id);
    visit("result", self.result);
    visit("spend_usd", self.spend_usd);
    visit("notes", self.notes);
  }
};

// With a "refused" line nothing was imported, whatever `dry_run` says.
struct ImportReport {
  std::string schema = "litegw.key-import.v1";
  bool dry_run = false, imported = false;
  std::vector<ImportLine> items;
  std::vector<std::string> notes;  // on the document as a whole
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("dry_run", self.dry_run);
    visit("imported", self.imported);
    visit("items", self.items);
    visit("notes", self.notes);
  }
};

}  // namespace litegw::control
