#include "cmd/when.h"

#include <charconv>
#include <ctime>
#include <optional>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::cmd {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Time from_local(std::tm parts) {
  parts.tm_isdst = -1;
  return Time(seconds(std::mktime(&parts)));
}

std::tm to_local(Time time) {
  std::time_t whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&whole, &parts);
  return parts;
}

// Midnight, `offset` days from the day of `time`.
Time midnight(Time time, int offset) {
  std::tm parts = to_local(time);
  parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
  parts.tm_mday += offset;
  return from_local(parts);
}

// "2026-11", "2026-11-23", "2026-11-23 09:30[:05]", in local time.
std::optional<Time> parse_local(std::string_view text, Edge edge) {
  bool month_only = text.size() == 7;
  if (text.size() < 7 || text[4] != '-') return std::nullopt;
  std::optional<int> year = number(text.substr(0, 4));
  std::optional<int> month = number(text.substr(5, 2));
  if (!year || !month || *month < 1 || *month > 12) return std::nullopt;
  std::tm parts{};
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = 1;
  if (month_only) {
    if (edge == Edge::until) ++parts.tm_mon;
    return from_local(parts);
  }
  if (text.size() < 10 || text[7] != '-') return std::nullopt;
  std::optional<int> day = number(text.substr(8, 2));
  if (!day || *day < 1 || *day > 31) return std::nullopt;
  parts.tm_mday = *day;
  std::tm check = to_local(from_local(parts));
  if (check.tm_mday != *day) return std::nullopt;
  if (text.size() == 10) {
    if (edge == Edge::until) ++parts.tm_mday;
    return from_local(parts);
  }
  if ((text.size() != 16 && text.size() != 19) || text[10] != ' ' || text[13] != ':')
    return std::nullopt;
  std::optional<int> hour = number(text.substr(11, 2));
  std::optional<int> minute = number(text.substr(14, 2));
  std::optional<int> second = text.size() == 19 ? number(text.substr(17, 2)) : 0;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  return from_local(parts);
}

}  // namespace

Result<Time> parse_when(std::string_view text, Edge edge, Time now, std::string_view flag) {
  if (text == "now") return now;
  if (text == "today") return edge == Edge::since ? midnight(now, 0) : midnight(now, 1);
  if (text == "yesterday") return edge == Edge::since ? midnight(now, -1) : midnight(now, 0);
  if (std::optional<Time> local = parse_local(text, edge)) return *local;
  // A bare date would be read as UTC by parse_rfc3339, hence the order.
  if (text.size() > 10)
    if (std::optional<Time> exact = parse_rfc3339(text)) return *exact;
  if (Result<Duration> back = parse_duration(text)) return now - *back;
  return make_error(
      ErrorCode::usage,
      fmt::format("'{}' is no time for {}", escape_control(shorten(text, 40)), flag),
      "write 10m, 24h, 30d (ago), today, yesterday, 2026-11, 2026-11-23, \"2026-11-23 09:30\" or "
      "2026-11-23T09:30:00Z");
}

Result<Time> parse_expiry(std::string_view text, Time now) {
  std::optional<Time> when = parse_local(text, Edge::since);
  if (!when && text.size() > 10) when = parse_rfc3339(text);
  if (!when) {
    if (Result<Duration> ahead = parse_duration(text)) when = now + *ahead;
  }
  if (!when)
    return make_error(
        ErrorCode::usage,
        fmt::format("'{}' is no time for --expires", escape_control(shorten(text, 40))),
        "write 90d, 12h, 2027-01-01 or 2027-01-01T00:00:00Z");
  if (*when <= now)
    return make_error(ErrorCode::usage,
                      fmt::format("--expires {} lies in the past", to_minute(*when)),
                      "to stop a key now: litegw key block KEY");
  return *when;
}

}  // namespace litegw::cmd
