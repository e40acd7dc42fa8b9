#include <map>

#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "daemon/store/environment.h"
#include "daemon/store/money_table.h"
#include "daemon/store/spend_table.h"
#include "daemon/store/unsettled_table.h"
#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;
using budget::LevelKind;
using budget::Place;
using budget::UnsettledCharge;

namespace {

using Entries = std::vector<budget::Entry>;

std::vector<Place> three_levels(Time time = wall_clock()) {
  Place of_model = place_of(LevelKind::key, "key_a", "day", time);
  of_model.level.model = "gpt-4o";
  return {place_of(LevelKind::key, "key_a", "day", time), of_model,
          place_of(LevelKind::user, "user_1", "month", time),
          place_of(LevelKind::team, "team_1", "", time)};
}

std::vector<UnsettledCharge> charges_of(const Store& store) {
  std::vector<UnsettledCharge> out;
  Status read = store.unsettled_charges([&](const UnsettledCharge& charge) {
    out.push_back(charge);
    return true;
  });
  REQUIRE(read.has_value());
  return out;
}

std::uint64_t number_of(const Store& store, const std::string& request) {
  for (const UnsettledCharge& charge : charges_of(store))
    if (charge.purpose.request_id == request) return charge.number;
  return 0;
}

Result<Entries> release(Store& store, std::vector<std::uint64_t> holds) {
  std::promise<Result<Entries>> promise;
  store.release(std::move(holds), "uid 7",
                [&](Result<Entries> released) { promise.set_value(std::move(released)); });
  return promise.get_future().get();
}

Status adjust(Store& store, budget::Entry::Kind kind, const Place& place, Money amount) {
  budget::Entry entry;
  entry.kind = kind;
  entry.time = wall_clock();
  entry.amount = amount;
  entry.places = {place};
  return wait_for([&](Done done) { store.adjust({entry}, "test", "uid 7", std::move(done)); });
}

Sum total(const Store& store) {
  std::vector<Sum> sums = store.sums({}, {}, {}).value();
  return sums.empty() ? Sum{} : sums.front();
}

// A store that died with these holds open, opened again.
std::unique_ptr<Store> crash(const std::string& path,
                             const std::vector<std::pair<std::string, Money>>& requests,
                             const std::vector<Place>& places) {
  auto store = open_store(path).value();
  for (const auto& [request, amount] : requests)
    store->hold(make_hold(*store, request, amount, places));
  store->flush();
  store.reset();
  return open_store(path).value();
}

}  // namespace

TEST_CASE("a released charge leaves every level, the reports and the ledger agree, once") {
  tests::TemporaryFolder folder;
  const std::vector<Place> places = three_levels();
  auto store = crash(folder.path, {{"req_1", cents(10)}, {"req_2", cents(5)}}, places);
  settle(*store, make_hold(*store, "req_3", Money{}, places), cents(1));
  store->flush();
  REQUIRE(charges_of(*store).size() == 2);
  const std::uint64_t number = number_of(*store, "req_1");

  Result<Entries> released = release(*store, {number});
  REQUIRE(released.has_value());
  REQUIRE(released->size() == 1);
  CHECK(released->front().amount == Money() - cents(10));
  CHECK(released->front().places.size() == places.size());
  Result<Entries> again = release(*store, {number});
  REQUIRE(again.has_error());
  CHECK(again.error().code == ErrorCode::conflict);
  CHECK(again.error().message.find("by uid 7") != std::string::npos);

  for (int start = 0; start < 2; ++start) {
    for (const Place& place : places)
      CHECK(spent(*store, place) == cents(6));
    CHECK(total(*store).cost == cents(6));
    CHECK(total(*store).requests == 3);
    CHECK(total(*store).unsettled == 1);
    CHECK(store->sums({"key", "model", "day"}, {}, {}).value().size() == 1);
    CHECK(store->check().value() == std::vector<std::string>{});
    const UnsettledCharge kept = charges_of(*store)[1];
    CHECK(kept.purpose.request_id == "req_1");
    CHECK(kept.released.has_value());
    CHECK(kept.released_by == "uid 7");
    store.reset();
    store = open_store(folder.path).value();
  }
  CHECK(release(*store, {number}).error().code == ErrorCode::conflict);
  CHECK(spent(*store, places[0]) == cents(6));
}

TEST_CASE("a release has an audit entry with what its counters were and are") {
  tests::TemporaryFolder folder;
  const std::vector<Place> places = three_levels();
  auto store = crash(folder.path, {{"req_1", cents(10)}}, places);
  REQUIRE(release(*store, {number_of(*store, "req_1")}).has_value());
  const AuditEntry audited = store->audit({}).value().back();
  CHECK(audited.action == "budget release");
  CHECK(audited.actor == "uid 7");
  CHECK(audited.target == "key_a");
  CHECK(audited.target_name == "ci");
  CHECK(audited.before["request"] == "req_1");
  CHECK(audited.before["charged_usd"] == "0.1");
  CHECK(audited.after["charged_usd"] == "0");
  REQUIRE(audited.before["counters"].size() == places.size());
  CHECK(audited.before["counters"][1]["model"] == "gpt-4o");
  CHECK(audited.before["counters"][3]["spent"] == "0.1");
  CHECK(audited.after["counters"][3]["spent"] == "0");
}

TEST_CASE("several charges are released together or not at all") {
  tests::TemporaryFolder folder;
  const std::vector<Place> places = three_levels();
  auto store = crash(folder.path, {{"req_1", cents(10)}, {"req_2", cents(5)}}, places);
  const std::uint64_t first = number_of(*store, "req_1"), second = number_of(*store, "req_2");
  const std::uint64_t changes = store->last_change().value();
  Result<Entries> unknown = release(*store, {first, second, 77});
  REQUIRE(unknown.has_error());
  CHECK(unknown.error().code == ErrorCode::not_found);
  CHECK(spent(*store, places[0]) == cents(15));
  CHECK(store->last_change().value() == changes);
  REQUIRE(release(*store, {first}).has_value());
  CHECK(release(*store, {second, first}).error().code == ErrorCode::conflict);
  CHECK(spent(*store, places[0]) == cents(5));
  REQUIRE(release(*store, {second}).has_value());
  CHECK(spent(*store, places[0]).is_zero());
  CHECK(store->check().value() == std::vector<std::string>{});
}

TEST_CASE("of a counter that was reset a release takes nothing more") {
  tests::TemporaryFolder folder;
  const std::vector<Place> places = three_levels();
  auto store = crash(folder.path, {{"req_1", cents(10)}}, places);
  REQUIRE(adjust(*store, budget::Entry::Kind::reset, places[0], Money() - cents(10)).has_value());
  settle(*store, make_hold(*store, "req_2", Money{}, places), cents(30));
  store->flush();
  Result<Entries> released = release(*store, {number_of(*store, "req_1")});
  REQUIRE(released.has_value());
  CHECK(released->front().places.size() == places.size() - 1);
  CHECK(spent(*store, places[0]) == cents(30));
  CHECK(spent(*store, places[3]) == cents(30));
  CHECK(total(*store).cost == cents(30));
  CHECK(store->check().value() == std::vector<std::string>{});
}

TEST_CASE("a budget given after the crash began with the charge and is rid of it too") {
  tests::TemporaryFolder folder;
  auto store = crash(folder.path, {{"req_1", cents(10)}}, {});
  const Place week = place_of(LevelKind::key, "key_a", "week");
  const Place other = place_of(LevelKind::key, "key_b", "week");
  for (const Place& place : {week, other})
    REQUIRE(adjust(*store, budget::Entry::Kind::opening, place, cents(10)).has_value());
  Result<Entries> released = release(*store, {number_of(*store, "req_1")});
  REQUIRE(released.has_value());
  CHECK(spent(*store, week).is_zero());
  CHECK(spent(*store, other) == cents(10));
  CHECK(total(*store).cost.is_zero());
  CHECK(store->check().value() == std::vector<std::string>{});
}

TEST_CASE("a request that no budget bounds is released from the reports alone") {
  tests::TemporaryFolder folder;
  auto store = crash(folder.path, {{"req_1", cents(10)}, {"req_free", Money{}}}, {});
  CHECK(number_of(*store, "req_free") == 0);
  Result<Entries> released = release(*store, {number_of(*store, "req_1")});
  REQUIRE(released.has_value());
  CHECK(released->front().places.empty());
  CHECK(total(*store).cost.is_zero());
  CHECK(store->check().value() == std::vector<std::string>{});
}

TEST_CASE("a charge whose ledger row is folded and whose counter is gone can be released") {
  tests::TemporaryFolder folder;
  const Time now = wall_clock();
  const Place old = place_of(LevelKind::key, "key_a", "day", now - days(40));
  const Place ever = place_of(LevelKind::key, "key_a");
  auto store = crash(folder.path, {{"req_1", cents(10)}}, {old, ever});
  for (int i = 0; i < 40; ++i) {
    const Time then = now - days(i);
    settle(*store,
           make_hold(*store, "req_x", Money{}, {place_of(LevelKind::key, "key_a", "day", then)}),
           cents(1), then - hours(3));
  }
  store.reset();
  // As if hours had gone by since the crash: all rows are folded, and old counters dropped.
  {
    auto state = Environment::open(folder.path + "/state", {.map_size = 1 << 30}).value();
    WriteTxn txn(state->raw());
    NameTable names;
    MoneyTable money(names);
    names.open(txn);
    money.open(txn);
    while (money.fold(txn, hour_of(now + hours(2)))) {
    }
    REQUIRE(txn.count(txn.open_table("ledger")) == 0);
    REQUIRE(txn.commit() == 0);
  }
  store = open_store(folder.path).value();
  REQUIRE(store->check().value() == std::vector<std::string>{});
  for (const budget::Counter& counter : store->counters().value())
    REQUIRE_FALSE(counter.place == old);
  Result<Entries> released = release(*store, {number_of(*store, "req_1")});
  REQUIRE(released.has_value());
  REQUIRE(released->front().places.size() == 1);
  CHECK(released->front().places[0] == ever);
  CHECK(spent(*store, ever).is_zero());
  CHECK(total(*store).cost == cents(40));
  CHECK(store->check().value() == std::vector<std::string>{});
}

TEST_CASE("an unsettled charge that cannot be read, or is in no counter, is found") {
  tests::TemporaryFolder folder;
  const std::vector<Place> places = three_levels();
  crash(folder.path, {{"req_1", cents(10)}, {"req_2", cents(10)}}, places).reset();
  auto change =
      [&](const std::function<void(WriteTxn&, UnsettledTable&, UnsettledCharge)>& damage) {
        std::optional<UnsettledCharge> charge;
        charge = charges_of(*open_store(folder.path).value()).front();
        auto state = Environment::open(folder.path + "/state", {.map_size = 1 << 30}).value();
        WriteTxn txn(state->raw());
        UnsettledTable table;
        table.open(txn);
        damage(txn, table, *charge);
        REQUIRE(txn.commit() == 0);
      };
  auto problems = [&] {
    return open_store(folder.path).value()->check().value();
  };
  change([](WriteTxn& txn, UnsettledTable& table, UnsettledCharge charge) {
    charge.amount = cents(11);
    table.put(txn, charge);
  });
  REQUIRE(problems().size() == places.size());
  CHECK(problems()[0].find("its unsettled charges come to 0.21") != std::string::npos);
  change([](WriteTxn& txn, UnsettledTable&, const UnsettledCharge& charge) {
    txn.put(txn.open_table("unsettled"), big_endian(charge.number), "?");
  });
  REQUIRE(problems().size() == 1);
  CHECK(problems()[0].find("a damaged unsettled charge") != std::string::npos);
}

namespace {

// What the store is to say, kept beside it.
struct Expected {
  std::map<int, Money> counters;  // by place
  Money cost;
  struct Open {
    std::string request;
    Money amount;
    std::vector<int> in;
  };
  std::vector<Open> holds, unsettled;

  void die() {
    for (Open& hold : holds) {
      for (int place : hold.in)
        counters[place] += hold.amount;
      cost += hold.amount;
      unsettled.push_back(std::move(hold));
    }
    holds.clear();
  }
  void reset(int place) {
    counters[place] = Money{};
    for (Open& charge : unsettled)
      std::erase(charge.in, place);
  }
  void release(std::size_t index) {
    for (int place : unsettled[index].in)
      counters[place] -= unsettled[index].amount;
    cost -= unsettled[index].amount;
    unsettled.erase(unsettled.begin() + static_cast<long>(index));
  }
};

}  // namespace

TEST_CASE(
    "whatever is charged, crashes, is reset and released: counters are their rows, not below 0") {
  const bool holds = rc::check([] {
    tests::TemporaryFolder folder;
    const std::vector<Place> places = three_levels();
    auto store = open_store(folder.path).value();
    Expected expected;
    int requests = 0;
    const int steps = *rc::gen::inRange(1, 25);
    for (int step = 0; step < steps; ++step) {
      std::vector<int> in;
      std::vector<Place> chosen;
      for (int i = 0; i < static_cast<int>(places.size()); ++i)
        if (*rc::gen::inRange(0, 3) > 0) in.push_back(i);
      for (int i : in)
        chosen.push_back(places[static_cast<std::size_t>(i)]);
      const Money amount = Money::nano(*rc::gen::inRange(1, 1000));
      const std::string request = "req_" + std::to_string(++requests);
      switch (*rc::gen::inRange(0, 6)) {
        case 0:
          settle(*store, make_hold(*store, request, Money{}, chosen), amount);
          for (int place : in)
            expected.counters[place] += amount;
          expected.cost += amount;
          break;
        case 1:
        case 2:
          store->hold(make_hold(*store, request, amount, chosen));
          expected.holds.push_back({request, amount, in});
          break;
        case 3:
          store->flush();
          store.reset();
          store = open_store(folder.path).value();
          expected.die();
          break;
        case 4: {
          store->flush();
          const int place = *rc::gen::inRange(0, static_cast<int>(places.size()));
          const Place& at = places[static_cast<std::size_t>(place)];
          const Money before = spent(*store, at);
          RC_ASSERT(adjust(*store, budget::Entry::Kind::reset, at, Money() - before).has_value());
          expected.reset(place);
          break;
        }
        default: {
          if (expected.unsettled.empty()) break;
          const auto index = *rc::gen::inRange<std::size_t>(0, expected.unsettled.size());
          const std::uint64_t number = number_of(*store, expected.unsettled[index].request);
          RC_ASSERT(release(*store, {number}).has_value());
          RC_ASSERT(release(*store, {number}).has_error());
          expected.release(index);
        }
      }
    }
    store->flush();
    for (int i = 0; i < static_cast<int>(places.size()); ++i) {
      const Money counted = spent(*store, places[static_cast<std::size_t>(i)]);
      RC_ASSERT(counted == expected.counters[i]);
      RC_ASSERT(counted >= Money{});
    }
    RC_ASSERT(total(*store).cost == expected.cost);
    RC_ASSERT(store->check().value().empty());
  });
  CHECK(holds);
}
