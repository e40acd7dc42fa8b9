// The flags that making and changing keys, users and teams share.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cmd/registry.h"
#include "common/control/bounds.h"

namespace litegw::cmd {

struct BoundsFlags {  // as typed
  std::string name;
  std::vector<std::string> models, budgets, model_budgets, model_rpm, model_tpm, metadata;
  std::optional<std::int64_t> rpm, tpm, parallel;
};
struct BoundsChanges {  // what only an update has
  std::vector<std::string> add_models, remove_models, unset;
};

// `noun`: "key", "user", "team".
void add_bounds_flags(CLI::App& command, const std::string& noun, BoundsFlags& flags);
// `more`: words of --unset that only this noun knows.
void add_change_flags(Registry& registry, CLI::App& command, BoundsChanges& changes,
                      const std::vector<std::string>& more);

// Fail with usage, naming the flag.
Status read_bounds(const BoundsFlags& flags, control::Bounds& out);
// Only what was given. `more`: further words of --unset and the members that they clear.
Status read_changes(const BoundsFlags& flags, const BoundsChanges& changes,
                    const std::map<std::string, std::string>& more, control::BoundsUpdate& out);

}  // namespace litegw::cmd
