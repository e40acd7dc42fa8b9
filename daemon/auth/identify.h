// From request headers to a Principal, and what that Principal may call. Pure: the key table and
// the time are parameters. Sessions call it on every request, on their event loop.
//
// Errors carry LiteLLM's texts; Error::param is what LiteLLM writes into `param`, the text "None"
// included. A message never holds a key or its hash.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/auth/owner.h"
#include "daemon/auth/virtual_key.h"
#include "daemon/config/config.h"

namespace litegw::auth {

// The trimmed value of a header by its case-insensitive name; nullopt when there is none.
using HeaderLookup = std::function<std::optional<std::string_view>(std::string_view)>;

// The key record by the SHA-256 of a presented key, current or old; null = there is none.
using KeyLookup = std::function<Result<std::shared_ptr<const VirtualKey>>(const Sha256&)>;

// The key that a request presents: general_settings.litellm_key_header_name if set, else
// Authorization: Bearer, api-key, x-api-key, x-goog-api-key, x-litellm-api-key,
// Ocp-Apim-Subscription-Key. Fails with missing_key or malformed_key.
Result<std::string_view> presented_key(const HeaderLookup& header, const config::Config& config);

// Who is calling. `any_keys`: is there a key in the table? Without one and without a master key
// everything is refused, whatever was presented. Fails with missing_key, malformed_key,
// invalid_key, expired_key, blocked_key or what `find_key` failed with.
Result<Principal> identify(const HeaderLookup& header, const config::Config& config, bool any_keys,
                           const KeyLookup& find_key, Time now);

// Adds the user and the team of the principal's key: their models bound it, and a blocked one
// blocks it. An owner that is not stored bounds nothing. Fails with blocked_key or what `find`
// failed with.
Status add_owners(Principal& principal, const OwnerLookup& find);

// Checks a record that `presented` led to: the grace of a rotated key, block, expiry.
Status check_key(const VirtualKey& key, const Sha256& presented, std::string_view last_four,
                 Time now);

// The name that a key's own aliases put in place of `asked`.
std::string_view aliased(const Principal& principal, std::string_view asked);

// May the principal call the model? `asked` is the client's name, `resolved` the public name it
// stands for (config::resolve_model); a list entry may name either. Fails with model_not_allowed,
// team_model_not_allowed or user_model_not_allowed.
Status allow(const Principal& principal, std::string_view asked, std::string_view resolved,
             const config::Config& config);
inline Status allow(const Principal& principal, std::string_view model,
                    const config::Config& config) {
  return allow(principal, model, model, config);
}

// The same as a yes or no, for lists of models.
bool may_call(const Principal& principal, std::string_view model, const config::Config& config);

}  // namespace litegw::auth
