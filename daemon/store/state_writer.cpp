#include "daemon/store/state_writer.h"

#include <algorithm>
#include <cerrno>

#include <spdlog/spdlog.h>

namespace litegw::store {
namespace {

constexpr auto rhythm = std::chrono::milliseconds(25);
constexpr auto full_retry = std::chrono::seconds(1);
constexpr auto check_rhythm = std::chrono::minutes(1);
constexpr std::size_t usual_rows = 64;
constexpr std::size_t kept_capacity = 4096;  // rows; what a burst needed is given back

bool is_full(int code) {
  return lmdb_error(code, {}).code == ErrorCode::store_full;
}

}  // namespace

StateWriter::StateWriter(const Environment& state, Hooks hooks)
    : state_(state), hooks_(std::move(hooks)) {
  next_check_ = Clock::now() + check_rhythm;
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

bool StateWriter::enqueue(requestlog::Row&& row) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    if (rows_.size() >= queue_limit) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    first = rows_.empty();
    if (first) first_row_ = Clock::now();
    if (rows_.capacity() == 0) rows_.reserve(usual_rows);
    rows_.push_back(std::move(row));
    ++queued_total_;
  }
  // The writer sleeps until the rhythm is over: only the first row has to wake it.
  if (first) wake_.notify_one();
  return true;
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

std::int64_t StateWriter::lag_ms() const {
  std::lock_guard lock(mutex_);
  if (rows_.empty()) return 0;
  return std::chrono::duration_cast<milliseconds>(Clock::now() - first_row_).count();
}

void StateWriter::run() {
  hooks_.started();
  Batch batch;
  while (wait_for_work(batch)) {
    if (!batch.rows.empty() || !batch.changes.empty())
      write(batch);
    else if (full())
      probe();
    batch.changes.clear();
    batch.rows.clear();
    if (batch.rows.capacity() > kept_capacity) Rows().swap(batch.rows);
    if (Clock::now() < next_check_) continue;
    hooks_.every_minute();
    next_check_ = Clock::now() + check_rhythm;
  }
}

bool StateWriter::wait_for_work(Batch& batch) {
  std::unique_lock lock(mutex_);
  while (true) {
    Clock::time_point now = Clock::now();
    Clock::time_point rows_due = std::max(first_row_ + rhythm, retry_at_);
    bool due = !rows_.empty() && (now >= rows_due || (hurry_ && now >= retry_at_));
    bool probe_due = full() && now >= retry_at_;
    if (!changes_.empty() || due || probe_due || stopping_ || now >= next_check_) break;
    Clock::time_point until = next_check_;
    if (!rows_.empty()) until = std::min(until, rows_due);
    if (full()) until = std::min(until, retry_at_);
    wake_.wait_until(lock, until);
  }
  if (stopping_ && rows_.empty() && changes_.empty()) return false;
  batch.changes.swap(changes_);
  // On a full disk rows wait for their next try while changes are answered.
  if (Clock::now() >= retry_at_ || stopping_) batch.rows.swap(rows_);
  hurry_ = false;
  return true;
}

int StateWriter::commit(Rows& rows, std::vector<Item>& changes, std::vector<Status>& results) {
  WriteTxn txn(state_.raw());
  results.clear();
  for (Item& item : changes)
    results.push_back(item.change(txn));
  if (!rows.empty()) hooks_.add_rows(txn, rows);
  int code = txn.commit();
  if (code != 0) hooks_.not_committed();
  return code;
}

void StateWriter::write(Batch& batch) {
  std::vector<Status> results;
  int code = failed() ? MDB_PANIC : commit(batch.rows, batch.changes, results);
  if (code != 0) {
    if (code == MDB_PANIC) give_up(code);
    write_one_by_one(batch);
    return;
  }
  full_ = false;
  std::size_t items = batch.rows.size() + batch.changes.size();
  if (!batch.rows.empty()) hooks_.committed(std::move(batch.rows));
  for (std::size_t i = 0; i < batch.changes.size(); ++i)
    if (batch.changes[i].done) batch.changes[i].done(results[i]);
  finish(items);
}

// The group failed: one bad item must not take the others with it.
void StateWriter::write_one_by_one(Batch& batch) {
  Rows none;
  for (Item& item : batch.changes) {
    std::vector<Item> alone;
    alone.push_back(std::move(item));
    std::vector<Status> results;
    int code = failed() ? MDB_PANIC : commit(none, alone, results);
    if (code == MDB_PANIC) give_up(code);
    Status status = code == 0 ? results.front() : lmdb_error(code, "cannot write the store");
    if (is_full(code)) {
      full_ = true;
      retry_at_ = Clock::now() + full_retry;
    }
    if (alone.front().done) alone.front().done(status);
    finish(1);
  }
  if (!batch.rows.empty()) write_rows_alone(batch.rows);
}

void StateWriter::write_rows_alone(Rows& rows) {
  std::vector<Item> no_changes;
  std::vector<Status> results;
  int code = failed() ? MDB_PANIC : commit(rows, no_changes, results);
  std::size_t count = rows.size();
  if (code == 0) {
    full_ = false;
    hooks_.committed(std::move(rows));
    finish(count);
    return;
  }
  if (is_full(code)) {
    if (!full_.exchange(true)) spdlog::error("store: {}", lmdb_error(code, "cannot write").message);
    std::lock_guard lock(mutex_);
    // Their turn comes again; what does not fit beside newer rows is lost.
    std::size_t room = queue_limit - std::min(queue_limit, rows_.size());
    std::size_t kept = stopping_ ? 0 : std::min(room, count);
    rows_.insert(rows_.begin(), std::make_move_iterator(rows.end() - static_cast<long>(kept)),
                 std::make_move_iterator(rows.end()));
    dropped_ += count - kept;
    finished_total_ += count - kept;
    retry_at_ = Clock::now() + full_retry;
    finished_.notify_all();
    return;
  }
  if (code == MDB_PANIC) give_up(code);
  if (count == 1 || failed()) {
    spdlog::error("store: {} rows lost: {}", count, mdb_strerror(code));
    dropped_ += count;
    finish(count);
    return;
  }
  for (requestlog::Row& row : rows) {
    Rows alone;
    alone.push_back(std::move(row));
    write_rows_alone(alone);
  }
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
