#include "daemon/budget/accounts.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <stdexcept>

#include "daemon/budget/account.h"
#include "daemon/budget/levels.h"
#include "daemon/budget/refusal.h"

namespace litegw::budget {
namespace {

// Locks accounts in the order of their addresses, so that two requests with common levels cannot
// wait for each other.
class LockAll {
 public:
  explicit LockAll(std::span<Account* const> ordered) : accounts_(ordered) {
    for (Account* account : accounts_)
      account->mutex.lock();
  }
  ~LockAll() {
    for (Account* account : accounts_)
      account->mutex.unlock();
  }
  LockAll(const LockAll&) = delete;
  LockAll& operator=(const LockAll&) = delete;

 private:
  std::span<Account* const> accounts_;
};

RateView rates_of(const Account& account, Duration steady) {
  std::lock_guard lock(account.mutex);
  const Minute& minute = account.minute();
  if (!minute.contains(steady)) return {};
  return {minute.requests, minute.tokens, *minute.start + minutes(1) - steady};
}

CounterView to_view(const LiveCounter& counter) {
  return {counter.window, counter.period, counter.spent, counter.held};
}

}  // namespace

Hold& Hold::operator=(Hold&& other) noexcept {
  if (this == &other) return *this;
  assert(!open_);
  shape_ = std::move(other.shape_);
  amount_ = other.amount_;
  tokens_ = other.tokens_;
  admitted_ = other.admitted_;
  open_ = std::exchange(other.open_, false);
  return *this;
}

Hold::~Hold() {
  assert(!open_);
}

PlaceList Hold::places() const {
  return shape_ == nullptr ? PlaceList() : shape_->places;
}

bool HoldShape::contains(Time now) const {
  return std::all_of(counters.begin(), counters.end(),
                     [now](const Held& held) { return held.period.contains(now); });
}

Caller::Caller(Accounts& accounts, std::vector<Level> levels)
    : levels_(std::move(levels)), limits_money_(budget::limits_money(levels_)) {
  HoldShape shape;
  for (const Level& level : levels_)
    shape.by_level.push_back(&accounts.account(level.id));
  shape.to_lock = shape.by_level;
  std::sort(shape.to_lock.begin(), shape.to_lock.end());
  assert(std::adjacent_find(shape.to_lock.begin(), shape.to_lock.end()) == shape.to_lock.end());
  shape_ = std::make_shared<const HoldShape>(std::move(shape));
}

Accounts::Accounts(const date::time_zone* zone) : zone_(zone) {}
Accounts::~Accounts() = default;

std::size_t Accounts::LevelHash::operator()(const LevelId& level) const {
  std::hash<std::string> hash;
  return hash(level.id) * 31 + hash(level.model) * 7 + static_cast<std::size_t>(level.kind);
}

Account& Accounts::account(const LevelId& level) {
  const Sought sought{level, LevelHash{}(level)};
  Shard& home = shards_[sought.hash % shards_.size()];
  {
    std::shared_lock lock(home.mutex);
    auto found = home.accounts.find(sought);
    if (found != home.accounts.end()) return *found->second;
  }
  std::unique_lock lock(home.mutex);
  std::unique_ptr<Account>& slot = home.accounts[level];
  if (!slot) slot = std::make_unique<Account>(level);
  return *slot;
}

const Account* Accounts::find(const LevelId& level) const {
  const Sought sought{level, LevelHash{}(level)};
  const Shard& home = shards_[sought.hash % shards_.size()];
  std::shared_lock lock(home.mutex);
  auto found = home.accounts.find(sought);
  return found == home.accounts.end() ? nullptr : found->second.get();
}

std::shared_ptr<const HoldShape> Accounts::shape_of(const std::vector<Level>& levels,
                                                    const HoldShape& before, Time now) const {
  HoldShape shape;
  shape.by_level = before.by_level;
  shape.to_lock = before.to_lock;
  std::vector<Place> places;
  for (std::size_t i = 0; i < levels.size(); ++i)
    for (const BudgetRule& rule : levels[i].budgets) {
      const LiveCounter& counter =
          shape.by_level[i]->current(rule.window, now, levels[i].created, zone_);
      shape.counters.push_back({shape.by_level[i], rule.window, counter.period, rule.amount});
      places.push_back({levels[i].id, rule.window, counter.period});
    }
  shape.places = std::move(places);
  return std::make_shared<const HoldShape>(std::move(shape));
}

boost::system::result<Hold, Refusal> Accounts::hold(std::span<const Level> levels, const Need& need,
                                                    const Clocks& now) {
  Caller once(*this, {levels.begin(), levels.end()});
  return hold(once, need, now);
}

boost::system::result<Hold, Refusal> Accounts::hold(Caller& caller, const Need& need,
                                                    const Clocks& now) {
  const std::vector<Level>& levels = caller.levels_;
  // The lock outlives the other one, whatever takes its place.
  const std::shared_ptr<const HoldShape> before = caller.shape_;
  LockAll lock(before->to_lock);
  const bool is_known = !before->counters.empty() && before->contains(now.wall);
  if (!is_known) caller.shape_ = shape_of(levels, *before, now.wall);
  const HoldShape& shape = *caller.shape_;
  std::span<const Held> counters = shape.counters;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto own = counters.first(levels[i].budgets.size());
    counters = counters.subspan(own.size());
    if (std::optional<Refusal> broken = shape.by_level[i]->check(levels[i], own, need, now))
      return *std::move(broken);
  }
  for (Account* account : shape.by_level)
    account->admit(need, now.steady);
  for (const Held& held : shape.counters)
    held.account->counter(held.window, held.period).held += need.money;
  Hold hold;
  hold.shape_ = caller.shape_;
  hold.amount_ = need.money;
  hold.tokens_ = need.tokens;
  hold.admitted_ = now.steady;
  hold.open_ = true;
  return hold;
}

Money Accounts::draw(Hold& hold, Money want) {
  assert(hold.open_);
  LockAll lock(hold.shape_->to_lock);
  Money granted = want;
  for (const Held& held : hold.shape_->counters) {
    const LiveCounter& counter = held.account->counter(held.window, held.period);
    granted = std::min(granted, held.limit - counter.spent - counter.held);
  }
  if (granted <= Money{}) return Money{};
  for (const Held& held : hold.shape_->counters)
    held.account->counter(held.window, held.period).held += granted;
  hold.amount_ += granted;
  return granted;
}

Money Accounts::settle(Hold hold, Money charge, std::int64_t tokens, Time now) {
  assert(hold.open_);
  static_cast<void>(now);
  LockAll lock(hold.shape_->to_lock);
  for (const Held& held : hold.shape_->counters) {
    LiveCounter& counter = held.account->counter(held.window, held.period);
    counter.held -= hold.amount_;
    counter.spent += charge;
  }
  for (Account* account : hold.shape_->to_lock)
    account->leave(hold.tokens_, tokens, hold.admitted_);
  hold.open_ = false;
  return std::max(Money{}, charge - hold.amount_);
}

void Accounts::restore(const LevelId& level, const Window& window, const Period& period,
                       Money spent) {
  Account& home = account(level);
  std::lock_guard lock(home.mutex);
  home.counter(window, period).spent = spent;
}

void Accounts::charge(const LevelId& level, const Window& window, const Period& period,
                      Money amount) {
  Account& home = account(level);
  std::lock_guard lock(home.mutex);
  home.counter(window, period).spent += amount;
}

void Accounts::release(const LevelId& level, const Window& window, const Period& period,
                       Money amount) {
  Account& home = account(level);
  std::lock_guard lock(home.mutex);
  for (LiveCounter& counter : home.counters())
    if (counter.window == window && counter.period.start == period.start) counter.spent -= amount;
}

std::vector<CounterView> Accounts::reset(const LevelId& level, Time now) {
  Account& home = account(level);
  std::lock_guard lock(home.mutex);
  std::vector<CounterView> before;
  for (LiveCounter& counter : home.counters()) {
    if (!counter.period.contains(now)) continue;
    before.push_back(to_view(counter));
    counter.spent = Money{};
  }
  return before;
}

std::vector<CounterView> Accounts::view(const LevelId& level) const {
  const Account* home = find(level);
  std::vector<CounterView> views;
  if (home == nullptr) return views;
  std::lock_guard lock(home->mutex);
  for (const LiveCounter& counter : home->counters())
    views.push_back(to_view(counter));
  return views;
}

Money Accounts::spent(const LevelId& level, const Window& window) const {
  const Account* home = find(level);
  if (home == nullptr) return {};
  std::lock_guard lock(home->mutex);
  const LiveCounter* latest = nullptr;
  for (const LiveCounter& counter : home->counters())
    if (counter.window == window && (!latest || counter.period.start > latest->period.start))
      latest = &counter;
  return latest == nullptr ? Money{} : latest->spent;
}

Money Accounts::spent(const Hold& hold, const Window& window) const {
  if (hold.shape_ == nullptr || hold.shape_->by_level.empty()) return {};
  Account* const first = hold.shape_->by_level.front();
  for (const Held& held : hold.shape_->counters) {
    if (held.account != first || held.window != window) continue;
    std::lock_guard lock(first->mutex);
    return first->counter(held.window, held.period).spent;
  }
  return {};
}

RateView Accounts::rates(const LevelId& level, Duration steady) const {
  const Account* home = find(level);
  return home == nullptr ? RateView{} : rates_of(*home, steady);
}

RateView Accounts::rates(const Hold& hold, std::size_t level, Duration steady) const {
  return hold.shape_ == nullptr ? RateView{} : rates_of(*hold.shape_->by_level[level], steady);
}

std::int64_t Accounts::running(const LevelId& level) const {
  const Account* home = find(level);
  if (home == nullptr) return 0;
  std::lock_guard lock(home->mutex);
  return home->running();
}

void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where) {
  throw std::logic_error(std::string(where.function_name()) +
                         ": unchecked refusal: " + to_error(refusal).message);
}

}  // namespace litegw::budget
