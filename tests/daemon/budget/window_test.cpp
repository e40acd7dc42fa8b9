#include "daemon/budget/window.h"

#include <date/tz.h>
#include <rapidcheck.h>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::budget;

namespace {

Time at(const char* text) {
  return parse_rfc3339(text).value();
}
Period period(const char* window, const char* now, const char* created = "2026-01-01") {
  return period_of(parse_window(window).value(), at(now), at(created), nullptr);
}

}  // namespace

TEST_CASE("calendar windows start at midnight, on Monday and on the first") {
  CHECK(period("day", "2026-11-23T09:30:00Z").start == at("2026-11-23"));
  CHECK(period("week", "2026-11-22T23:59:59Z").start == at("2026-11-16"));
  CHECK(period("week", "2026-11-23T00:00:00Z").start == at("2026-11-23"));
  CHECK(period("month", "2026-12-31T23:59:59Z").start == at("2026-12-01"));
  CHECK(period("month", "2026-12-31T23:59:59Z").end == at("2027-01-01"));
}

TEST_CASE("windows in hours count from creation, before it too") {
  CHECK(period("12h", "2026-11-23T13:00:00Z", "2026-11-23T01:00:00Z").start ==
        at("2026-11-23T13:00:00Z"));
  CHECK(period("12h", "2026-11-23T12:59:59Z", "2026-11-23T01:00:00Z").start ==
        at("2026-11-23T01:00:00Z"));
  CHECK(period("30d", "2026-02-15", "2026-01-10").end == at("2026-03-11"));
  CHECK(period("12h", "2026-11-22T23:00:00Z", "2026-11-23T01:00:00Z").start ==
        at("2026-11-22T13:00:00Z"));
}

TEST_CASE("an imported window keeps LiteLLM's alignment") {
  CHECK(period("litellm:30d", "2026-08-30T20:28:00Z").end == at("2026-09-01"));
  CHECK(period("litellm:7d", "2026-08-30T20:28:00Z").end == at("2026-08-31"));
  CHECK(period("litellm:1d", "2026-08-30T20:28:00Z").end == at("2026-08-31"));
  CHECK(period("litellm:60d", "2026-08-30T20:28:00Z", "2026-08-30T20:28:00Z").end ==
        at("2026-10-29"));
}

TEST_CASE("a month in a time zone begins at its own midnight, over a clock change too") {
  const date::time_zone* berlin = date::locate_zone("Europe/Berlin");
  Window month{Window::Kind::month, 0};
  Period march = period_of(month, at("2026-03-15"), Time{}, berlin);
  CHECK(march.start == at("2026-02-28T23:00:00Z"));
  CHECK(march.end == at("2026-03-31T22:00:00Z"));
}

TEST_CASE("what is no window is refused with the accepted forms") {
  for (const char* text :
       {"30", "d", "1.5h", "90m", "30s", "monthly", "-1d", "11000d", "litellm:", "99999999999d"}) {
    Result<Window> window = parse_window(text);
    CHECK_MESSAGE(window.has_error(), text);
    CHECK(window.error().hint.find("day, week, month") != std::string::npos);
  }
}

TEST_CASE("every time lies in its period, and periods follow each other without a gap") {
  bool holds = rc::check([] {
    const char* text = *rc::gen::element("day", "week", "month", "12h", "7h", "30d", "litellm:30d",
                                         "litellm:7d", "litellm:10d");
    const char* zone_name =
        *rc::gen::element("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia");
    const date::time_zone* zone = date::locate_zone(zone_name);
    Window window = parse_window(text).value();
    Time now(seconds(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000)));
    Time created(seconds(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000)));
    Period current = period_of(window, now, created, zone);
    RC_ASSERT(current.contains(now));
    Period next = period_of(window, current.end, created, zone);
    RC_ASSERT(next.start == current.end);
  });
  CHECK(holds);
}
