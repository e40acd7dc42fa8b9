// Cursor's Verify button posts a model of Cursor's own choice, which the gateway need not have: its
// text is answered here, so that Verify says whether URL and key are right. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace litegw::server {

// The answer to a body that is the probe; nullopt for any other body.
std::optional<std::string> verify_reply(std::string_view body, const std::string& request_id,
                                        Time now);

}  // namespace litegw::server
