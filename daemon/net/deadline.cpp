#include "daemon/net/deadline.h"

#include <algorithm>

namespace litegw::net {
namespace {

std::int64_t tick_of(Clock::time_point time) {
  return time.time_since_epoch() / DeadlineWheel::tick;
}

}  // namespace

Deadline::~Deadline() {
  DeadlineWheel::unlink(*this);
}

void Deadline::expires_after(std::chrono::microseconds wait) {
  expired_ = false;
  // One tick more, since the current one has partly passed: never early.
  due_ = tick_of(Clock::now() + wait) + 1;
  if (linked_ <= due_) return;
  DeadlineWheel::unlink(*this);
  wheel_.link(*this);
}

DeadlineWheel::DeadlineWheel(Executor executor)
    : timer_(executor), turned_(tick_of(Clock::now())) {}

DeadlineWheel::~DeadlineWheel() {
  for (Deadline*& head : heads_)
    while (head != nullptr)
      unlink(*head);
}

void DeadlineWheel::link(Deadline& deadline) {
  const std::int64_t last = turned_ + static_cast<std::int64_t>(slots) - 1;
  deadline.linked_ = std::clamp(deadline.due_, turned_ + 1, last);
  Deadline*& head = heads_[static_cast<std::size_t>(deadline.linked_) % slots];
  deadline.next_ = head;
  deadline.previous_ = &head;
  if (head != nullptr) head->previous_ = &deadline.next_;
  head = &deadline;
  if (!turning_ && deadline.linked_ < armed_) arm(deadline.linked_);
}

void DeadlineWheel::unlink(Deadline& deadline) {
  if (deadline.previous_ == nullptr) return;
  *deadline.previous_ = deadline.next_;
  if (deadline.next_ != nullptr) deadline.next_->previous_ = deadline.previous_;
  deadline.next_ = nullptr;
  deadline.previous_ = nullptr;
  deadline.linked_ = Deadline::never;
}

void DeadlineWheel::arm(std::int64_t at) {
  armed_ = at;
  timer_.expires_at(Clock::time_point(at * tick));
  timer_.async_wait([this, arming = ++armings_](error_code ec) {
    // An aborted wait may belong to a wheel that is no more.
    if (ec || arming != armings_) return;
    turn();
  });
}

void DeadlineWheel::turn() {
  turning_ = true;
  const std::int64_t now = tick_of(Clock::now());
  // A slot holds only what was linked for this round, so one round is the most there is to see.
  const std::int64_t first = std::max(turned_ + 1, now - static_cast<std::int64_t>(slots) + 1);
  for (std::int64_t at = first; at <= now; ++at) {
    turned_ = at;
    Deadline*& head = heads_[static_cast<std::size_t>(at) % slots];
    // Actions may link and unlink at will; what hangs here is taken one by one.
    while (head != nullptr) {
      Deadline& deadline = *head;
      unlink(deadline);
      if (deadline.due_ == Deadline::never) continue;
      if (deadline.due_ > now) {
        link(deadline);
        continue;
      }
      deadline.due_ = Deadline::never;
      deadline.expired_ = true;
      deadline.action_();
    }
  }
  turned_ = now;
  turning_ = false;
  armed_ = Deadline::never;
  const std::int64_t next = next_used_slot();
  if (next != Deadline::never) arm(next);
}

std::int64_t DeadlineWheel::next_used_slot() const {
  for (std::int64_t at = turned_ + 1; at < turned_ + static_cast<std::int64_t>(slots); ++at)
    if (heads_[static_cast<std::size_t>(at) % slots] != nullptr) return at;
  return Deadline::never;
}

}  // namespace litegw::net
