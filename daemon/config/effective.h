// What is in force, value by value, for `config show`; and what differs between two
// configurations, for `config diff` and the answer to a reload. Secrets are shown as their
// reference or "***". Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "daemon/config/config.h"

namespace litegw::config {

struct EffectiveValue {
  std::string name;  // "server.listen", "model_list[gpt-4o].api_base", "aliases.smart"
  Json value;
  Origin origin;            // line 0 = the built-in default
  std::string fingerprint;  // of a secret, to see that it changed; never shown
  bool needs_restart = false;
};

// Our settings all, of LiteLLM's those that are set.
std::vector<EffectiveValue> effective_values(const Config& config);

struct Change {
  std::string name;
  std::optional<Json> before, after;  // nullopt = not there
  bool needs_restart = false;         // in force only after a restart
};

std::vector<Change> changes_between(const Config& before, const Config& after);

// "litegw.yaml:12", "default".
std::string origin_text(const Origin& origin);

}  // namespace litegw::config
