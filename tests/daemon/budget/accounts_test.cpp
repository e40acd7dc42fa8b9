#include "daemon/budget/accounts.h"

#include <atomic>
#include <map>
#include <thread>

#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "daemon/budget/refusal.h"

using namespace litegw;
using namespace litegw::budget;

namespace {

// Both clocks run alike unless a test sets one.
Clocks at(Time time) {
  return {time, time.time_since_epoch()};
}

const Time start = parse_rfc3339("2026-11-23T09:30:00Z").value();

Level level(LevelKind kind, const char* id, Money amount, const char* window = "") {
  Level out;
  out.id = {kind, id, ""};
  out.name = id;
  out.budgets = {{amount, parse_window(window).value()}};
  return out;
}
Need money(Money amount) {
  return {amount, 0, false};
}
void settle(Accounts& accounts, boost::system::result<Hold, Refusal> held, Money charge) {
  accounts.settle(std::move(held).value(), charge, 0, start);
}

// An admission that should not have been is ended, so that the test can say so.
bool refuses(Accounts& accounts, const std::vector<Level>& levels, Money amount, Time now) {
  boost::system::result<Hold, Refusal> held = accounts.hold(levels, money(amount), at(now));
  if (held) accounts.settle(std::move(*held), Money{}, 0, now);
  return held.has_error();
}

}  // namespace

TEST_CASE("a key over budget is refused until its window rolls") {
  Accounts accounts;
  std::vector<Level> levels{level(LevelKind::key, "ci", dollars(10), "day")};
  settle(accounts, accounts.hold(levels, money(dollars(10)), at(start)), dollars(10));

  Refusal refusal = accounts.hold(levels, money(cents(1)), at(start + hours(5))).error();
  CHECK(refusal.level.id == "ci");
  CHECK(refusal.resets == parse_rfc3339("2026-11-24"));
  CHECK(to_error(refusal).code == ErrorCode::budget_exceeded);
  CHECK(to_error(refusal).message ==
        "budget of key 'ci' is used up: $0.00 of $10.00 left, resets 2026-11-24 00:00 UTC");
  settle(accounts, accounts.hold(levels, money(cents(1)), at(start + days(1))), cents(1));
}

TEST_CASE(
    "a request must fit its key, its user and its team, and leaves no trace where one refuses") {
  Accounts accounts;
  std::vector<Level> levels{level(LevelKind::key, "k", dollars(10)),
                            level(LevelKind::user, "u", dollars(5)),
                            level(LevelKind::team, "t", dollars(2))};
  Refusal refusal = accounts.hold(levels, money(dollars(3)), at(start)).error();
  CHECK(refusal.level.kind == LevelKind::team);
  CHECK(refusal.left == dollars(2));
  for (const Level& one : levels) {
    CHECK(accounts.view(one.id).front().held == Money{});
    CHECK(accounts.running(one.id) == 0);
  }
}

TEST_CASE("a draw grants what every level has left and not more") {
  Accounts accounts;
  std::vector<Level> levels{level(LevelKind::key, "k", dollars(10)),
                            level(LevelKind::team, "t", dollars(4))};
  Hold hold = accounts.hold(levels, money(dollars(3)), at(start)).value();
  CHECK(accounts.draw(hold, cents(60)) == cents(60));
  CHECK(accounts.draw(hold, dollars(2)) == cents(40));
  CHECK(accounts.draw(hold, dollars(2)) == Money{});
  CHECK(hold.amount() == dollars(4));
  CHECK(accounts.settle(std::move(hold), dollars(1), 0, start) == Money{});
  CHECK(accounts.view(levels[1].id).front().spent == dollars(1));
  CHECK(accounts.view(levels[1].id).front().held == Money{});
}

TEST_CASE("a budget of nothing refuses everything but free models") {
  Accounts accounts;
  std::vector<Level> levels{level(LevelKind::key, "k", Money{})};
  CHECK(accounts.hold(levels, money(Money{}), at(start)).has_error());
  Need free{Money{}, 0, true};
  settle(accounts, accounts.hold(levels, free, at(start)), Money{});
}

TEST_CASE("a charge belongs to the window of its hold") {
  Accounts accounts;
  std::vector<Level> levels{level(LevelKind::key, "k", dollars(1), "day")};
  Hold late = accounts.hold(levels, money(dollars(1)), at(start)).value();
  Time tomorrow = start + days(1);
  settle(accounts, accounts.hold(levels, money(dollars(1)), at(tomorrow)), cents(10));
  accounts.settle(std::move(late), dollars(1), 0, tomorrow);
  settle(accounts, accounts.hold(levels, money(cents(90)), at(tomorrow)), cents(90));
  CHECK(accounts.hold(levels, money(cents(1)), at(tomorrow)).has_error());
}

TEST_CASE("a clock that jumps ten years and returns finds the old counter") {
  Accounts accounts;
  std::vector<Level> levels{level(LevelKind::key, "k", dollars(1), "day")};
  settle(accounts, accounts.hold(levels, money(dollars(1)), at(start)), dollars(1));
  settle(accounts, accounts.hold(levels, money(dollars(1)), at(start + days(3650))), dollars(1));
  CHECK(refuses(accounts, levels, cents(1), start));
  settle(accounts, accounts.hold(levels, money(cents(1)), at(start - days(1))), cents(1));
}

TEST_CASE("a month's budget stays used up, however many days, weeks and hours pass in it") {
  Accounts accounts;
  const Time december = parse_rfc3339("2026-12-01T00:00:00Z").value();
  Level key = level(LevelKind::key, "k", dollars(1), "1h");
  key.created = december;
  for (const char* window : {"day", "week"})
    key.budgets.push_back({dollars(1), parse_window(window).value()});
  key.budgets.push_back({cents(50), parse_window("month").value()});
  std::vector<Level> levels{key};
  settle(accounts, accounts.hold(levels, money(cents(49)), at(december)), cents(49));
  for (int hour = 0; hour < 31 * 24; ++hour) {
    const Time now = december + hours(hour);
    settle(accounts, accounts.hold(levels, money(cents(1)), at(now)), Money{});
    CHECK(refuses(accounts, levels, cents(2), now));
  }
  CHECK(accounts.view(key.id).size() < 100);
}

TEST_CASE("a clock that goes to and fro every day for years never gives a used budget back") {
  Accounts accounts;
  std::vector<Level> levels{level(LevelKind::key, "k", dollars(1), "day")};
  for (int day = 0; day < 100; ++day) {
    const Time now = start + days(day);
    settle(accounts, accounts.hold(levels, money(dollars(1)), at(now)), dollars(1));
    settle(accounts, accounts.hold(levels, money(cents(1)), at(now + days(3650))), cents(1));
    for (const Time again : {now, now - days(std::min(day, 1)), now + hours(3)})
      CHECK(refuses(accounts, levels, cents(1), again));
  }
}

TEST_CASE("requests a minute, tokens a minute and parallel requests are limits of their own") {
  Accounts accounts;
  Level key;
  key.id = {LevelKind::key, "k", ""};
  key.rpm = 2;
  key.tpm = 100;
  key.parallel = 1;
  std::vector<Level> levels{key};
  Hold first = accounts.hold(levels, {Money{}, 60, true}, at(start)).value();
  CHECK(accounts.hold(levels, {Money{}, 1, true}, at(start)).error().what ==
        Refusal::What::parallel);
  accounts.settle(std::move(first), Money{}, 90, start);
  Refusal tokens = accounts.hold(levels, {Money{}, 11, true}, at(start + seconds(10))).error();
  CHECK(tokens.what == Refusal::What::tokens);
  CHECK(tokens.room == 10);
  CHECK(retry_after(tokens, start + seconds(10)) == 50);
  accounts.settle(accounts.hold(levels, {Money{}, 10, true}, at(start)).value(), Money{}, 10,
                  start);
  CHECK(accounts.hold(levels, {Money{}, 0, true}, at(start + seconds(59))).error().what ==
        Refusal::What::requests);
  accounts.settle(accounts.hold(levels, {Money{}, 0, true}, at(start + seconds(60))).value(),
                  Money{}, 0, start);
}

TEST_CASE("a clock that is set neither opens a minute again nor makes it longer") {
  Level key;
  key.id = {LevelKind::key, "k", ""};
  key.rpm = 1;
  const std::vector<Level> levels{key};
  const Duration steady = hours(7);
  for (const Duration jump :
       {Duration(-days(1)), -Duration(seconds(30)), Duration(minutes(5)), Duration(days(3650))}) {
    Accounts accounts;
    const Need one{Money{}, 5, true};
    accounts.settle(accounts.hold(levels, one, {start, steady}).value(), Money{}, 9, start);
    const Time now = start + jump;
    Refusal refusal = accounts.hold(levels, one, {now, steady + seconds(59)}).error();
    CHECK(refusal.what == Refusal::What::requests);
    CHECK(refusal.resets == now + seconds(1));
    CHECK(accounts.rates(key.id, steady + seconds(59)).tokens == 9);
    accounts.settle(accounts.hold(levels, one, {now, steady + seconds(60)}).value(), Money{}, 0,
                    now);
  }
}

TEST_CASE("a caller that is kept finds the counters of each period, whatever its clock does") {
  Accounts accounts;
  Caller caller(accounts, {level(LevelKind::key, "k", dollars(1), "day")});
  const LevelId& id = caller.levels().front().id;
  const Money day = dollars(1);
  Hold first = accounts.hold(caller, money(day), at(start)).value();
  CHECK(accounts.hold(caller, money(cents(1)), at(start)).has_error());
  Hold next = accounts.hold(caller, money(cents(60)), at(start + days(1))).value();
  CHECK(first.places() != next.places());
  CHECK(accounts.hold(caller, money(cents(1)), at(start)).has_error());
  settle(accounts, std::move(first), cents(90));
  settle(accounts, std::move(next), cents(50));
  // Back and forth: each day has its own.
  settle(accounts, accounts.hold(caller, money(cents(10)), at(start)), cents(10));
  settle(accounts, accounts.hold(caller, money(cents(50)), at(start + days(1))), cents(50));
  CHECK(accounts.hold(caller, money(Money{}), at(start)).has_error());
  CHECK(accounts.hold(caller, money(Money{}), at(start + days(1))).has_error());
  for (const CounterView& counter : accounts.view(id))
    CHECK(counter.spent + counter.held == day);
}

TEST_CASE("holds of one caller in one period share their places") {
  Accounts accounts;
  Caller caller(accounts, {level(LevelKind::key, "k", dollars(1))});
  Hold first = accounts.hold(caller, money(cents(1)), at(start)).value();
  Hold second = accounts.hold(caller, money(cents(1)), at(start + seconds(1))).value();
  CHECK(first.places().identity() == second.places().identity());
  CHECK(first.places().size() == caller.levels().front().budgets.size());
  settle(accounts, std::move(first), cents(1));
  settle(accounts, std::move(second), cents(1));
}

TEST_CASE("money for ten admits ten of two hundred requests at once") {
  for (int round = 0; round < 20; ++round) {
    Accounts accounts;
    std::vector<Level> levels{level(LevelKind::key, "k", dollars(10)),
                              level(LevelKind::team, "t", dollars(10))};
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          boost::system::result<Hold, Refusal> held =
              accounts.hold(levels, money(dollars(1)), at(start));
          if (!held) continue;
          ++admitted;
          accounts.settle(std::move(held).value(), dollars(1), 0, start);
        }
      });
    for (std::thread& thread : threads)
      thread.join();
    CHECK(admitted == 10);
    CHECK(accounts.view(levels[0].id).front().spent == dollars(10));
  }
}

TEST_CASE(
    "spent and held never pass the largest limit by more than requests cost beyond their holds") {
  bool holds = rc::check([] {
    Accounts accounts;
    std::vector<std::pair<Hold, bool>> open;
    std::map<std::pair<LevelId, Time>, Money> largest;
    Money over;
    Time now = start;
    int steps = *rc::gen::inRange(1, 60);
    for (int step = 0; step < steps; ++step) {
      now += minutes(*rc::gen::inRange(0, 300));
      std::vector<Level> levels{
          level(LevelKind::key, "k", cents(*rc::gen::inRange(0, 500)), "day"),
          level(LevelKind::user, "u", cents(*rc::gen::inRange(0, 900)), "12h"),
          level(LevelKind::team, "t", cents(*rc::gen::inRange(0, 900)), "month")};
      switch (*rc::gen::inRange(0, 3)) {
        case 0: {
          boost::system::result<Hold, Refusal> held =
              accounts.hold(levels, money(cents(*rc::gen::inRange(0, 300))), at(now));
          if (!held) break;
          for (const Level& one : levels) {
            Period period = period_of(one.budgets[0].window, now, one.created, nullptr);
            Money& most = largest[{one.id, period.start}];
            most = std::max(most, one.budgets[0].amount);
          }
          open.emplace_back(std::move(held).value(), true);
          break;
        }
        case 1:
          if (!open.empty()) accounts.draw(open.back().first, cents(*rc::gen::inRange(0, 200)));
          break;
        default:
          if (open.empty()) break;
          over += accounts.settle(std::move(open.back().first), cents(*rc::gen::inRange(0, 400)), 0,
                                  now);
          open.pop_back();
          break;
      }
      for (const auto& [where, most] : largest)
        for (const CounterView& counter : accounts.view(where.first))
          if (counter.period.start == where.second)
            RC_ASSERT(counter.spent + counter.held <= most + over);
    }
    while (!open.empty()) {
      accounts.settle(std::move(open.back().first), Money{}, 0, now);
      open.pop_back();
    }
    for (const auto& [where, most] : largest)
      for (const CounterView& counter : accounts.view(where.first))
        RC_ASSERT(counter.held == Money{});
  });
  CHECK(holds);
}
