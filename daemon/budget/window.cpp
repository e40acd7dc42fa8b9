#include "daemon/budget/window.h"

#include <date/tz.h>
#include <fmt/format.h>

namespace litegw::budget {
namespace {

using date::local_days;
constexpr std::uint32_t max_hours = 10 * 366 * 24;
constexpr std::string_view litellm_prefix = "litellm:";

local_days local_day(Time now, const date::time_zone* zone) {
  date::sys_time<Duration> point(now.time_since_epoch());
  if (zone == nullptr) return local_days(date::floor<date::days>(point).time_since_epoch());
  return date::floor<date::days>(zone->to_local(point));
}

// Midnight of a local day. Where a clock change skips or repeats it, the earlier instant.
Time midnight(local_days day, const date::time_zone* zone) {
  if (zone == nullptr) return Time(day.time_since_epoch());
  return Time(std::chrono::duration_cast<Duration>(
      zone->to_sys(day, date::choose::earliest).time_since_epoch()));
}

Period between(local_days first, local_days next, const date::time_zone* zone) {
  return {midnight(first, zone), midnight(next, zone)};
}

Period week_of(local_days day, const date::time_zone* zone) {
  local_days monday = day - (date::weekday(day) - date::Monday);
  return between(monday, monday + date::days(7), zone);
}

Period month_of(local_days day, const date::time_zone* zone) {
  date::year_month_day date(day);
  local_days first = local_days(date.year() / date.month() / 1);
  local_days next = local_days((date.year() / date.month() + date::months(1)) / 1);
  return between(first, next, zone);
}

Period steps_from(Time origin, Duration step, Time now) {
  auto passed = (now - origin) / step;
  if (now < origin && (now - origin) % step != Duration::zero()) --passed;
  Time start = origin + passed * step;
  return {start, start + step};
}

// LiteLLM resets N days after the midnight it last reset at; counting from the midnight of creation
// gives the same days.
Period litellm_days(std::uint32_t count, Time now, Time created, const date::time_zone* zone) {
  local_days today = local_day(now, zone);
  if (count == 1) return between(today, today + date::days(1), zone);
  if (count == 7) return week_of(today, zone);
  if (count == 30) return month_of(today, zone);
  local_days origin = local_day(created, zone);
  auto length = static_cast<int>(count);
  int passed = static_cast<int>((today - origin).count());
  int index = passed >= 0 ? passed / length : (passed - length + 1) / length;
  local_days first = origin + date::days(index * length);
  return between(first, first + date::days(length), zone);
}

}  // namespace

Result<Window> parse_window(std::string_view text) {
  if (text.empty()) return Window{};
  if (text == "day") return Window{Window::Kind::day, 0};
  if (text == "week") return Window{Window::Kind::week, 0};
  if (text == "month") return Window{Window::Kind::month, 0};
  Error error = make_error(ErrorCode::invalid_argument,
                           fmt::format("'{}' is no budget window", text.substr(0, 40)),
                           "write day, week, month, or whole hours, days or weeks: 12h, 30d, 2w");
  bool litellm = text.starts_with(litellm_prefix);
  Result<Duration> length = parse_duration(litellm ? text.substr(litellm_prefix.size()) : text);
  if (!length || *length % hours(1) != Duration::zero() || *length > hours(max_hours)) return error;
  auto whole_hours = static_cast<std::uint32_t>(*length / hours(1));
  if (!litellm) return Window{Window::Kind::hours, whole_hours};
  if (whole_hours % 24 == 0) return Window{Window::Kind::litellm_days, whole_hours / 24};
  return Window{Window::Kind::hours, whole_hours};
}

std::string to_text(const Window& window) {
  switch (window.kind) {
    case Window::Kind::never:
      return "";
    case Window::Kind::day:
      return "day";
    case Window::Kind::week:
      return "week";
    case Window::Kind::month:
      return "month";
    case Window::Kind::hours:
      return window.count % 24 == 0 ? fmt::format("{}d", window.count / 24)
                                    : fmt::format("{}h", window.count);
    case Window::Kind::litellm_days:
      return fmt::format("{}{}d", litellm_prefix, window.count);
  }
  return "";
}

Period period_of(const Window& window, Time now, Time created, const date::time_zone* zone) {
  switch (window.kind) {
    case Window::Kind::never:
      return {Time::min(), Time::max()};
    case Window::Kind::day: {
      local_days today = local_day(now, zone);
      return between(today, today + date::days(1), zone);
    }
    case Window::Kind::week:
      return week_of(local_day(now, zone), zone);
    case Window::Kind::month:
      return month_of(local_day(now, zone), zone);
    case Window::Kind::hours:
      return steps_from(created, hours(window.count), now);
    case Window::Kind::litellm_days:
      return litellm_days(window.count, now, created, zone);
  }
  return {Time::min(), Time::max()};
}

}  // namespace litegw::budget
