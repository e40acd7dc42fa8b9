// One level's counters. Not locked by itself: Accounts holds the lock around every call. Pure
// otherwise.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "daemon/budget/accounts.h"

namespace litegw::budget {

// Counters are kept by the start of their period: a clock that jumps and returns finds the old one
// again.
struct LiveCounter {
  Window window;
  Period period;
  Money spent, held;
};

// Requests and tokens of one minute, counted from its first request as LiteLLM does. By the steady
// clock.
struct Minute {
  std::optional<Duration> start;
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  bool contains(Duration steady) const {
    return start && steady >= *start && steady < *start + minutes(1);
  }
};

class Account {
 public:
  explicit Account(LevelId level) : level_(std::move(level)) {}

  // `counters`: those of the level's budgets, in their order.
  std::optional<Refusal> check(const Level& level, std::span<const Held> counters, const Need& need,
                               const Clocks& now);
  LiveCounter& counter(const Window& window, const Period& period);
  LiveCounter& current(const Window& window, Time now, Time created, const date::time_zone* zone);
  void admit(const Need& need, Duration steady);
  void leave(std::int64_t held_tokens, std::int64_t tokens, Duration admitted);

  const LevelId& level() const { return level_; }
  std::vector<LiveCounter>& counters() { return counters_; }
  const std::vector<LiveCounter>& counters() const { return counters_; }
  std::int64_t running() const { return running_; }
  const Minute& minute() const { return minute_; }

  mutable std::mutex mutex;

 private:
  std::optional<Refusal> check_money(const Level& level, std::span<const Held> counters,
                                     const Need& need);
  std::optional<Refusal> check_rates(const Level& level, const Need& need, const Clocks& now);
  Refusal refusal(const Level& level, Refusal::What what) const;
  void roll_minute(Duration steady);
  LiveCounter& used(std::vector<LiveCounter>::reverse_iterator found);
  void drop_farthest(const Window& window, Time start);

  LevelId level_;
  std::vector<LiveCounter> counters_;
  Minute minute_;
  std::int64_t running_ = 0;
};

}  // namespace litegw::budget
