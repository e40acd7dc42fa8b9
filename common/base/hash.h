// SHA-256, as LiteLLM stores keys: of the whole plain key, unsalted, so that keys can move over.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace litegw {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
std::string to_hex(const Sha256& digest);

}  // namespace litegw
