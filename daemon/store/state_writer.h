// The one writer of the state environment. Changes (keys, resets) are committed at once and
// answered after the commit; what requests bring (holds, rows, charges) is committed 25 ms after
// the first of it, under steady load 100 ms after the group before or when 1,000 wait, at once when
// a hold waits for its commit, and the rows then go to the log writer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/budget/journal.h"
#include "daemon/requestlog/row.h"
#include "daemon/store/environment.h"
#include "daemon/store/store.h"

namespace litegw::store {

inline constexpr std::size_t queue_limit = 100'000;

// Milliseconds since `then`, in nanoseconds of the steady clock; 0 for 0.
std::int64_t age_ms(std::int64_t then);

// What a request row changes besides the sums.
struct Charge {
  budget::Entry::Kind kind = budget::Entry::Kind::settle;
  std::uint64_t hold = 0;  // that this ends; 0 = none
  Money amount, over;
  budget::PlaceList places;
};

class StateWriter {
 public:
  using Rows = std::vector<requestlog::Row>;
  struct PendingHold {
    budget::OpenHold hold;
    Done done;  // may be null
  };
  struct Requests {
    std::vector<PendingHold> holds;
    Rows rows;
    std::vector<Charge> charges;  // one for each row
    std::size_t items() const { return holds.size() + rows.size(); }
  };
  // May run twice: in a group, and alone when the group failed. Checks before it writes; one that
  // fails after it has written calls `fail` of the transaction.
  using Change = std::function<Status(WriteTxn&)>;
  struct Hooks {  // all run on the writer's thread
    std::function<void()> started;
    std::function<void(WriteTxn&, Requests&)> add_requests;  // gives each row its sequence
    std::function<void(WriteTxn&)> probe;  // writes something small: is there room again?
    std::function<void()> not_committed;
    std::function<void(Rows&)> committed;  // takes them
    std::function<void()> every_minute;
    std::function<bool(WriteTxn&)> tidy;  // some of the work that comes up each minute; true = more
  };

  StateWriter(const Environment& state, Hooks hooks);
  ~StateWriter();  // commits what is queued

  void submit(Change change, Done done);
  bool enqueue(requestlog::Row&& row, Charge&& charge);  // false = the queue is full, both are gone
  void hold(budget::OpenHold&& hold, Done done);         // with `done`: committed at once
  void flush();

  bool full() const { return full_.load(std::memory_order_relaxed); }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  // So much waits that new requests should not add to it.
  bool crowded() const { return waiting_.load(std::memory_order_relaxed) > queue_limit / 10 * 9; }
  std::uint64_t queued() const;
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  // When the oldest hold or row came that is not on disk: nanoseconds of the steady clock, 0 =
  // none.
  std::int64_t oldest() const;
  std::int64_t lag_ms() const { return age_ms(oldest()); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Item {
    Change change;
    Done done;
  };
  struct Batch {
    Requests requests;
    std::vector<Item> changes;
  };

  void run();
  bool wait_for_work(Batch& batch);  // false = stopping and nothing is left
  Clock::time_point due_at() const;
  Clock::time_point next_wake(Clock::time_point now) const;
  void take(Batch& batch, bool requests);
  bool note_item();  // under the mutex; true = the writer has to be woken
  void write(Batch& batch);
  int commit(Requests& requests, std::vector<Item>& changes, std::vector<Status>& results);
  void committed(Requests& requests);
  void write_one_by_one(Batch& batch);
  void write_alone(Requests& requests);
  void put_back(Requests& requests, int code);
  void lose(Requests& requests, int code);
  void split(Requests& requests);
  void tidy();
  void probe();
  void give_up(int code);
  void finish(std::size_t items);

  const Environment& state_;
  Hooks hooks_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, finished_;
  Requests requests_;
  std::vector<Item> changes_;
  Clock::time_point first_{};       // when the oldest of requests_ came
  Clock::time_point last_group_{};  // when the last requests_ were taken
  Clock::time_point retry_at_{};    // after a full disk
  Clock::time_point next_check_{};
  std::uint64_t queued_total_ = 0, finished_total_ = 0;
  std::size_t last_rows_ = 0;  // of the last group: the next one will be about as large
  bool stopping_ = false, hurry_ = false, tidying_ = false;
  std::atomic<bool> full_{false}, failed_{false};
  std::atomic<std::uint64_t> dropped_{0}, waiting_{0};
  // Nanoseconds of Clock; 0 = none.
  std::atomic<std::int64_t> oldest_waiting_{0}, oldest_in_flight_{0};
  std::thread thread_;
};

}  // namespace litegw::store
