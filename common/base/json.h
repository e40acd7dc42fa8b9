// JSON for configuration, control, errors and translation. The hot path does not use it
// (daemon/dialects/chat/scan.h).
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "common/base/result.h"

namespace litegw {

// Keeps the order of members: prompt caches hang on it.
using Json = nlohmann::ordered_json;

struct JsonLimits {
  std::size_t max_depth = 128;
  bool refuse_duplicate_names = true;
};

// Strict: UTF-8, one value, no duplicate member names in any object, bounded depth. Fails with
// invalid_json and a message that says where.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// One line; invalid UTF-8 becomes U+FFFD instead of an exception.
std::string dump(const Json& value);
std::string dump_pretty(const Json& value);

}  // namespace litegw
