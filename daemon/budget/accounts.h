// What every level has spent and set aside, exact across cores. A request is admitted at all its
// levels at once or not at all; the money it may cost is held from then on until it is settled, so
// that
//   settled + held <= limit + sum of what single requests cost beyond their hold
// is true for every level and window at every moment.
//
// Called from every event loop; owns its locks, each held for nanoseconds. The caller passes the
// time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/budget/journal.h"

namespace litegw::budget {

class Account;
class Accounts;

// One counter of a hold.
struct Held {
  Account* account = nullptr;
  Window window;
  Period period;
  Money limit;
};

// What all holds of one caller in the same periods have in common.
struct HoldShape {
  std::vector<Held> counters;      // one per budget rule of each level
  std::vector<Account*> by_level;  // as the levels were given
  std::vector<Account*> to_lock;   // in locking order
  PlaceList places;                // `counters`, for the store
  bool contains(Time now) const;   // in each of the periods
};

// The levels of one caller and their accounts, looked up once for all its requests. Used on one
// thread; the accounts outlive it.
class Caller {
 public:
  // A level may not be given twice.
  Caller(Accounts& accounts, std::vector<Level> levels);
  const std::vector<Level>& levels() const { return levels_; }
  bool limits_money() const { return limits_money_; }

 private:
  friend class Accounts;
  std::vector<Level> levels_;
  bool limits_money_ = false;
  std::shared_ptr<const HoldShape> shape_;  // of the last hold
};

// Money set aside for one request. Move-only; ends by Accounts::settle alone.
class Hold {
 public:
  Hold() = default;
  Hold(Hold&& other) noexcept { *this = std::move(other); }
  Hold& operator=(Hold&& other) noexcept;
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold();  // an open hold here is a bug: the money stays held, never freed

  Money amount() const { return amount_; }
  bool open() const { return open_; }

  PlaceList places() const;  // the counters that carry the money

 private:
  friend class Accounts;
  std::shared_ptr<const HoldShape> shape_;
  Money amount_;
  std::int64_t tokens_ = 0;
  Duration admitted_{};  // by the steady clock
  bool open_ = false;
};

// One counter as `budget show` prints it.
struct CounterView {
  Window window;
  Period period;
  Money spent, held;
};

// Requests and tokens counted in the current minute.
struct RateView {
  std::int64_t requests = 0, tokens = 0;
  Duration resets_in = minutes(1);
};

class Accounts {
 public:
  // `zone` = nullptr means UTC; it must outlive this.
  explicit Accounts(const date::time_zone* zone = nullptr);
  ~Accounts();
  const date::time_zone* zone() const { return zone_; }

  // All levels at once. On refusal nothing has changed.
  boost::system::result<Hold, Refusal> hold(Caller& caller, const Need& need, const Clocks& now);
  // For a caller that asks once.
  boost::system::result<Hold, Refusal> hold(std::span<const Level> levels, const Need& need,
                                            const Clocks& now);
  // Sets more aside for the same request, in the windows of its hold: as much of `want` as every
  // level has left, zero when nothing is.
  Money draw(Hold& hold, Money want);
  // Replaces the hold by the true charge, whatever it is, and gives back what the request took of
  // the other limits. Returns what it cost beyond the hold.
  Money settle(Hold hold, Money charge, std::int64_t tokens, Time now);

  // At start: what the store says was spent.
  void restore(const LevelId& level, const Window& window, const Period& period, Money spent);
  // Adds a charge without a hold (settling what a dead process had held).
  void charge(const LevelId& level, const Window& window, const Period& period, Money amount);
  // Takes such a charge out again, where its counter is.
  void release(const LevelId& level, const Window& window, const Period& period, Money amount);
  // Zeroes what was spent in the current period of every window; returns it as it was.
  std::vector<CounterView> reset(const LevelId& level, Time now);
  std::vector<CounterView> view(const LevelId& level) const;
  // In the period of `window` that was used last; zero when there is none.
  Money spent(const LevelId& level, const Window& window) const;
  // By the level that the hold was given first, in its current period.
  Money spent(const Hold& hold, const Window& window) const;
  // Of the minute that `steady` is in.
  RateView rates(const LevelId& level, Duration steady) const;
  // The same of a level that the hold is at, by its number there.
  RateView rates(const Hold& hold, std::size_t level, Duration steady) const;
  // Requests admitted and not settled, over all levels' keys.
  std::int64_t running(const LevelId& level) const;

 private:
  // Hashed once for its shard and its place there.
  struct Sought {
    const LevelId& level;
    std::size_t hash;
  };
  struct LevelHash {
    using is_transparent = void;
    std::size_t operator()(const LevelId& level) const;
    std::size_t operator()(const Sought& sought) const { return sought.hash; }
  };
  struct LevelEqual {
    using is_transparent = void;
    bool operator()(const LevelId& a, const LevelId& b) const { return a == b; }
    bool operator()(const Sought& a, const LevelId& b) const { return a.level == b; }
    bool operator()(const LevelId& a, const Sought& b) const { return a == b.level; }
  };
  struct Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<LevelId, std::unique_ptr<Account>, LevelHash, LevelEqual> accounts;
  };
  friend class Caller;
  Account& account(const LevelId& level);
  // Of the periods that `now` is in; under the accounts' locks.
  std::shared_ptr<const HoldShape> shape_of(const std::vector<Level>& levels,
                                            const HoldShape& before, Time now) const;
  const Account* find(const LevelId& level) const;

  const date::time_zone* zone_;
  std::array<Shard, 64> shards_;
};

[[noreturn]] void throw_exception_from_error(const Refusal& refusal,
                                             const boost::source_location& where);

}  // namespace litegw::budget
