#include "common/base/time.h"

#include <array>
#include <charconv>
#include <sstream>
#include <utility>

#include <date/date.h>
#include <fmt/format.h>

namespace litegw {
namespace {

constexpr std::array<std::pair<std::string_view, Duration>, 6> units{{
    {"ms", milliseconds(1)},
    {"s", seconds(1)},
    {"m", minutes(1)},
    {"h", hours(1)},
    {"d", days(1)},
    {"w", days(7)},
}};

std::optional<Time> parse_with(std::string_view text, const char* format) {
  std::istringstream in{std::string(text)};
  date::sys_time<std::chrono::microseconds> parsed;
  in >> date::parse(format, parsed);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return Time(parsed.time_since_epoch());
}

}  // namespace

Time wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::string to_rfc3339(Time time, bool with_millis) {
  date::sys_time<Duration> point(time.time_since_epoch());
  if (with_millis) return date::format("%FT%TZ", date::floor<milliseconds>(point));
  return date::format("%FT%TZ", date::floor<seconds>(point));
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  for (const char* format : {"%FT%TZ", "%FT%T%Ez", "%F %TZ", "%F"})
    if (std::optional<Time> time = parse_with(text, format)) return time;
  return std::nullopt;
}

std::string to_minute(Time time) {
  date::sys_time<Duration> point(time.time_since_epoch());
  return date::format("%F %H:%M UTC", date::floor<minutes>(point));
}

Result<Duration> parse_duration(std::string_view text) {
  Error error = make_error(ErrorCode::invalid_argument,
                           fmt::format("'{}' is no duration", text.substr(0, 40)),
                           "write a whole number and a unit: 250ms, 30s, 5m, 24h, 7d, 2w");
  std::int64_t count = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failure != std::errc{} || count <= 0) return error;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, length] : units) {
    if (unit != name) continue;
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(count, static_cast<std::int64_t>(length.count()), &micros))
      return error;
    return Duration(micros);
  }
  return error;
}

std::string to_text(Duration duration) {
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    if (unit->first == "w" || duration.count() == 0 || duration % unit->second != Duration::zero())
      continue;
    return fmt::format("{}{}", duration / unit->second, unit->first);
  }
  return fmt::format("{}us", duration.count());
}

std::string ago(Time then, Time now) {
  Duration age = now - then;
  if (age < seconds(1)) return "just now";
  if (age < minutes(1)) return fmt::format("{}s ago", age / seconds(1));
  if (age < hours(1)) return fmt::format("{}m ago", age / minutes(1));
  if (age < days(1)) return fmt::format("{}h ago", age / hours(1));
  return fmt::format("{}d ago", age / days(1));
}

}  // namespace litegw
