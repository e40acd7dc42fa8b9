#include "daemon/budget/accounts.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <stdexcept>

#include "daemon/budget/account.h"
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
  std::span<Account* const>
      accounts_;  // of the vector's storage, which stays where it is when a Hold moves
};

CounterView to_view(const LiveCounter& counter) {
  return {counter.window, counter.period, counter.spent, counter.held};
}

}  // namespace

Hold& Hold::operator=(Hold&& other) noexcept {
  if (this == &other) return *this;
  assert(!open_);
  at_ = std::move(other.at_);
  accounts_ = std::move(other.accounts_);
  amount_ = other.amount_;
  tokens_ = other.tokens_;
  admitted_ = other.admitted_;
  open_ = std::exchange(other.open_, false);
  return *this;
}

Hold::~Hold() {
  assert(!open_);
}

std::vector<Place> Hold::places() const {
  std::vector<Place> places;
  places.reserve(at_.size());
  for (const At& at : at_)
    places.push_back({at.account->level(), at.window, at.period});
  return places;
}

Accounts::Accounts(const date::time_zone* zone) : zone_(zone) {}
Accounts::~Accounts() = default;

std::size_t Accounts::LevelHash::operator()(const LevelId& level) const {
  std::hash<std::string> hash;
  return hash(level.id) * 31 + hash(level.model) * 7 + static_cast<std::size_t>(level.kind);
}

Account& Accounts::account(const LevelId& level) {
  Shard& home = shard(level);
  {
    std::shared_lock lock(home.mutex);
    auto found = home.accounts.find(level);
    if (found != home.accounts.end()) return *found->second;
  }
  std::unique_lock lock(home.mutex);
  std::unique_ptr<Account>& slot = home.accounts[level];
  if (!slot) slot = std::make_unique<Account>(level);
  return *slot;
}

const Account* Accounts::find(const LevelId& level) const {
  const Shard& home = shard(level);
  std::shared_lock lock(home.mutex);
  auto found = home.accounts.find(level);
  return found == home.accounts.end() ? nullptr : found->second.get();
}

boost::system::result<Hold, Refusal> Accounts::hold(std::span<const Level> levels, const Need& need,
                                                    const Clocks& now) {
  Hold hold;
  boost::container::small_vector<Account*, 6> by_level;
  for (const Level& level : levels)
    by_level.push_back(&account(level.id));
  hold.accounts_ = by_level;
  std::sort(hold.accounts_.begin(), hold.accounts_.end());
  assert(std::adjacent_find(hold.accounts_.begin(), hold.accounts_.end()) == hold.accounts_.end());
  // The lock outlives `hold` on return, so it has its own list.
  boost::container::small_vector<Account*, 6> by_address = hold.accounts_;

  LockAll lock(by_address);
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (std::optional<Refusal> broken = by_level[i]->check(levels[i], need, now, zone_))
      return *std::move(broken);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    by_level[i]->admit(need, now.steady);
    for (const BudgetRule& rule : levels[i].budgets) {
      LiveCounter& counter = by_level[i]->current(rule.window, now.wall, levels[i].created, zone_);
      hold.at_.push_back({by_level[i], rule.window, counter.period, rule.amount});
      counter.held += need.money;
    }
  }
  hold.amount_ = need.money;
  hold.tokens_ = need.tokens;
  hold.admitted_ = now.steady;
  hold.open_ = true;
  return hold;
}

Money Accounts::draw(Hold& hold, Money want) {
  assert(hold.open_);
  LockAll lock(hold.accounts_);
  Money granted = want;
  for (const Hold::At& at : hold.at_) {
    const LiveCounter& counter = at.account->counter(at.window, at.period);
    granted = std::min(granted, at.limit - counter.spent - counter.held);
  }
  if (granted <= Money{}) return Money{};
  for (const Hold::At& at : hold.at_)
    at.account->counter(at.window, at.period).held += granted;
  hold.amount_ += granted;
  return granted;
}

Money Accounts::settle(Hold hold, Money charge, std::int64_t tokens, Time now) {
  assert(hold.open_);
  static_cast<void>(now);
  LockAll lock(hold.accounts_);
  for (const Hold::At& at : hold.at_) {
    LiveCounter& counter = at.account->counter(at.window, at.period);
    counter.held -= hold.amount_;
    counter.spent += charge;
  }
  for (Account* account : hold.accounts_)
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
  if (hold.at_.empty()) return {};
  Account* const first = hold.at_.front().account;
  for (const Hold::At& at : hold.at_) {
    if (at.account != first || at.window != window) continue;
    std::lock_guard lock(first->mutex);
    return first->counter(at.window, at.period).spent;
  }
  return {};
}

RateView Accounts::rates(const LevelId& level, Duration steady) const {
  const Account* home = find(level);
  if (home == nullptr) return {};
  std::lock_guard lock(home->mutex);
  const Minute& minute = home->minute();
  if (!minute.contains(steady)) return {};
  return {minute.requests, minute.tokens, *minute.start + minutes(1) - steady};
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
