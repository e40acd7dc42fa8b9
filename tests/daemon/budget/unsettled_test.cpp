#include "daemon/budget/unsettled.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::budget;

namespace {

constexpr Time now = Time(days(20'000) + hours(10) + minutes(30));

Place place_of(LevelKind kind, const std::string& id, const std::string& window = "",
               const std::string& model = "", Time time = now) {
  Place place;
  place.level = {kind, id, model};
  place.window = parse_window(window).value();
  place.period = period_of(place.window, time, Time{}, nullptr);
  return place;
}

UnsettledCharge charge_in(std::vector<Place> places) {
  UnsettledCharge charge;
  charge.purpose = {"req_1", "key_a", "ci", "user_1", "team_1", "gpt-4o", "openai"};
  charge.charged = now;
  charge.amount = cents(10);
  charge.places = std::move(places);
  return charge;
}

}  // namespace

TEST_CASE("a release is the opposite of its charge, in its hour and in all its counters") {
  const UnsettledCharge charge = charge_in({place_of(LevelKind::key, "key_a", "day"),
                                            place_of(LevelKind::team, "team_1", "", "gpt-4o")});
  const Entry entry = release_of(charge);
  CHECK(entry.kind == Entry::Kind::release);
  CHECK(to_text(entry.kind) == "release");
  CHECK(entry.amount + charge.amount == Money());
  CHECK(entry.time == charge.charged);
  CHECK(entry.places == charge.places);
  CHECK(entry.over.is_zero());
  CHECK(entry.purpose.request_id == "req_1");
}

TEST_CASE("a counter that was reset has given the charge back, the others have not") {
  const Place day = place_of(LevelKind::key, "key_a", "day");
  const Place month = place_of(LevelKind::key, "key_a", "month");
  UnsettledCharge charge = charge_in({day, month});
  CHECK_FALSE(leave(charge, place_of(LevelKind::key, "key_b", "day")));
  CHECK_FALSE(leave(charge, place_of(LevelKind::key, "key_a", "day", "gpt-4o")));
  CHECK_FALSE(leave(charge, place_of(LevelKind::key, "key_a", "day", "", now + days(1))));
  CHECK(leave(charge, day));
  CHECK_FALSE(leave(charge, day));
  REQUIRE(charge.places.size() == 1);
  CHECK(charge.places[0] == month);
}

TEST_CASE("a counter that begins with what the reports say has the charge when they do") {
  UnsettledCharge charge = charge_in({place_of(LevelKind::key, "key_a", "day")});
  CHECK_FALSE(join(charge, place_of(LevelKind::key, "key_a", "day")));
  CHECK_FALSE(join(charge, place_of(LevelKind::key, "key_b", "month")));
  CHECK_FALSE(join(charge, place_of(LevelKind::user, "key_a", "month")));
  CHECK_FALSE(join(charge, place_of(LevelKind::key, "key_a", "month", "gpt-5")));
  CHECK_FALSE(join(charge, place_of(LevelKind::key, "key_a", "day", "", now + days(1))));
  CHECK(charge.places.size() == 1);

  CHECK(join(charge, place_of(LevelKind::key, "key_a", "month")));
  CHECK(join(charge, place_of(LevelKind::user, "user_1")));
  CHECK(join(charge, place_of(LevelKind::team, "team_1", "week", "gpt-4o")));
  // A period that began within the hour: the reports know hours only.
  Place late = place_of(LevelKind::key, "key_a", "12h");
  late.period.start = now + minutes(20);
  CHECK(join(charge, late));
  CHECK(charge.places.size() == 5);
}

TEST_CASE("what was released is in no counter and follows none") {
  const Place day = place_of(LevelKind::key, "key_a", "day");
  UnsettledCharge charge = charge_in({day});
  charge.released = now;
  CHECK_FALSE(leave(charge, day));
  CHECK_FALSE(join(charge, place_of(LevelKind::key, "key_a", "month")));
}
