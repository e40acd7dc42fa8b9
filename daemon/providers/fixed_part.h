// The part of a request head that is the same for every request to one deployment. Written once per
// deployment, not per request. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"
#include "daemon/config/config.h"

namespace litegw::providers {

// Does the deployment's extra_headers set this field, and so replace ours?
bool is_set(const config::Deployment& deployment, std::string_view name);

// Request line, Host, `own` fields (credential, organization), extra_headers, without the empty
// line. `authority` and `target` are of the deployment's URL. Fails with internal when a header
// cannot be written.
using OwnField = std::pair<std::string_view, std::string>;
Result<std::string> write_fixed_part(const config::Deployment& deployment,
                                     std::string_view authority, std::string_view target,
                                     std::span<const OwnField> own);

}  // namespace litegw::providers
