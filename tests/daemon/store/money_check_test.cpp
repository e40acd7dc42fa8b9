#include <functional>
#include <thread>

#include <doctest/doctest.h>

#include "daemon/store/environment.h"
#include "daemon/store/money_record.h"
#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;
using budget::LevelKind;
using budget::Place;

namespace {

std::unique_ptr<Environment> open_state(const std::string& path) {
  return Environment::open(path + "/state", {.map_size = 1 << 30}).value();
}

std::uint64_t rows_in(const std::string& path, const char* table) {
  auto state = open_state(path);
  WriteTxn txn(state->raw());
  return txn.count(txn.open_table(table));
}

// Requests of this hour and of hours before, on three levels; some overspend their hold.
void spend_some(Store& store, int requests, Time now) {
  for (int i = 0; i < requests; ++i) {
    Time started = now - hours(i % 5);
    std::vector<Place> places = {
        place_of(LevelKind::key, "key_" + std::to_string(i % 3), "day", started),
        place_of(LevelKind::user, "user_" + std::to_string(i % 2), "month", started),
        place_of(LevelKind::team, "team_1", "", started)};
    budget::OpenHold hold = make_hold(store, "req_" + std::to_string(i), cents(2), places);
    hold.purpose.key_id = places[0].level.id;
    store.hold(hold);
    if (i % 7 == 0) store.flush();
    settle(store, hold, Money::nano(1000 * (i + 1)), started);
  }
  store.flush();
}

// The writer folds closed hours soon after its start, a part at a time.
void wait_until_folded(const std::string& path, std::uint64_t left) {
  for (int i = 0; i < 100 && rows_in(path, "ledger") > left; ++i) {
    auto store = open_store(path).value();
    std::this_thread::sleep_for(milliseconds(30));
  }
  CHECK(rows_in(path, "ledger") <= left);
}

using Damage =
    std::function<void(WriteTxn& txn, MDB_dbi table, std::string_view key, std::string_view value)>;

// A store with folded and open rows, changed behind its back at the first row of `table`.
std::vector<std::string> problems_after(const char* table, const Damage& damage) {
  tests::TemporaryFolder folder;
  spend_some(*open_store(folder.path).value(), 30, wall_clock());
  wait_until_folded(folder.path, 12);
  spend_some(*open_store(folder.path).value(), 5, wall_clock());
  CHECK(open_store(folder.path).value()->check().value().empty());
  {
    auto state = open_state(folder.path);
    WriteTxn txn(state->raw());
    MDB_dbi opened = txn.open_table(table);
    std::string key, value;
    Status read = txn.each(opened, [&](std::string_view first, std::string_view record) {
      key = first;
      value = record;
      return false;
    });
    REQUIRE(read.has_value());
    REQUIRE_FALSE(key.empty());
    damage(txn, opened, key, value);
    REQUIRE(txn.commit() == 0);
  }
  return open_store(folder.path).value()->check().value();
}

}  // namespace

TEST_CASE("rows of closed hours are folded, and no counter changes by it") {
  tests::TemporaryFolder folder;
  Time now = wall_clock();
  std::map<std::string, std::int64_t> before;
  {
    auto store = open_store(folder.path).value();
    spend_some(*store, 100, now);
    for (const budget::Counter& counter : store->counters().value())
      before[counter.place.level.id + to_rfc3339(counter.place.period.start)] +=
          counter.spent.nano();
    CHECK(store->check().value().empty());
  }
  // This hour's fifth stays, and that of the hour before while it is just over.
  wait_until_folded(folder.path, 40);
  CHECK(rows_in(folder.path, "ledger") >= 20);
  CHECK(rows_in(folder.path, "folded_hours") >= 3);
  auto store = open_store(folder.path).value();
  CHECK(store->check().value().empty());
  std::map<std::string, std::int64_t> after;
  for (const budget::Counter& counter : store->counters().value())
    after[counter.place.level.id + to_rfc3339(counter.place.period.start)] += counter.spent.nano();
  CHECK(after == before);
  // A row that comes late for a folded hour is folded as well.
  spend_some(*store, 5, now);
  store.reset();
  wait_until_folded(folder.path, 42);
  CHECK(open_store(folder.path).value()->check().value().empty());
}

TEST_CASE("counters of periods long gone are dropped, the newest of each level stay") {
  tests::TemporaryFolder folder;
  Time now = wall_clock();
  {
    auto store = open_store(folder.path).value();
    for (int i = 0; i < 40; ++i) {
      Time then = now - days(i + 1);
      Place day = place_of(LevelKind::key, "key_a", "day", then);
      Place ever = place_of(LevelKind::key, "key_a", "", then);
      settle(*store, make_hold(*store, "req_1", Money{}, {day, ever}), cents(1), then);
    }
  }
  wait_until_folded(folder.path, 0);
  auto store = open_store(folder.path).value();
  CHECK(store->counters().value().size() == 33);
  CHECK(spent(*store, place_of(LevelKind::key, "key_a", "day", now - days(1))) == cents(1));
  CHECK(spent(*store, place_of(LevelKind::key, "key_a", "day", now - days(40))).is_zero());
  CHECK(spent(*store, place_of(LevelKind::key, "key_a")) == cents(40));
  CHECK(store->check().value().empty());
}

TEST_CASE("money that does not add up is found, wherever it went wrong") {
  auto drop = [](WriteTxn& txn, MDB_dbi table, std::string_view key, std::string_view) {
    txn.remove(table, key);
  };
  auto spoil = [](WriteTxn& txn, MDB_dbi table, std::string_view key, std::string_view) {
    txn.put(table, key, "?");
  };
  auto lower_counter = [](WriteTxn& txn, MDB_dbi table, std::string_view key,
                          std::string_view value) {
    CounterRecord counter = decode_counter(value).value();
    counter.spent -= Money::nano(1);
    txn.put(table, key, encode(counter));
  };
  auto double_row = [](WriteTxn& txn, MDB_dbi table, std::string_view key, std::string_view value) {
    LedgerRow row = decode_ledger_row(value).value();
    row.amount += row.amount;
    txn.put(table, key, encode(row));
  };
  // The same money, but somebody else's.
  auto blame_another = [](WriteTxn& txn, MDB_dbi table, std::string_view, std::string_view) {
    std::vector<std::pair<std::string, LedgerRow>> rows;
    Status read = txn.each(table, [&](std::string_view at, std::string_view row) {
      rows.emplace_back(at, decode_ledger_row(row).value());
      return true;
    });
    REQUIRE(read.has_value());
    auto& [key, row] = rows.back();  // of the newest hour, of which nothing is folded
    row.members[0] += 1;
    txn.put(table, key, encode(row));
  };
  auto fold_twice = [](WriteTxn& txn, MDB_dbi table, std::string_view key, std::string_view value) {
    Folded folded = decode_folded(value).value();
    folded.amount += folded.amount;
    txn.put(table, key, encode(folded));
  };
  auto says = [](const std::vector<std::string>& problems, const char* text) {
    for (const std::string& problem : problems)
      if (problem.find(text) != std::string::npos) return true;
    return false;
  };
  CHECK(says(problems_after("counters", lower_counter), "its ledger says"));
  CHECK(says(problems_after("counters", drop), "which is missing"));
  CHECK(says(problems_after("counters", spoil), "a damaged counter"));
  CHECK(says(problems_after("ledger", double_row), "its ledger says"));
  CHECK(says(problems_after("ledger", double_row), "the ledger charged"));
  CHECK(says(problems_after("ledger", drop), "its ledger says"));
  CHECK(says(problems_after("ledger", spoil), "a damaged ledger row"));
  CHECK(says(problems_after("ledger", blame_another), "other owners"));
  CHECK(says(problems_after("folded_counters", fold_twice), "its ledger says"));
  CHECK(says(problems_after("folded_counters", drop), "its ledger says"));
  CHECK(says(problems_after("folded_hours", fold_twice), "the ledger charged"));
  CHECK(says(problems_after("folded_hours", drop), "the ledger charged"));
  CHECK(says(problems_after("spend_hours", drop), "the ledger charged"));
}
