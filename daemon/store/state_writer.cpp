#include "daemon/store/state_writer.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <spdlog/spdlog.h>

namespace litegw::store {
namespace {

constexpr auto rhythm = std::chrono::milliseconds(25);
// Between two groups of requests, as long as they are small: a commit costs as much as ten of them.
constexpr auto longest_rhythm = std::chrono::milliseconds(100);
constexpr std::size_t large_group = 1000;
constexpr auto full_retry = std::chrono::seconds(1);
constexpr auto check_rhythm = std::chrono::minutes(1);
constexpr auto tidy_pause = std::chrono::milliseconds(5);
constexpr std::size_t usual_rows = 64;
constexpr std::size_t kept_capacity = 4096;  // rows; what a burst needed is given back

bool is_full(int code) {
  return lmdb_error(code, {}).code == ErrorCode::store_full;
}

std::int64_t nanoseconds(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

template <class T>
void prepend(std::vector<T>& into, std::vector<T>& items, std::size_t kept) {
  into.insert(into.begin(), std::make_move_iterator(items.end() - static_cast<long>(kept)),
              std::make_move_iterator(items.end()));
}

}  // namespace

std::int64_t age_ms(std::int64_t then) {
  return then == 0 ? 0 : (nanoseconds(std::chrono::steady_clock::now()) - then) / 1'000'000;
}

StateWriter::StateWriter(const Environment& state, Hooks hooks)
    : state_(state), hooks_(std::move(hooks)) {
  next_check_ = Clock::now() + check_rhythm;
  tidying_ = true;
  thread_ = std::thread([this] { run(); });
}

StateWriter::~StateWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void StateWriter::submit(Change change, Done done) {
  {
    std::lock_guard lock(mutex_);
    changes_.push_back({std::move(change), std::move(done)});
    ++queued_total_;
  }
  wake_.notify_one();
}

// The writer sleeps until the rhythm is over: only the first item has to wake it, and the one that
// makes the group large.
bool StateWriter::note_item() {
  ++queued_total_;
  const std::size_t items = requests_.items() + 1;
  waiting_.store(items, std::memory_order_relaxed);
  if (items > 1) return items == large_group;
  first_ = Clock::now();
  oldest_waiting_.store(nanoseconds(first_), std::memory_order_relaxed);
  return true;
}

bool StateWriter::enqueue(requestlog::Row&& row, Charge&& charge) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (requests_.rows.size() >= queue_limit) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    wake = note_item();
    if (requests_.rows.capacity() == 0) {
      requests_.rows.reserve(std::max(usual_rows, last_rows_ + last_rows_ / 4));
      requests_.charges.reserve(usual_rows);
    }
    requests_.rows.push_back(std::move(row));
    requests_.charges.push_back(std::move(charge));
  }
  if (wake) wake_.notify_one();
  return true;
}

void StateWriter::hold(budget::OpenHold&& hold, Done done) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (requests_.holds.size() < queue_limit) {
      wake = note_item() || done;
      hurry_ |= static_cast<bool>(done);
      requests_.holds.push_back({std::move(hold), std::move(done)});
      done = nullptr;
    } else {
      dropped_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (wake) wake_.notify_one();
  if (done) done(make_error(ErrorCode::store_full, "too many holds wait for the disk"));
}

void StateWriter::flush() {
  std::unique_lock lock(mutex_);
  std::uint64_t target = queued_total_;
  hurry_ = true;
  wake_.notify_one();
  finished_.wait(lock, [&] { return finished_total_ >= target || full() || failed(); });
}

std::uint64_t StateWriter::queued() const {
  std::lock_guard lock(mutex_);
  return queued_total_ - finished_total_;
}

std::int64_t StateWriter::oldest() const {
  std::int64_t waiting = oldest_waiting_.load(std::memory_order_relaxed);
  std::int64_t in_flight = oldest_in_flight_.load(std::memory_order_relaxed);
  return in_flight != 0 ? in_flight : waiting;
}

void StateWriter::run() {
  hooks_.started();
  Batch batch;
  while (wait_for_work(batch)) {
    if (batch.requests.items() > 0 || !batch.changes.empty())
      write(batch);
    else if (full())
      probe();
    else if (tidying_)
      tidy();
    batch.changes.clear();
    bool large = batch.requests.rows.capacity() > kept_capacity;
    if (large) batch.requests = Requests{};
    if (Clock::now() < next_check_) continue;
    hooks_.every_minute();
    tidying_ = true;
    next_check_ = Clock::now() + check_rhythm;
  }
}

// When what waits of requests should be on its way to the disk.
StateWriter::Clock::time_point StateWriter::due_at() const {
  const Clock::time_point soon = first_ + rhythm;
  if (requests_.items() >= large_group) return soon;
  return std::max(soon, last_group_ + longest_rhythm);
}

StateWriter::Clock::time_point StateWriter::next_wake(Clock::time_point now) const {
  Clock::time_point until = next_check_;
  if (requests_.items() > 0) until = std::min(until, std::max(due_at(), retry_at_));
  if (full()) until = std::min(until, retry_at_);
  if (tidying_ && !full() && !failed()) until = std::min(until, now + tidy_pause);
  return until;
}

bool StateWriter::wait_for_work(Batch& batch) {
  std::unique_lock lock(mutex_);
  bool rested = false, due = false;
  while (true) {
    Clock::time_point now = Clock::now();
    due = requests_.items() > 0 && now >= retry_at_ && (hurry_ || now >= due_at());
    bool probe_due = full() && now >= retry_at_;
    bool tidy_due = tidying_ && rested && !full() && !failed();
    if (!changes_.empty() || due || probe_due || tidy_due || stopping_ || now >= next_check_) break;
    Clock::time_point until = next_wake(now);
    rested = wake_.wait_until(lock, until) == std::cv_status::timeout;
  }
  if (stopping_ && requests_.items() == 0 && changes_.empty()) return false;
  take(batch, due || stopping_ || !changes_.empty());
  return true;
}

// On a full disk requests wait for their next try while changes are answered.
void StateWriter::take(Batch& batch, bool requests) {
  batch.changes.swap(changes_);
  if (!requests || (Clock::now() < retry_at_ && !stopping_)) return;
  hurry_ = false;
  if (requests_.items() > 0) last_group_ = Clock::now();
  std::swap(batch.requests, requests_);
  last_rows_ = std::min(batch.requests.rows.size(), kept_capacity);
  oldest_in_flight_.store(batch.requests.items() > 0 ? nanoseconds(first_) : 0,
                          std::memory_order_relaxed);
  oldest_waiting_.store(0, std::memory_order_relaxed);
  waiting_.store(0, std::memory_order_relaxed);
}

int StateWriter::commit(Requests& requests, std::vector<Item>& changes,
                        std::vector<Status>& results) {
  WriteTxn txn(state_.raw());
  results.clear();
  for (Item& item : changes)
    results.push_back(item.change(txn));
  if (requests.items() > 0) hooks_.add_requests(txn, requests);
  int code = txn.commit();
  if (code != 0) hooks_.not_committed();
  return code;
}

void StateWriter::committed(Requests& requests) {
  full_ = false;
  std::size_t items = requests.items();
  oldest_in_flight_.store(0, std::memory_order_relaxed);
  for (PendingHold& hold : requests.holds)
    if (hold.done) hold.done({});
  if (!requests.rows.empty()) hooks_.committed(requests.rows);
  requests.holds.clear();
  requests.rows.clear();
  requests.charges.clear();
  finish(items);
}

void StateWriter::write(Batch& batch) {
  std::vector<Status> results;
  int code = failed() ? MDB_PANIC : commit(batch.requests, batch.changes, results);
  if (code != 0) {
    if (code == MDB_PANIC) give_up(code);
    write_one_by_one(batch);
    return;
  }
  committed(batch.requests);
  for (std::size_t i = 0; i < batch.changes.size(); ++i)
    if (batch.changes[i].done) batch.changes[i].done(results[i]);
  finish(batch.changes.size());
}

// The group failed: one bad item must not take the others with it.
void StateWriter::write_one_by_one(Batch& batch) {
  Requests none;
  for (Item& item : batch.changes) {
    std::vector<Item> alone;
    alone.push_back(std::move(item));
    std::vector<Status> results;
    int code = failed() ? MDB_PANIC : commit(none, alone, results);
    if (code == MDB_PANIC) give_up(code);
    Status status = code == 0 ? Status() : lmdb_error(code, "cannot write the store");
    // Why it refused says more than that its transaction failed.
    if (!results.empty() && !results.front()) status = results.front();
    if (is_full(code)) {
      full_ = true;
      retry_at_ = Clock::now() + full_retry;
    }
    if (alone.front().done) alone.front().done(status);
    finish(1);
  }
  if (batch.requests.items() > 0) write_alone(batch.requests);
}

void StateWriter::write_alone(Requests& requests) {
  std::vector<Item> no_changes;
  std::vector<Status> results;
  int code = failed() ? MDB_PANIC : commit(requests, no_changes, results);
  if (code == 0) return committed(requests);
  if (is_full(code)) return put_back(requests, code);
  if (code == MDB_PANIC) give_up(code);
  if (requests.items() == 1 || failed()) return lose(requests, code);
  split(requests);
}

void StateWriter::split(Requests& requests) {
  for (PendingHold& hold : requests.holds) {
    Requests alone;
    alone.holds.push_back(std::move(hold));
    write_alone(alone);
  }
  for (std::size_t i = 0; i < requests.rows.size(); ++i) {
    Requests alone;
    alone.rows.push_back(std::move(requests.rows[i]));
    alone.charges.push_back(std::move(requests.charges[i]));
    write_alone(alone);
  }
  requests = Requests{};
}

void StateWriter::lose(Requests& requests, int code) {
  spdlog::error("store: {} rows and {} holds lost: {}", requests.rows.size(), requests.holds.size(),
                mdb_strerror(code));
  for (PendingHold& hold : requests.holds)
    if (hold.done) hold.done(lmdb_error(code, "cannot write the store"));
  dropped_ += requests.items();
  oldest_in_flight_.store(0, std::memory_order_relaxed);
  finish(requests.items());
  requests = Requests{};
}

// The disk is full: their turn comes again. What does not fit beside newer rows is lost, and who
// waits for a hold is told at once.
void StateWriter::put_back(Requests& requests, int code) {
  if (!full_.exchange(true)) spdlog::error("store: {}", lmdb_error(code, "cannot write").message);
  std::size_t items = requests.items();
  std::vector<Done> refused;
  std::erase_if(requests.holds, [&](PendingHold& hold) {
    if (!hold.done) return false;
    refused.push_back(std::move(hold.done));
    return true;
  });
  {
    std::lock_guard lock(mutex_);
    auto room = [&](std::size_t waiting, std::size_t count) {
      return stopping_ ? 0 : std::min(queue_limit - std::min(queue_limit, waiting), count);
    };
    std::size_t holds = room(requests_.holds.size(), requests.holds.size());
    std::size_t rows = room(requests_.rows.size(), requests.rows.size());
    prepend(requests_.holds, requests.holds, holds);
    prepend(requests_.rows, requests.rows, rows);
    prepend(requests_.charges, requests.charges, rows);
    dropped_ += items - holds - rows - refused.size();
    finished_total_ += items - holds - rows;
    retry_at_ = Clock::now() + full_retry;
    // They are as old as they were: `first_` moves on only when all are written.
    if (std::int64_t oldest = oldest_in_flight_.exchange(0); oldest != 0)
      first_ = Clock::time_point(std::chrono::nanoseconds(oldest));
    oldest_waiting_.store(requests_.items() > 0 ? nanoseconds(first_) : 0);
    waiting_.store(requests_.items());
  }
  requests = Requests{};
  for (Done& done : refused)
    done(lmdb_error(code, "cannot write the store"));
  finished_.notify_all();
}

// With requests refused no row comes that could show that there is room again.
void StateWriter::probe() {
  WriteTxn txn(state_.raw());
  hooks_.probe(txn);
  int code = txn.commit();
  if (code == 0) full_ = false;
  if (code == MDB_PANIC) give_up(code);
  std::lock_guard lock(mutex_);
  retry_at_ = Clock::now() + full_retry;
}

void StateWriter::tidy() {
  WriteTxn txn(state_.raw());
  bool more = hooks_.tidy(txn);
  int code = txn.commit();
  tidying_ = more && code == 0;  // after a failure again in a minute
  if (code == 0) return;
  hooks_.not_committed();
  spdlog::warn("store: {}", lmdb_error(code, "cannot fold old ledger rows").message);
  if (code == MDB_PANIC) give_up(code);
}

void StateWriter::give_up(int code) {
  if (!failed_.exchange(true))
    spdlog::critical("store: {}; restart litegwd", lmdb_error(code, "cannot write").message);
}

void StateWriter::finish(std::size_t items) {
  {
    std::lock_guard lock(mutex_);
    finished_total_ += items;
  }
  finished_.notify_all();
}

}  // namespace litegw::store
