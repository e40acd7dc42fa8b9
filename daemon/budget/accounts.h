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

#include <boost/container/small_vector.hpp>

#include "daemon/budget/journal.h"

namespace litegw::budget {

class Account;

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

  std::vector<Place> places() const;  // the counters that carry the money

 private:
  friend class Accounts;
  struct At {
    Account* account = nullptr;
    Window window;
    Period period;
    Money limit;
  };
  boost::container::small_vector<At, 6> at_;              // one per budget rule of each level
  boost::container::small_vector<Account*, 6> accounts_;  // one per level, in locking order
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

  // All levels at once. On refusal nothing has changed. A level may not be given twice.
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
  // Zeroes what was spent in the current period of every window; returns it as it was.
  std::vector<CounterView> reset(const LevelId& level, Time now);
  std::vector<CounterView> view(const LevelId& level) const;
  // In the period of `window` that was used last; zero when there is none.
  Money spent(const LevelId& level, const Window& window) const;
  // By the level that the hold was given first, in its current period.
  Money spent(const Hold& hold, const Window& window) const;
  // Of the minute that `steady` is in.
  RateView rates(const LevelId& level, Duration steady) const;
  // Requests admitted and not settled, over all levels' keys.
  std::int64_t running(const LevelId& level) const;

 private:
  struct LevelHash {
    std::size_t operator()(const LevelId& level) const;
  };
  struct Shard {
    mutable std::shared_mutex mutex;
    std::unordered_map<LevelId, std::unique_ptr<Account>, LevelHash> accounts;
  };
  Account& account(const LevelId& level);
  const Account* find(const LevelId& level) const;
  Shard& shard(const LevelId& level) { return shards_[LevelHash{}(level) % shards_.size()]; }
  const Shard& shard(const LevelId& level) const {
    return shards_[LevelHash{}(level) % shards_.size()];
  }

  const date::time_zone* zone_;
  std::array<Shard, 64> shards_;
};

[[noreturn]] void throw_exception_from_error(const Refusal& refusal,
                                             const boost::source_location& where);

}  // namespace litegw::budget
