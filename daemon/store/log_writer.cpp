#include "daemon/store/log_writer.h"

#include <algorithm>
#include <iterator>

#include <spdlog/spdlog.h>

#include "daemon/store/state_writer.h"

namespace litegw::store {
namespace {

constexpr auto rhythm = std::chrono::milliseconds(250);
constexpr auto shortest_rhythm = std::chrono::milliseconds(50);
constexpr std::size_t enough_rows = 1000;
constexpr std::size_t kept_rows = 4096;  // capacity; what a burst needed is given back
constexpr auto full_retry = std::chrono::seconds(1);
constexpr auto check_rhythm = std::chrono::minutes(1);

}  // namespace

LogWriter::LogWriter(Segments& segments) : segments_(segments) {
  last_sequence_ = segments.last_sequence();
  next_check_ = Clock::now();
  thread_ = std::thread([this] { run(); });
}

LogWriter::~LogWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LogWriter::enqueue(Rows& rows) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    wake = rows_.empty() || rows_.size() + rows.size() >= enough_rows;
    if (rows_.empty()) first_row_ = Clock::now();
    queued_total_ += rows.size();
    if (rows_.empty())
      rows_.swap(rows);
    else
      std::move(rows.begin(), rows.end(), std::back_inserter(rows_));
    if (rows_.size() > queue_limit) {
      // The oldest go: their money is in the state environment.
      std::size_t over = rows_.size() - queue_limit;
      rows_.erase(rows_.begin(), rows_.begin() + static_cast<long>(over));
      dropped_ += over;
      finished_total_ += over;
    }
  }
  rows.clear();
  if (wake) wake_.notify_one();
}

void LogWriter::flush() {
  std::unique_lock lock(mutex_);
  std::uint64_t target = queued_total_;
  hurry_ = true;
  wake_.notify_one();
  finished_.wait(lock, [&] { return finished_total_ >= target || full(); });
}

void LogWriter::set_listener(Listener listener) {
  std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

std::uint64_t LogWriter::queued() const {
  std::lock_guard lock(mutex_);
  return queued_total_ - finished_total_;
}

std::int64_t LogWriter::lag_ms() const {
  std::lock_guard lock(mutex_);
  if (rows_.empty()) return 0;
  return std::chrono::duration_cast<milliseconds>(Clock::now() - first_row_).count();
}

void LogWriter::run() {
  Rows rows;
  while (wait_for_work(rows)) {
    if (!rows.empty()) write(rows);
    rows.clear();
    if (rows.capacity() > kept_rows) Rows().swap(rows);
    if (Clock::now() < next_check_) continue;
    segments_.drop_old(wall_clock());
    segments_.forget_dead_readers();
    next_check_ = Clock::now() + check_rhythm;
  }
}

bool LogWriter::wait_for_work(Rows& rows) {
  std::unique_lock lock(mutex_);
  while (true) {
    Clock::time_point now = Clock::now();
    Clock::time_point due = first_row_ + rhythm;
    if (rows_.size() >= enough_rows) due = std::min(due, last_commit_ + shortest_rhythm);
    if (hurry_) due = now;
    due = std::max(due, retry_at_);
    if (stopping_ || now >= next_check_ || (!rows_.empty() && now >= due)) break;
    wake_.wait_until(lock, rows_.empty() ? next_check_ : std::min(due, next_check_));
  }
  if (stopping_ && rows_.empty()) return false;
  if (Clock::now() >= retry_at_ || stopping_) rows.swap(rows_);
  hurry_ = false;
  return true;
}

void LogWriter::write(Rows& rows) {
  std::uint64_t last = rows.back().sequence;
  std::size_t count = rows.size();
  Status written = segments_.append(rows, wall_clock());
  // The first failure may have broken a segment; the next one is another file.
  if (!written && written.error().code != ErrorCode::store_full)
    written = segments_.append(rows, wall_clock());
  last_commit_ = Clock::now();
  if (!written) {
    if (!full_.exchange(true)) spdlog::error("request log: {}", written.error().message);
    put_back(rows);
    return;
  }
  if (full_.exchange(false)) spdlog::info("request log: rows are written again");
  last_sequence_.store(last, std::memory_order_release);
  Listener listener;
  {
    std::lock_guard lock(mutex_);
    finished_total_ += count;
    listener = listener_;
  }
  finished_.notify_all();
  if (listener) listener(last);
}

void LogWriter::put_back(Rows& rows) {
  {
    std::lock_guard lock(mutex_);
    std::size_t room = queue_limit - std::min(queue_limit, rows_.size());
    std::size_t kept = stopping_ ? 0 : std::min(room, rows.size());
    dropped_ += rows.size() - kept;
    finished_total_ += rows.size() - kept;
    rows_.insert(rows_.begin(), std::make_move_iterator(rows.end() - static_cast<long>(kept)),
                 std::make_move_iterator(rows.end()));
    retry_at_ = Clock::now() + full_retry;
  }
  finished_.notify_all();
}

}  // namespace litegw::store
