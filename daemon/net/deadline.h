// Deadlines that cost next to nothing to move: a wheel with one timer per event loop. Setting a
// deadline later than before only stores a number; no timer system call is made per request.
// Everything here lives on its loop's thread.
//
//   net::Deadline deadline(wheel, [&] { transport.abort(); });
//   deadline.expires_after(seconds(5));
//   auto [ec, n] = co_await transport.read_some(buffer);
//   if (deadline.expired()) ...   // it ran out; ec is operation_aborted
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "daemon/net/task.h"

namespace litegw::net {

class DeadlineWheel;

// One deadline of one object. Unset at first. The action runs at most once per setting, on the
// loop, up to 20 ms late and never early. Destroying it unsets it; the action must not do that.
class Deadline {
 public:
  Deadline(DeadlineWheel& wheel, std::function<void()> action)
      : wheel_(wheel), action_(std::move(action)) {}
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void expires_after(std::chrono::microseconds wait);
  void clear() { due_ = never; }
  // The action has run since the deadline was last set.
  bool expired() const { return expired_; }

 private:
  friend class DeadlineWheel;
  static constexpr std::int64_t never = INT64_MAX;

  DeadlineWheel& wheel_;
  std::function<void()> action_;
  std::int64_t due_ = never;     // tick; the truth
  std::int64_t linked_ = never;  // tick of the slot it hangs in, at most due_; never = in no slot
  Deadline* next_ = nullptr;
  Deadline** previous_ = nullptr;
  bool expired_ = false;
};

class DeadlineWheel {
 public:
  explicit DeadlineWheel(Executor executor);
  ~DeadlineWheel();
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  static constexpr std::chrono::milliseconds tick{10};

 private:
  friend class Deadline;
  static constexpr std::size_t slots = 1024;  // 10 s; what is due later is looked at again

  void link(Deadline& deadline);
  static void unlink(Deadline& deadline);
  void arm(std::int64_t at);
  void turn();
  std::int64_t next_used_slot() const;

  Timer timer_;
  std::array<Deadline*, slots> heads_{};
  std::int64_t turned_;                   // every slot up to this tick has been looked at
  std::int64_t armed_ = Deadline::never;  // tick the timer is set to
  bool turning_ = false;
  std::uint64_t armings_ = 0;  // tells a stale wait from the current one
};

}  // namespace litegw::net
