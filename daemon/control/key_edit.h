// What a request to make or change a key may say, and the record that comes of it. Pure: time, ids
// and hashes are parameters. Errors are invalid_argument with the member and the accepted form.
#pragma once

#include "common/control/keys.h"
#include "daemon/auth/virtual_key.h"
#include "daemon/config/config.h"

namespace litegw::control {

struct NewKey {
  std::string id;
  Secret secret;
  Time now{};
  std::string actor;
};

Result<auth::VirtualKey> made_key(const KeyCreate& request, const NewKey& facts,
                                  const config::Config& config);

// `updated` is moved on, so that two changes within one microsecond differ.
Result<auth::VirtualKey> changed_key(auth::VirtualKey key, const KeyUpdate& request,
                                     const config::Config& config, Time now);

// A secret that an operator brings along.
Status check_secret(const Secret& secret);

}  // namespace litegw::control
