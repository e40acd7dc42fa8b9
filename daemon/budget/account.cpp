#include "daemon/budget/account.h"

#include <algorithm>

namespace litegw::budget {
namespace {

constexpr Duration minute_length = minutes(1);
// Counters of other periods that each window keeps for clocks that jump; the store keeps all of
// them.
constexpr std::size_t kept_counters = 32;

Duration distance(Time a, Time b) {
  return a < b ? b - a : a - b;
}

}  // namespace

Refusal Account::refusal(const Level& level, Refusal::What what) const {
  Refusal refusal;
  refusal.what = what;
  refusal.level = level_;
  refusal.name = level.name.empty() ? level_.id : level.name;
  return refusal;
}

std::optional<Refusal> Account::check(const Level& level, std::span<const Held> counters,
                                      const Need& need, const Clocks& now) {
  if (!need.free)
    if (std::optional<Refusal> broken = check_money(level, counters, need)) return broken;
  return check_rates(level, need, now);
}

std::optional<Refusal> Account::check_money(const Level& level, std::span<const Held> counters,
                                            const Need& need) {
  for (const Held& held : counters) {
    const LiveCounter& counter = this->counter(held.window, held.period);
    const Money taken = counter.spent + counter.held;
    // A budget that is used up to the last nano-dollar refuses, also what would cost nothing more:
    // 0 means none.
    if (taken < held.limit && taken + need.money <= held.limit) continue;
    Refusal broken = refusal(level, Refusal::What::money);
    broken.amount = held.limit;
    broken.left = std::max(Money{}, held.limit - taken);
    if (counter.period.end != Time::max()) broken.resets = counter.period.end;
    return broken;
  }
  return std::nullopt;
}

std::optional<Refusal> Account::check_rates(const Level& level, const Need& need,
                                            const Clocks& now) {
  roll_minute(now.steady);
  auto broken = [&](Refusal::What what, std::int64_t limit, std::int64_t room, bool in_minute) {
    Refusal out = refusal(level, what);
    out.limit = limit;
    out.room = std::max<std::int64_t>(0, room);
    if (in_minute)
      out.resets = now.wall + minute_length - (now.steady - minute_.start.value_or(now.steady));
    return out;
  };
  if (level.rpm && minute_.requests >= *level.rpm)
    return broken(Refusal::What::requests, *level.rpm, 0, true);
  if (level.tpm && (minute_.tokens >= *level.tpm || need.tokens > *level.tpm - minute_.tokens)) {
    Refusal out = broken(Refusal::What::tokens, *level.tpm, *level.tpm - minute_.tokens, true);
    out.needed = need.tokens;
    return out;
  }
  if (level.parallel && running_ >= *level.parallel)
    return broken(Refusal::What::parallel, *level.parallel, 0, false);
  return std::nullopt;
}

void Account::roll_minute(Duration steady) {
  if (!minute_.contains(steady)) minute_ = Minute{};
}

void Account::admit(const Need& need, Duration steady) {
  roll_minute(steady);
  if (!minute_.start) minute_.start = steady;
  ++minute_.requests;
  minute_.tokens += need.tokens;
  ++running_;
}

void Account::leave(std::int64_t held_tokens, std::int64_t tokens, Duration admitted) {
  --running_;
  if (minute_.contains(admitted))
    minute_.tokens = std::max<std::int64_t>(0, minute_.tokens + tokens - held_tokens);
}

// Those that are asked for stay at the end, where the search begins: a level that has counters of a
// month of days finds today's as quickly as a new one.
LiveCounter& Account::used(std::vector<LiveCounter>::reverse_iterator found) {
  constexpr std::ptrdiff_t near = 8;
  if (found - counters_.rbegin() < near) return *found;
  std::rotate(std::prev(found.base()), found.base(), counters_.end());
  return counters_.back();
}

LiveCounter& Account::current(const Window& window, Time now, Time created,
                              const date::time_zone* zone) {
  auto found = std::find_if(counters_.rbegin(), counters_.rend(), [&](const LiveCounter& counter) {
    return counter.window == window && counter.period.contains(now);
  });
  if (found != counters_.rend()) return used(found);
  return counter(window, period_of(window, now, created, zone));
}

LiveCounter& Account::counter(const Window& window, const Period& period) {
  auto found = std::find_if(counters_.rbegin(), counters_.rend(), [&](const LiveCounter& counter) {
    return counter.window == window && counter.period.start == period.start;
  });
  if (found != counters_.rend()) return used(found);
  drop_farthest(window, period.start);
  return counters_.emplace_back(LiveCounter{window, period, Money{}, Money{}});
}

// One window's many short periods must not push out another's long one: each window has its own
// room. After a clock that was years ahead, what lies there goes first.
void Account::drop_farthest(const Window& window, Time start) {
  if (window.kind == Window::Kind::never) return;
  std::size_t kept = 0;
  auto farthest = counters_.end();
  for (auto counter = counters_.begin(); counter != counters_.end(); ++counter) {
    if (counter->window != window) continue;
    ++kept;
    if (!counter->held.is_zero()) continue;
    if (farthest == counters_.end() ||
        distance(counter->period.start, start) > distance(farthest->period.start, start))
      farthest = counter;
  }
  if (kept >= kept_counters && farthest != counters_.end()) counters_.erase(farthest);
}

}  // namespace litegw::budget
