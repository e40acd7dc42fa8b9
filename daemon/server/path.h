// Request paths as people send them: users paste full endpoint URLs as base URL. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace litegw::server {

// The path without doubled slashes, one trailing slash, and repetitions that come from joining a
// full endpoint to itself ("/v1/v1/", "/chat/completions/chat/completions").
std::string normalise_path(std::string_view path);

// Decodes %XX once; nullopt for a broken escape or for a control byte, encoded or not.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace litegw::server
