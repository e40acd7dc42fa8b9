// The money of one request: what it may cost is set aside at all its levels before an upstream is
// called, more is drawn while a long answer streams, and the true charge takes its place at the
// end. One per request, used on its event loop; Outcome owns it and ends it on every exit.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "daemon/budget/accounts.h"
#include "daemon/budget/estimate.h"
#include "daemon/net/deadline.h"
#include "daemon/server/services.h"
#include "daemon/server/targets.h"
#include "daemon/store/admissions.h"

namespace litegw::server {

using CallerPtr = std::shared_ptr<budget::Caller>;
using TargetList = boost::container::small_vector<TargetPtr, 2>;

// What a request asks of its levels.
struct SpendingPlan {
  CallerPtr caller;
  TargetList targets;  // that may serve it: the dearest of them counts
  budget::Ask ask;
  bool may_clamp = false;  // the upstream can be told to write less than was asked for
};

class Spending {
 public:
  // The row says whom the money is for; it and the settings outlive this.
  Spending(Services& services, const requestlog::Row& row, const config::LimitSettings& limits);
  ~Spending();
  Spending(const Spending&) = delete;
  Spending& operator=(const Spending&) = delete;

  // Sets money aside; at most once. A refusal leaves nothing behind.
  std::optional<budget::Refusal> hold(SpendingPlan plan, Time now);
  bool open() const { return hold_.open(); }
  const budget::Caller* caller() const { return plan_.caller.get(); }  // null = nothing was held
  Money held() const { return hold_.amount(); }
  // The output limit (per choice) to send upstream because no more is paid for.
  std::optional<std::int64_t> clamped_output() const { return clamped_; }
  // Has `journalled` anything to wait for?
  bool must_wait() const;
  // With limits.journal: strict, waits until the hold is on disk; else until the journal is not
  // further behind than limits.journal_lag. Fails with store_unavailable.
  net::Task<Status> journalled();

  // So much output has been streamed. Draws ahead of it; false = nothing is left, the stream has to
  // end (never with limits.overrun: allow).
  bool covers(std::uint64_t output_bytes);
  // More was drawn, and limits.journal wants what it pays for to wait: call `journalled` before
  // going on. True once for each draw.
  bool waits() { return std::exchange(drawn_, false) && must_wait(); }

  // Replaces the hold by `charge`; the entry is for the store, which knows the purpose from the
  // row. nullopt when there was no hold and there is nothing to book.
  std::optional<budget::Entry> settle(Money charge, std::int64_t tokens, Time now);
  // What the key has spent in its life, this request not counted while it is under way.
  Money key_spent() const;
  // What is used of the minute of one of its caller's levels, by its number there.
  budget::RateView rates(std::size_t level, Duration steady) const {
    return services_.accounts.rates(hold_, level, steady);
  }

 private:
  std::optional<budget::Refusal> hold_less(budget::Refusal broken, const budget::Estimate& wanted,
                                           const budget::Clocks& now);
  void journal_soon(net::Clock::time_point admitted);
  std::optional<budget::Refusal> take(const budget::Estimate& estimate, const budget::Clocks& now);
  bool has_unknown_limit() const;
  net::Task<Status> commit_hold();
  void write_journal(store::Done done = nullptr);
  budget::OpenHold open_hold() const;

  budget::Purpose purpose() const;
  bool lags() const;

  Services& services_;
  const requestlog::Row& row_;
  const config::LimitSettings& limits_;
  SpendingPlan plan_;
  boost::container::small_vector<const ledger::Price*, 2> prices_;
  budget::Hold hold_;
  std::uint64_t number_ = 0;  // in the journal; 0 = not there
  std::int64_t paid_output_ = 0;
  bool drawn_ = false;
  std::optional<std::int64_t> clamped_;
  Time admitted_{};
  // A request that is over within a moment needs no journal: it is settled before its hold would
  // be on disk. Until one or the other it counts for the journal's lag.
  std::optional<net::Deadline> soon_;
  std::optional<store::Admission> unjournalled_;
};

// As Accounts counts minutes by.
Duration steady_time(net::Clock::time_point now);

// Why an answer was ended before its model had: for its row.
Error out_of_money();

// The levels of callers, made once per change of their records. One per event loop.
class CallerCache {
 public:
  // Null for the master key, which nothing bounds.
  CallerPtr find(budget::Accounts& accounts, const auth::Principal& principal,
                 const std::string& model);

 private:
  struct Entry {
    std::shared_ptr<const auth::VirtualKey> key;
    std::shared_ptr<const auth::Owner> user, team;
    CallerPtr caller;
  };
  std::unordered_map<std::string, Entry> entries_;  // by key id and model
  std::string sought_;                              // kept for its memory
};

}  // namespace litegw::server
