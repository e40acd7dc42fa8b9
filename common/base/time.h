// Points in time and durations, their text forms. The pure core never reads a clock: callers pass
// the time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace litegw {

// Wall-clock time, UTC, in microseconds.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// The only reader of the wall clock; shell code calls it and passes the result on.
Time wall_clock();

// "2026-11-23T09:30:00Z", with milliseconds when asked: "2026-11-23T09:30:00.123Z".
std::string to_rfc3339(Time time, bool with_millis = false);
// RFC 3339 with 'Z' or an offset, also a bare date (midnight UTC).
std::optional<Time> parse_rfc3339(std::string_view text);

// "2026-12-01 00:00 UTC", for messages.
std::string to_minute(Time time);

// "250ms", "30s", "5m", "24h", "7d", "2w": a whole number and a unit, in any case more than zero.
// No bare numbers.
Result<Duration> parse_duration(std::string_view text);
// The shortest exact form: "90s", "2h", "250ms".
std::string to_text(Duration duration);

// "3s ago", "2m ago", "5h ago", "12d ago"; "just now" below a second.
std::string ago(Time then, Time now);

}  // namespace litegw
