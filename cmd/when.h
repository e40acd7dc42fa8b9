// Points in time as a user types them, in the user's time zone. Pure but for the time zone.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "common/base/time.h"

namespace litegw::cmd {

// `--since` takes the beginning of what was named, `--until` its end: "2026-11" as `until` is the
// end of November.
enum class Edge { since, until };

// "10m", "30d" (ago), "now", "today", "yesterday", "2026-11", "2026-11-23", "2026-11-23 09:30",
// RFC 3339. Fails with usage.
Result<Time> parse_when(std::string_view text, Edge edge, Time now, std::string_view flag);

// "90d" (from now), a date, RFC 3339; must lie ahead. Fails with usage.
Result<Time> parse_expiry(std::string_view text, Time now);

}  // namespace litegw::cmd
