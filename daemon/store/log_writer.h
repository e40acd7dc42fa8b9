// The one writer of the request log: rows that the state writer has committed, every 250 ms, or
// sooner when a hundred and fifty wait, so that a killed daemon misses few.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/requestlog/row.h"
#include "daemon/store/segments.h"

namespace litegw::store {

class LogWriter {
 public:
  using Rows = std::vector<requestlog::Row>;
  using Listener = std::function<void(std::uint64_t last_sequence)>;

  explicit LogWriter(Segments& segments);
  ~LogWriter();  // commits what is queued

  void enqueue(Rows& rows);  // leaves it empty, with memory for the next ones
  void flush();
  void set_listener(Listener listener);

  bool full() const { return full_.load(std::memory_order_relaxed); }
  std::uint64_t queued() const;
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  std::uint64_t last_sequence() const { return last_sequence_.load(std::memory_order_acquire); }
  std::int64_t lag_ms() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool wait_for_work(Rows& rows);
  void write(Rows& rows);
  void put_back(Rows& rows);

  Segments& segments_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, finished_;
  Rows rows_;
  Listener listener_;
  Clock::time_point first_row_{}, last_commit_{}, retry_at_{}, next_check_{};
  std::uint64_t queued_total_ = 0, finished_total_ = 0;
  bool stopping_ = false, hurry_ = false;
  std::atomic<bool> full_{false};
  std::atomic<std::uint64_t> dropped_{0}, last_sequence_{0};
  std::thread thread_;
};

}  // namespace litegw::store
