// The inequality of docs/budgets.md, at every moment of random lives of many requests: answers that
// outrun what was set aside, tries at dearer deployments, prices and limits that change, crashes.
#include <algorithm>
#include <map>

#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "daemon/budget/accounts.h"
#include "daemon/budget/estimate.h"

using namespace litegw;
using namespace litegw::budget;

namespace {

// Both clocks run alike unless a test sets one.
Clocks at(Time time) {
  return {time, time.time_since_epoch()};
}

using Key = std::pair<LevelId, Time>;

struct Running {
  Hold hold;
  std::vector<ledger::Price> prices;  // frozen at admission; any of them may serve it
  Ask ask;
  Money set_aside;  // as the test reckons it: the hold and its draws
};

// One gateway with its store: what is durable survives `crash`.
class World {
 public:
  World() : accounts_(std::make_unique<Accounts>()) {}

  void step() {
    now_ += minutes(*rc::gen::inRange(0, 200));
    switch (*rc::gen::inRange(0, 12)) {
      case 0:
        return change_limits();
      case 1:
        return change_prices();
      case 2:
        return crash();
      case 3:
      case 4:
      case 5:
        return stream();
      case 6:
      case 7:
      case 8:
        return finish();
      default:
        return admit();
    }
  }

  void check() const {
    for (const Level& level : levels_)
      for (const CounterView& view : accounts_->view(level.id)) {
        const Key key{level.id, view.period.start};
        const auto limit = limits_.find(key);
        if (limit == limits_.end()) continue;
        const auto over = over_.find(key);
        const Money allowed = limit->second + (over == over_.end() ? Money() : over->second);
        RC_ASSERT(view.spent + view.held <= allowed);
        RC_ASSERT(view.held >= Money());
      }
  }

 private:
  static Level make_level(LevelKind kind, const char* id, const char* window) {
    Level level;
    level.id = {kind, id, ""};
    level.budgets.push_back({cents(*rc::gen::inRange(0, 400)), parse_window(window).value()});
    return level;
  }
  void change_limits() {
    levels_ = {make_level(LevelKind::key, "k", "day"), make_level(LevelKind::user, "u", "12h"),
               make_level(LevelKind::team, "t", "month")};
  }
  void change_prices() {
    prices_.clear();
    for (int i = *rc::gen::inRange(1, 3); i > 0; --i) {
      ledger::Price price;
      price.rates.input = *rc::gen::inRange<std::int64_t>(0, 20'000'000'000);
      price.rates.output = *rc::gen::inRange<std::int64_t>(0, 80'000'000'000);
      price.max_output = *rc::gen::inRange<std::int64_t>(0, 20'000);
      prices_.push_back(price);
    }
  }
  static std::vector<const ledger::Price*> pointers(const std::vector<ledger::Price>& prices) {
    std::vector<const ledger::Price*> out;
    out.reserve(prices.size());
    for (const ledger::Price& price : prices)
      out.push_back(&price);
    return out;
  }
  // The limit in force at an admission or a draw counts; the largest of a window is its L.
  void note_limits(const Hold& hold) {
    for (const Place& place : hold.places())
      for (const Level& level : levels_)
        if (level.id == place.level) {
          Money& limit = limits_[{place.level, place.period.start}];
          limit = std::max(limit, level.budgets.front().amount);
        }
  }
  void admit() {
    Running running;
    running.prices = prices_;
    running.ask.prompt.text_bytes = *rc::gen::inRange<std::uint64_t>(0, 20'000);
    running.ask.output_limit = *rc::gen::inRange<std::int64_t>(1, 9000);
    const auto overrun = *rc::gen::element(config::Overrun::cut, config::Overrun::refuse);
    const Estimate estimate = budget::estimate(running.ask, pointers(prices_), overrun);
    auto hold = accounts_->hold(levels_, estimate.need(), at(now_));
    if (!hold) return;
    running.hold = std::move(*hold);
    running.set_aside = estimate.money;
    note_limits(running.hold);
    open_.push_back(std::move(running));
  }
  void stream() {
    if (open_.empty()) return;
    Running& running = open_[*rc::gen::inRange<std::size_t>(0, open_.size())];
    const Money want = output_cost(first_output_tokens, pointers(running.prices));
    running.set_aside += accounts_->draw(running.hold, want);
  }
  void finish() {
    if (open_.empty()) return;
    Running running = std::move(open_.back());
    open_.pop_back();
    ledger::Usage usage;  // the prompt may be more than estimated, the answer longer than paid for
    usage.input = *rc::gen::inRange<std::int64_t>(0, 12'000);
    usage.output = *rc::gen::inRange<std::int64_t>(0, 12'000);
    const bool failed = *rc::gen::inRange(0, 5) == 0;
    const ledger::Price& served =
        running.prices[*rc::gen::inRange<std::size_t>(0, running.prices.size())];
    const Money charge = failed ? Money() : ledger::cost_of(usage, served);
    const PlaceList places = running.hold.places();
    for (const Place& place : places)
      over_[{place.level, place.period.start}] += std::max(Money(), charge - running.set_aside);
    accounts_->settle(std::move(running.hold), charge, 0, now_);
  }
  // Everything was durable: the holds become charges, counters are read again.
  void crash() {
    auto next = std::make_unique<Accounts>();
    std::map<Key, std::pair<Place, Money>> durable;
    for (const Level& level : levels_)
      for (const CounterView& view : accounts_->view(level.id))
        durable[{level.id, view.period.start}] = {{level.id, view.window, view.period}, view.spent};
    for (Running& running : open_) {
      for (const Place& place : running.hold.places())
        durable[{place.level, place.period.start}].second += running.set_aside;
      accounts_->settle(std::move(running.hold), running.set_aside, 0, now_);
    }
    open_.clear();
    for (const auto& [key, counter] : durable)
      next->restore(counter.first.level, counter.first.window, counter.first.period,
                    counter.second);
    accounts_ = std::move(next);
  }

  std::unique_ptr<Accounts> accounts_;
  std::vector<Level> levels_;
  std::vector<ledger::Price> prices_ = std::vector<ledger::Price>(1);
  std::vector<Running> open_;
  std::map<Key, Money> limits_, over_;
  Time now_ = parse_rfc3339("2026-11-23T00:00:00Z").value();

 public:
  void start() {
    change_limits();
    change_prices();
  }
  void end() {
    while (!open_.empty())
      finish();
  }
};

}  // namespace

TEST_CASE(
    "settled and held never exceed the limit and what single requests cost beyond their hold") {
  const bool holds = rc::check([] {
    World world;
    world.start();
    for (int steps = *rc::gen::inRange(1, 80); steps > 0; --steps) {
      world.step();
      world.check();
    }
    world.end();
    world.check();
  });
  CHECK(holds);
}
