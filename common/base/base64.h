// Base 64 of RFC 4648, read in either alphabet, with or without padding. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace litegw {

// nullopt for anything but base 64; line ends are not skipped.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace litegw
