// Identifiers. Randomness and time are parameters, so that the core stays pure; `random_bytes` is
// the shell's source.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/base/secret.h"
#include "common/base/time.h"

namespace litegw {

// Fills `out` from the operating system's generator. Throws std::runtime_error when that fails:
// nothing safe remains.
void random_bytes(std::span<std::uint8_t> out);

// 128 bits in 26 characters of Crockford's base 32, the first 48 bits being milliseconds (the ULID
// layout): sorts by time. `random` holds 10 bytes.
std::string time_ordered_id(Time now, std::span<const std::uint8_t, 10> random,
                            std::string_view prefix = {});

// "req_" + time-ordered id. Made by the server for each request, given back as x-litegw-request-id.
// Thread-safe.
std::string new_request_id(Time now);
// "key_", "usr_", "team_" + 12 characters of base 32: short, its own, kept over a rotation.
std::string new_object_id(const char* prefix);

// "sk-" and 22 characters of [A-Za-z0-9_-]: 16 random bytes in URL-safe base 64, as LiteLLM's keys.
Secret new_virtual_key();
std::string base64url(std::span<const std::uint8_t> bytes);

}  // namespace litegw
