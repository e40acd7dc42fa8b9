// The flags that `key create` and `key update` share.
#pragma once

#include <string>
#include <vector>

#include "cmd/commands/bounds_flags.h"
#include "common/control/keys.h"

namespace litegw::cmd {

struct KeyFlags : BoundsFlags {  // as typed
  std::string expires, user, team;
  std::vector<std::string> tags;
};

void add_key_flags(CLI::App& command, KeyFlags& flags);
void add_key_changes(Registry& registry, CLI::App& command, BoundsChanges& changes);

// Fail with usage, naming the flag.
Result<control::KeyCreate> to_create(const KeyFlags& flags, Time now);
// Members only for flags that were given.
Result<control::KeyUpdate> to_update(const KeyFlags& flags, const BoundsChanges& changes, Time now);

}  // namespace litegw::cmd
