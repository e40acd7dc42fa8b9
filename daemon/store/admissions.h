// Requests of one event loop that were admitted and that the journal has not been told of yet: most
// are over before it would be. They count for the journal's lag like what waits for the disk, so
// that limits.journal_lag bounds what a crash can lose also when a thread gets no processor for a
// while.
//
// One list per event loop, used on its thread; `oldest` from any thread. Lives as long as the
// store.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace litegw::store {

class Admission;

class Admissions {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Admissions(const Admissions* next) : next_(next) {}
  Admissions(const Admissions&) = delete;
  Admissions& operator=(const Admissions&) = delete;

  // Nanoseconds of Clock; 0 = none.
  std::int64_t oldest() const { return oldest_.load(std::memory_order_acquire); }
  const Admissions* next() const { return next_; }

 private:
  friend class Admission;
  void publish();

  const Admissions* next_;  // of another loop
  Admission* first_ = nullptr;
  Admission* last_ = nullptr;
  std::atomic<std::int64_t> oldest_{0};
};

// One of them, from its admission until it is destroyed. They come in the order of their times.
class Admission {
 public:
  Admission(Admissions& all, Admissions::Clock::time_point since);
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

 private:
  friend class Admissions;
  Admissions& all_;
  std::int64_t since_;
  Admission* previous_;
  Admission* next_ = nullptr;
};

}  // namespace litegw::store
