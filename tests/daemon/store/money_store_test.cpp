#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;
using budget::LevelKind;
using budget::Place;

namespace {

std::vector<Place> three_levels(Time time = wall_clock()) {
  return {place_of(LevelKind::key, "key_a", "day", time),
          place_of(LevelKind::user, "user_1", "month", time),
          place_of(LevelKind::team, "team_1", "", time)};
}

Status adjust(Store& store, std::vector<budget::Entry> entries) {
  return wait_for([&](Done done) {
    store.adjust(std::move(entries), "budget reset", "uid 7", std::move(done));
  });
}

Status import(Store& store, std::vector<auth::VirtualKey> keys, std::vector<auth::Owner> owners,
              std::vector<budget::Entry> openings, std::vector<budget::Entry> additions = {}) {
  const std::uint64_t last_change = store.last_change().value();
  return wait_for([&](Done done) {
    store.import(std::move(keys), std::move(owners), std::move(openings), std::move(additions),
                 "uid 7", last_change, std::move(done));
  });
}

budget::Entry opening(const Place& place, Money amount) {
  budget::Entry entry;
  entry.kind = budget::Entry::Kind::opening;
  entry.time = wall_clock();
  entry.amount = amount;
  entry.places = {place};
  return entry;
}

}  // namespace

TEST_CASE("a hold is journalled until its charge replaces it at every level") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  budget::OpenHold hold = make_hold(*store, "req_1", cents(10), three_levels());
  store->hold(hold);
  store->flush();
  std::vector<budget::OpenHold> open = store->holds().value();
  REQUIRE(open.size() == 1);
  CHECK(open[0].number == hold.number);
  CHECK(open[0].purpose.request_id == "req_1");
  CHECK(open[0].purpose.provider == "openai");
  CHECK(open[0].admitted == hold.admitted);
  CHECK(open[0].deadline == hold.deadline);
  CHECK(open[0].amount == cents(10));
  CHECK(open[0].places == hold.places);
  CHECK(store->counters().value().empty());
  CHECK(settle(*store, hold, cents(3)));
  store->flush();
  CHECK(store->holds().value().empty());
  for (const Place& place : hold.places)
    CHECK(spent(*store, place) == cents(3));
  CHECK(store->check().value().empty());
}

TEST_CASE("a draw replaces what was journalled under the same number") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  budget::OpenHold hold = make_hold(*store, "req_1", cents(10), three_levels());
  store->hold(hold);
  store->flush();
  hold.amount = cents(25);
  store->hold(hold);
  store->flush();
  REQUIRE(store->holds().value().size() == 1);
  CHECK(store->holds().value()[0].amount == cents(25));
}

TEST_CASE("a hold that is waited for is on disk when its answer comes") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  std::size_t seen = 0;
  Status status = wait_for([&](Done done) {
    store->hold(make_hold(*store, "req_1", cents(10), three_levels()),
                [&seen, &store, done](Status committed) {
                  seen = store->holds().value().size();
                  done(std::move(committed));
                });
  });
  CHECK(status.has_value());
  CHECK(seen == 1);
}

TEST_CASE("the numbers of holds rise over restarts") {
  tests::TemporaryFolder folder;
  std::uint64_t last = 0;
  for (int start = 0; start < 3; ++start) {
    auto store = open_store(folder.path).value();
    for (int i = 0; i < 3; ++i) {
      std::uint64_t next = store->next_hold();
      CHECK(next > last);
      last = next;
    }
  }
}

TEST_CASE("holds that a dead process left become charges, once, each with a row") {
  tests::TemporaryFolder folder;
  std::vector<Place> places = three_levels();
  {
    auto store = open_store(folder.path).value();
    CHECK(store->info().unsettled == 0);
    store->hold(make_hold(*store, "req_1", cents(10), places));
    store->hold(make_hold(*store, "req_2", cents(5), places));
    budget::OpenHold done = make_hold(*store, "req_3", cents(20), places);
    store->hold(done);
    store->flush();
    settle(*store, done, cents(1));
  }
  for (int start = 0; start < 2; ++start) {
    auto store = open_store(folder.path).value();
    CHECK(store->info().unsettled == (start == 0 ? 2 : 0));
    CHECK(store->holds().value().empty());
    for (const Place& place : places)
      CHECK(spent(*store, place) == cents(16));
    store->flush();
    requestlog::Row row = store->row("req_1").value().value();
    CHECK(row.unsettled);
    CHECK(row.cost == cents(10));
    CHECK(row.held == cents(10));
    CHECK(row.key_id == "key_a");
    CHECK(row.team_id == "team_1");
    CHECK(row.outcome == requestlog::Outcome::shutdown);
    CHECK_FALSE(store->row("req_3").value()->unsettled);
    Sum sum = store->sums({}, {}, {}).value().front();
    CHECK(sum.unsettled == 2);
    CHECK(sum.cost == cents(16));
    CHECK(store->check().value().empty());
  }
}

TEST_CASE("a charge without a hold counts, and a row without a budget is in the ledger") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  budget::OpenHold none = make_hold(*store, "req_1", Money{}, {});
  none.number = 0;
  none.places = three_levels();
  settle(*store, none, cents(2));
  store->record(make_row("req_2", wall_clock()));
  store->flush();
  CHECK(spent(*store, none.places[0]) == cents(2));
  CHECK(store->sums({}, {}, {}).value().front().over == cents(2));
  CHECK(store->check().value().empty());
}

TEST_CASE("charges add up alike whether they share their list of places or not") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  const std::vector<Place> levels = three_levels();
  budget::OpenHold shared = make_hold(*store, "req_1", Money{}, levels);
  shared.number = 0;
  budget::OpenHold alike = make_hold(*store, "req_2", Money{}, levels);
  budget::OpenHold first_only = make_hold(*store, "req_3", Money{}, {levels[0]});
  for (int i = 0; i < 3; ++i)
    settle(*store, shared, cents(1));
  settle(*store, alike, cents(10));
  settle(*store, first_only, dollars(1));
  store->flush();
  CHECK(spent(*store, levels[0]) == cents(113));
  for (std::size_t i = 1; i < levels.size(); ++i)
    CHECK(spent(*store, levels[i]) == cents(13));
  CHECK(store->check().value().empty());
}

TEST_CASE("each period of each window of each level and model has its own counter") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  Time now = wall_clock();
  std::vector<Place> places = {place_of(LevelKind::key, "key_a", "day", now),
                               place_of(LevelKind::key, "key_a", "12h", now),
                               place_of(LevelKind::key, "key_a", "litellm:30d", now),
                               place_of(LevelKind::key, "key_a", "day", now - days(1)),
                               place_of(LevelKind::key, "key_b", "day", now),
                               place_of(LevelKind::user, "key_a", "day", now)};
  Place of_model = places[0];
  of_model.level.model = "gpt-4o";
  places.push_back(of_model);
  for (std::size_t i = 0; i < places.size(); ++i)
    settle(*store, make_hold(*store, "req", Money{}, {places[i]}),
           Money::nano(static_cast<std::int64_t>(i) + 1));
  store->flush();
  CHECK(store->counters().value().size() == places.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    CHECK(spent(*store, places[i]) == Money::nano(static_cast<std::int64_t>(i) + 1));
  store.reset();
  store = open_store(folder.path).value();
  CHECK(store->counters().value().size() == places.size());
  CHECK(spent(*store, of_model) == Money::nano(7));
  CHECK(store->check().value().empty());
}

TEST_CASE("a reset is durable and audited with what was spent before and after") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  Place place = place_of(LevelKind::key, "key_a", "day");
  settle(*store, make_hold(*store, "req_1", Money{}, {place}), cents(40));
  store->flush();
  budget::Entry entry = opening(place, Money{} - cents(40));
  entry.kind = budget::Entry::Kind::reset;
  entry.purpose.key_name = "ci";
  REQUIRE(adjust(*store, {entry}).has_value());
  store.reset();
  store = open_store(folder.path).value();
  CHECK(spent(*store, place).is_zero());
  CHECK(store->sums({}, {}, {}).value().front().cost == cents(40));
  CHECK(store->check().value().empty());
  AuditEntry audited = store->audit({}).value().back();
  CHECK(audited.action == "budget reset");
  CHECK(audited.actor == "uid 7");
  CHECK(audited.target == "key_a");
  CHECK(audited.target_name == "ci");
  CHECK(audited.before["counters"][0]["spent"] == "0.4");
  CHECK(audited.before["counters"][0]["window"] == "day");
  CHECK(audited.after["counters"][0]["spent"] == "0");
}

TEST_CASE("an import brings keys, owners and what they have spent, and can be repeated") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::Owner team = make_owner(auth::OwnerKind::team, "search");
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  key.team_id = team.id;
  Place of_key = place_of(LevelKind::key, key.id, "month");
  Place of_team = place_of(LevelKind::team, team.id);
  REQUIRE(import(*store, {key}, {team}, {opening(of_key, cents(50)), opening(of_team, cents(70))})
              .has_value());
  CHECK(store->key_count() == 1);
  CHECK(store->find_key(key.hash).value()->id == key.id);
  CHECK(store->owner(auth::OwnerKind::team, team.id).value()->name == "search");
  settle(*store, make_hold(*store, "req_1", Money{}, {of_key}), cents(1));
  store->flush();

  // The same key under a new id, which spent a little more meanwhile where it came from.
  auth::VirtualKey again = make_key("ci", "sk-a-0123456789");
  again.blocked = true;
  Place under_new_id = place_of(LevelKind::key, again.id, "month");
  for (int i = 0; i < 2; ++i)
    REQUIRE(import(*store, {again}, {team},
                   {opening(under_new_id, cents(52)), opening(of_team, cents(70))})
                .has_value());
  CHECK(store->key_count() == 1);
  CHECK(store->find_key(key.hash).value()->id == key.id);
  CHECK(store->find_key(key.hash).value()->blocked);
  CHECK(spent(*store, of_key) == cents(53));
  CHECK(spent(*store, of_team) == cents(70));
  CHECK(spent(*store, under_new_id).is_zero());
  CHECK(store->check().value().empty());
}

TEST_CASE("an import that was planned before the last change is a conflict and changes nothing") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  const auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  const std::uint64_t planned_on = store->last_change().value();
  CHECK(planned_on == 0);
  REQUIRE(create(*store, make_key("other", "sk-b-0123456789")).has_value());
  CHECK(store->last_change().value() == 1);
  const Status late = wait_for([&](Done done) {
    store->import({key}, {}, {}, {opening(place_of(LevelKind::key, key.id), cents(1))}, "uid 7",
                  planned_on, std::move(done));
  });
  REQUIRE(late.has_error());
  CHECK(late.error().code == ErrorCode::conflict);
  CHECK(store->key_count() == 1);
  CHECK(store->counters().value().empty());
}

TEST_CASE("an import with one bad record changes nothing") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  const auth::VirtualKey taken = make_key("taken", "sk-0-0123456789");
  REQUIRE(create(*store, taken).has_value());
  auth::Owner team = make_owner(auth::OwnerKind::team, "search");
  std::vector<auth::VirtualKey> keys = {make_key("first", "sk-1-0123456789"),
                                        make_key("taken", "sk-2-0123456789")};
  Status status =
      import(*store, keys, {team}, {opening(place_of(LevelKind::team, team.id), cents(1))},
             {opening(place_of(LevelKind::key, taken.id), cents(2))});
  REQUIRE(status.has_error());
  CHECK(status.error().code == ErrorCode::already_exists);
  CHECK(status.error().message.find("'taken'") != std::string::npos);
  CHECK(store->key_count() == 1);
  CHECK(store->list_keys().value().size() == 1);
  CHECK(store->list_owners(auth::OwnerKind::team).value().empty());
  CHECK(store->counters().value().empty());
  CHECK(store->audit({}).value().size() == 1);
  CHECK(store->check().value().empty());
  CHECK(
      import(*store, {keys[0]}, {team}, {}, {opening(place_of(LevelKind::key, taken.id), cents(2))})
          .has_value());
  CHECK(store->key_count() == 2);
  CHECK(spent(*store, place_of(LevelKind::key, taken.id)) == cents(2));
  CHECK(store->audit({}).value().back().target_name == "first");
}
