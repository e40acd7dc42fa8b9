// Windows of a budget: after which period the spent amount starts again. Pure: the caller passes
// the time and the zone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/time.h"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library's name
}

namespace litegw::budget {

// `day`, `week` (from Monday) and `month` follow the calendar; `hours` count from the creation of
// the key, user or team; `litellm_days` keeps LiteLLM's alignment of N days (30d = the calendar
// month, 7d = from Monday, else N midnights).
struct Window {
  enum class Kind : std::uint8_t { never, day, week, month, hours, litellm_days };
  Kind kind = Kind::never;
  std::uint32_t count = 0;  // hours or days
  friend bool operator==(const Window&, const Window&) = default;
};

// "", "day", "week", "month", "12h", "30d", "2w"; "litellm:30d" for an imported key. Whole hours,
// at most ten years. Fails with invalid_argument, naming the accepted forms.
Result<Window> parse_window(std::string_view text);
std::string to_text(const Window& window);

struct Period {
  Time start;
  Time end;  // Time::max() for Kind::never
  bool contains(Time time) const { return start <= time && time < end; }
  friend bool operator==(const Period&, const Period&) = default;
};

// The period that `now` falls into. `zone` = nullptr means UTC.
Period period_of(const Window& window, Time now, Time created, const date::time_zone* zone);

}  // namespace litegw::budget
