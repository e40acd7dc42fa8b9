// What an import of LiteLLM's keys would do to what is here. Pure: what is here, the time and new
// ids are parameters.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/control/budgets.h"
#include "daemon/auth/owner.h"
#include "daemon/budget/journal.h"
#include "daemon/config/config.h"

namespace litegw::control {

struct ImportGround {
  const config::Config& config;
  const std::vector<auth::VirtualKey>& keys;
  const std::vector<auth::Owner>& owners;  // of both kinds
  const date::time_zone* zone;             // of the accounts
  Time now{};
  std::function<std::string()> new_key_id;
};

struct ImportPlan {
  std::vector<auth::VirtualKey> keys;
  std::vector<auth::Owner> owners;
  std::vector<budget::Entry> openings;   // of what is new
  std::vector<budget::Entry> additions;  // to what keys that are here had spent by the last import
  ImportReport report;
  bool refused = false;  // a line is: nothing is to be imported
};

// Fails with invalid_argument when the document is no key list.
Result<ImportPlan> plan_import(const Json& document, const ImportGround& ground);

// Members of a key's metadata that say what came along, so that a repeated import adds only what
// was spent in between.
inline constexpr const char* imported_spend = "litellm.spend";
inline constexpr const char* imported_spend_at = "litellm.spend_at";
// What the key had spent in LiteLLM; no row here says so.
Money imported_spend_of(const auth::VirtualKey& key);

}  // namespace litegw::control
