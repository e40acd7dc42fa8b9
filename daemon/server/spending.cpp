#include "daemon/server/spending.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "daemon/budget/levels.h"
#include "daemon/net/await_callback.h"

namespace litegw::server {
namespace {

constexpr std::size_t max_cached_callers = 4096;
// Most requests are over before the store's next commit.
constexpr milliseconds journal_delay{20};
constexpr milliseconds lag_poll{5};
constexpr seconds longest_lag{30};
// Money is drawn before the output that it pays for arrives.
constexpr std::int64_t draw_ahead = 1024;
// A hold that is older than any answer can take is worth a warning.
constexpr hours hold_deadline{1};

// The same cautious rate as for prompts: more tokens than there will be.
std::int64_t tokens_in(std::uint64_t bytes) {
  return static_cast<std::int64_t>(bytes / 2) + 1;
}

}  // namespace

Spending::Spending(Services& services, const requestlog::Row& row,
                   const config::LimitSettings& limits)
    : services_(services), row_(row), limits_(limits) {}

Spending::~Spending() {
  if (!hold_.open()) return;
  // Outcome settles on every exit; should one be missed, money must not stay held for ever.
  spdlog::error("a hold was not settled request={}", row_.id);
  settle(hold_.amount(), 0, wall_clock());
}

std::optional<budget::Refusal> Spending::hold(SpendingPlan plan, Time now) {
  plan_ = std::move(plan);
  admitted_ = now;
  for (const TargetPtr& target : plan_.targets)
    prices_.push_back(target->priced ? &target->price : nullptr);
  const budget::Estimate estimate = budget::estimate(plan_.ask, prices_, limits_.overrun);
  const net::Clock::time_point admitted = net::Clock::now();
  const budget::Clocks clocks{now, steady_time(admitted)};
  std::optional<budget::Refusal> broken = take(estimate, clocks);
  if (broken) broken = hold_less(std::move(*broken), estimate, clocks);
  if (broken) return broken;
  if (!clamped_ && plan_.may_clamp && !plan_.ask.output_limit && has_unknown_limit())
    clamped_ = budget::unknown_output_limit;
  if (limits_.journal == config::Journal::group) journal_soon(admitted);
  return std::nullopt;
}

void Spending::journal_soon(net::Clock::time_point admitted) {
  // Where little may be lost, what is not journalled would hold up the others.
  if (limits_.journal_lag < journal_delay * 5) return write_journal();
  if (services_.admissions == nullptr) services_.admissions = &services_.store.add_admissions();
  unjournalled_.emplace(*services_.admissions, admitted);
  soon_.emplace(services_.deadlines, [this] { write_journal(); });
  soon_->expires_after(journal_delay);
}

// What is left may pay for a shorter answer. Other requests take and give back meanwhile: the level
// that refuses, and what it has left, may change between two tries.
std::optional<budget::Refusal> Spending::hold_less(budget::Refusal broken,
                                                   const budget::Estimate& wanted,
                                                   const budget::Clocks& now) {
  const bool refuse = limits_.overrun == config::Overrun::refuse;
  if (refuse && !limits_.clamp) return broken;
  const std::int64_t choices = std::max<std::int64_t>(1, plan_.ask.choices);
  constexpr int tries = 4;
  for (int i = 0; i < tries; ++i) {
    if (broken.what != budget::Refusal::What::money) return broken;
    budget::Ask less = plan_.ask;
    less.output_limit =
        std::min(budget::affordable_output(plan_.ask, prices_, limits_.overrun, broken.left),
                 wanted.output_tokens / choices);
    if (*less.output_limit <= 0) return broken;
    auto again = take(budget::estimate(less, prices_, limits_.overrun), now);
    if (!again && plan_.may_clamp) clamped_ = less.output_limit;
    if (!again) return std::nullopt;
    broken = std::move(*again);
  }
  return broken;
}

// Under `refuse` the whole output is paid for, so it must be known.
bool Spending::has_unknown_limit() const {
  if (limits_.overrun != config::Overrun::refuse) return false;
  return std::any_of(prices_.begin(), prices_.end(), [](const ledger::Price* price) {
    return price == nullptr || price->max_output == 0;
  });
}

std::optional<budget::Refusal> Spending::take(const budget::Estimate& estimate,
                                              const budget::Clocks& now) {
  auto held = services_.accounts.hold(*plan_.caller, estimate.need(), now);
  if (!held) return std::move(held.error());
  hold_ = std::move(*held);
  paid_output_ = estimate.output_tokens;
  return std::nullopt;
}

budget::Purpose Spending::purpose() const {
  budget::Purpose purpose;
  purpose.request_id = row_.id;
  purpose.key_id = row_.key_id;
  purpose.key_name = row_.key_name;
  purpose.user_id = row_.user_id;
  purpose.team_id = row_.team_id;
  purpose.model = row_.model;
  purpose.provider = plan_.targets.front()->deployment->provider;
  return purpose;
}

budget::OpenHold Spending::open_hold() const {
  budget::OpenHold open;
  open.number = number_;
  open.purpose = purpose();
  open.admitted = admitted_;
  open.deadline = admitted_ + hold_deadline;
  open.amount = hold_.amount();
  open.places = hold_.places();
  return open;
}

void Spending::write_journal(store::Done done) {
  if (number_ == 0) number_ = services_.store.next_hold();
  services_.store.hold(open_hold(), std::move(done));
  unjournalled_.reset();
}

net::Task<Status> Spending::commit_hold() {
  auto start = [this](std::function<void(Status)> done) {
    write_journal(std::move(done));
  };
  net::Task<Status> committing = net::await_callback<Status>(services_.executor, start);
  Status committed = co_await std::move(committing);
  co_return committed;
}

bool Spending::lags() const {
  return services_.store.journal_lag_ms() > limits_.journal_lag / milliseconds(1);
}

bool Spending::must_wait() const {
  return hold_.open() && (limits_.journal == config::Journal::strict || lags());
}

net::Task<Status> Spending::journalled() {
  if (!hold_.open()) co_return Status();
  if (limits_.journal == config::Journal::strict) {
    Status committed = co_await commit_hold();
    co_return committed;
  }
  const auto until = net::Clock::now() + longest_lag;
  while (lags()) {
    if (net::Clock::now() > until)
      co_return make_error(ErrorCode::store_unavailable, "the store does not keep up with requests",
                           "see `litegw status`: store lag");
    net::Timer timer(services_.executor);
    timer.expires_after(lag_poll);
    co_await timer.async_wait(net::nothrow);
  }
  co_return Status();
}

bool Spending::covers(std::uint64_t output_bytes) {
  if (!hold_.open()) return true;
  const std::int64_t written = tokens_in(output_bytes);
  while (written + draw_ahead > paid_output_) {
    const Money price = budget::output_cost(budget::first_output_tokens, prices_);
    if (price.is_zero()) return true;
    const Money drawn = services_.accounts.draw(hold_, price);
    if (drawn.is_zero()) break;
    const auto share = static_cast<__int128>(budget::first_output_tokens) * drawn.nano();
    paid_output_ += static_cast<std::int64_t>(share / price.nano());
    drawn_ = true;
    if (limits_.journal == config::Journal::group) write_journal();
    if (drawn < price) break;
  }
  return written < paid_output_ || limits_.overrun == config::Overrun::allow;
}

std::optional<budget::Entry> Spending::settle(Money charge, std::int64_t tokens, Time now) {
  soon_.reset();
  if (!hold_.open()) return std::nullopt;
  budget::Entry entry;
  entry.kind = budget::Entry::Kind::settle;
  entry.hold = number_;
  entry.time = now;
  entry.places = hold_.places();
  entry.amount = charge;
  entry.over = services_.accounts.settle(std::move(hold_), charge, tokens, now);
  if (number_ == 0 && charge.is_zero()) return std::nullopt;
  return entry;
}

Money Spending::key_spent() const {
  if (plan_.caller == nullptr || plan_.caller->levels().empty()) return {};
  if (hold_.open()) return services_.accounts.spent(hold_, budget::lifetime.window);
  return services_.accounts.spent(plan_.caller->levels().front().id, budget::lifetime.window);
}

Duration steady_time(net::Clock::time_point now) {
  return std::chrono::floor<Duration>(now.time_since_epoch());
}

Error out_of_money() {
  return make_error(ErrorCode::budget_exceeded,
                    "the answer was ended because a budget above it is used up");
}

CallerPtr CallerCache::find(budget::Accounts& accounts, const auth::Principal& principal,
                            const std::string& model) {
  if (principal.key == nullptr) return nullptr;
  if (entries_.size() > max_cached_callers) entries_.clear();
  sought_.assign(principal.key_id).append(1, '\n').append(model);
  Entry& entry = entries_[sought_];
  const bool same = entry.caller != nullptr && entry.key == principal.key &&
                    entry.user == principal.user && entry.team == principal.team;
  if (same) return entry.caller;
  entry = {principal.key, principal.user, principal.team, nullptr};
  entry.caller = std::make_shared<budget::Caller>(
      accounts,
      budget::levels_of({principal.key.get(), principal.user.get(), principal.team.get()}, model));
  return entry.caller;
}

}  // namespace litegw::server
