// The flags that `key create` and `key update` share.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cmd/registry.h"
#include "common/control/keys.h"

namespace litegw::cmd {

struct KeyFlags {  // as typed
  std::string name, expires, user, team;
  std::vector<std::string> models, budgets, model_budgets, model_rpm, model_tpm, tags, metadata;
  std::optional<std::int64_t> rpm, tpm, parallel;
};

void add_key_flags(CLI::App& command, KeyFlags& flags);

// Fail with usage, naming the flag.
Result<control::KeyCreate> to_create(const KeyFlags& flags, Time now);
// Members only for flags that were given.
Result<control::KeyUpdate> to_update(const KeyFlags& flags, Time now);
std::vector<std::string> unset_words();
// Words of --unset ("budget", "model-rpm", "expires", "tag") to members of KeyUpdate.
Result<std::vector<std::string>> unset_members(const std::vector<std::string>& words);

}  // namespace litegw::cmd
