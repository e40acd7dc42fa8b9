#include "common/base/time.h"

#include <doctest/doctest.h>

using namespace litegw;

TEST_CASE("times go to RFC 3339 and back") {
  Time time = parse_rfc3339("2026-11-23T09:30:00Z").value();
  CHECK(to_rfc3339(time) == "2026-11-23T09:30:00Z");
  CHECK(to_rfc3339(time + milliseconds(7), true) == "2026-11-23T09:30:00.007Z");
  CHECK(parse_rfc3339("2026-11-23T10:30:00+01:00") == time);
  CHECK(parse_rfc3339("2026-11-23") == time - hours(9) - minutes(30));
  CHECK_FALSE(parse_rfc3339("2026-13-01").has_value());
  CHECK_FALSE(parse_rfc3339("yesterday").has_value());
  CHECK(to_minute(time) == "2026-11-23 09:30 UTC");
}

TEST_CASE("durations need a unit and are written in their largest one") {
  CHECK(parse_duration("90s").value() == seconds(90));
  CHECK(parse_duration("7d").value() == days(7));
  CHECK(to_text(minutes(120)) == "2h");
  CHECK(to_text(milliseconds(250)) == "250ms");
  for (const char* text :
       {"", "30", "s", "-1s", "1.5h", "5 m", "5y", "99999999999999999999s", "9223372036854775807w"})
    CHECK_MESSAGE(parse_duration(text).has_error(), text);
}

TEST_CASE("ages are told in one unit") {
  Time now = Time(days(100));
  CHECK(ago(now, now) == "just now");
  CHECK(ago(now - seconds(59), now) == "59s ago");
  CHECK(ago(now - hours(47), now) == "1d ago");
}
