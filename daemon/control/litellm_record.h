// One record of LiteLLM's key list (GET /key/list?return_full_object=true) as a key of ours and
// the owners that it names. Pure. Fields: LiteLLM_VerificationToken with UserAPIKeyAuth's team_*
// and user_* members.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "daemon/auth/owner.h"
#include "daemon/config/config.h"

namespace litegw::control {

// What LiteLLM says was spent, in the window that it counts in.
struct ImportedSpend {
  Money amount;
  std::string window;  // of the budget that it counts against; "" = since the beginning
};

struct ImportedOwner {
  auth::Owner owner;
  ImportedSpend spend;
  std::vector<std::string> notes;
};

struct ImportedKey {
  auth::VirtualKey key;  // without an id
  ImportedSpend spend;
  std::vector<ImportedOwner> owners;
  std::vector<std::string> notes;      // what cannot be taken over
  std::optional<std::string> skipped;  // why it is left out: one of LiteLLM's own
  std::optional<std::string> refused;  // why nothing can be made of it
  std::string label;                   // alias, "sk-...abcd" or the hash's beginning
};

ImportedKey read_litellm_record(const Json& record, const config::Config& config);

// "30d", "1mo", "24h" as a window of ours. `note` says what differs; empty = nothing.
std::string litellm_window(std::string_view duration, std::string& note);

}  // namespace litegw::control
