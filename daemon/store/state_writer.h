// The one writer of the state environment. Changes (keys) are committed at once and answered after
// the commit; rows add to the sums of their hours and are committed 25 ms after the first of them,
// then handed to the log writer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/requestlog/row.h"
#include "daemon/store/environment.h"
#include "daemon/store/store.h"

namespace litegw::store {

inline constexpr std::size_t queue_limit = 100'000;

class StateWriter {
 public:
  using Rows = std::vector<requestlog::Row>;
  // May run twice: in a group, and alone when the group failed. Checks before it writes.
  using Change = std::function<Status(WriteTxn&)>;
  struct Hooks {  // all run on the writer's thread
    std::function<void()> started;
    std::function<void(WriteTxn&, Rows&)> add_rows;  // gives each its sequence
    std::function<void(WriteTxn&)> probe;            // writes something small: is there room again?
    std::function<void()> not_committed;
    std::function<void(Rows)> committed;
    std::function<void()> every_minute;
  };

  StateWriter(const Environment& state, Hooks hooks);
  ~StateWriter();  // commits what is queued

  void submit(Change change, Done done);
  bool enqueue(requestlog::Row&& row);  // false = the queue is full, the row is gone
  void flush();

  bool full() const { return full_.load(std::memory_order_relaxed); }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  std::uint64_t queued() const;
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  std::int64_t lag_ms() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Item {
    Change change;
    Done done;
  };
  struct Batch {
    Rows rows;
    std::vector<Item> changes;
  };

  void run();
  bool wait_for_work(Batch& batch);  // false = stopping and nothing is left
  void write(Batch& batch);
  int commit(Rows& rows, std::vector<Item>& changes, std::vector<Status>& results);
  void write_one_by_one(Batch& batch);
  void write_rows_alone(Rows& rows);
  void probe();
  void give_up(int code);
  void finish(std::size_t items);

  const Environment& state_;
  Hooks hooks_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, finished_;
  Rows rows_;
  std::vector<Item> changes_;
  Clock::time_point first_row_{};
  Clock::time_point retry_at_{};  // after a full disk
  Clock::time_point next_check_{};
  std::uint64_t queued_total_ = 0, finished_total_ = 0;
  bool stopping_ = false, hurry_ = false;
  std::atomic<bool> full_{false}, failed_{false};
  std::atomic<std::uint64_t> dropped_{0};
  std::thread thread_;
};

}  // namespace litegw::store
