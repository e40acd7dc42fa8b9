#include "daemon/store/continuity.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

namespace litegw::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_value = 1u << 20;
constexpr auto rhythm = std::chrono::milliseconds(100);
constexpr auto expiry_rhythm = std::chrono::minutes(1);
constexpr std::uint64_t page = 4096;
constexpr std::size_t expired_a_commit = 1000;
constexpr std::size_t number_and_expiry = 16;

std::string_view bytes_of(const Sha256& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

std::string time_bytes(Time time) {
  return big_endian(static_cast<std::uint64_t>(time.time_since_epoch() / milliseconds(1)));
}

Time time_of(std::string_view bytes) {
  return Time(milliseconds(static_cast<std::int64_t>(from_big_endian(bytes))));
}

// Large values have pages of their own.
std::uint64_t pages_of(std::uint64_t bytes) {
  return (bytes + number_and_expiry + 64 + page - 1) / page * page;
}

std::string read_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// Which start of the machine wrote here last; absent after a clean end. What is not synced survives
// the end of a process, but not that of the machine.
std::string marker_of(const std::string& folder) {
  return folder + "/boot";
}

std::string this_boot() {
  return read_line("/proc/sys/kernel/random/boot_id");
}

}  // namespace

Sha256 continuity_key(std::string_view key_id, std::string_view model, std::string_view call_id) {
  std::string text;
  for (std::string_view part : {key_id, model, call_id})
    text.append(big_endian32(static_cast<std::uint32_t>(part.size()))).append(part);
  return sha256(text);
}

Result<std::unique_ptr<Continuity>> Continuity::open(const std::string& folder,
                                                     const ContinuityOptions& options) {
  std::error_code ignored;
  const bool is_broken =
      fs::exists(marker_of(folder), ignored) && read_line(marker_of(folder)) != this_boot();
  if (is_broken) fs::remove_all(folder, ignored);
  Status opened;
  for (int tries = 0; tries < 2; ++tries) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      return make_error(ErrorCode::store_unavailable,
                        fmt::format("cannot make {}: {}", folder, std::strerror(errno)));
    std::unique_ptr<Continuity> made(new Continuity(folder, options));
    opened = made->open_tables();
    if (opened) {
      std::ofstream(marker_of(folder)) << this_boot() << '\n';
      made->thread_ = std::thread([self = made.get()] { self->run(); });
      return made;
    }
    made.reset();
    fs::remove_all(folder, ignored);
  }
  return opened.error();
}

Continuity::Continuity(std::string folder, const ContinuityOptions& options)
    : folder_(std::move(folder)), options_(options) {}

Continuity::~Continuity() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  std::error_code ignored;
  if (mdb_env_sync(environment_->raw(), 1) == 0) fs::remove(marker_of(folder_), ignored);
}

Status Continuity::open_tables() {
  auto opened =
      Environment::open(folder_, {.map_size = options_.map_size, .tables = 4, .sync = false});
  if (!opened) return opened.error();
  environment_ = std::move(*opened);
  WriteTxn txn(environment_->raw());
  values_ = txn.open_table("values");
  order_ = txn.open_table("order");
  if (const int code = txn.commit(); code != 0)
    return lmdb_error(code, "cannot open the continuity store");
  return environment_->scan(order_, {}, true, [this](std::string_view number, std::string_view) {
    next_number_ = from_big_endian(number) + 1;
    return false;
  });
}

void Continuity::keep(const Sha256& key, std::string value, Time now) {
  if (value.size() > max_value) return;
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (waiting_bytes_ + value.size() > options_.map_size / 8) return;
    latest_ = std::max(latest_, now);
    waiting_bytes_ += value.size();
    wake = waiting_.empty();
    waiting_[key] = Waiting{std::move(value), now + options_.lifetime};
  }
  if (wake) wake_.notify_one();
}

std::optional<std::string> Continuity::find(const Sha256& key, Time now) const {
  {
    std::lock_guard lock(mutex_);
    for (const Values* values : {&waiting_, &writing_}) {
      const auto found = values->find(key);
      if (found == values->end()) continue;
      if (found->second.expires <= now) return std::nullopt;
      return found->second.value;
    }
  }
  ReadTxn txn(environment_->readers());
  const auto stored = txn.get(values_, bytes_of(key));
  if (!stored || stored->size() < number_and_expiry) return std::nullopt;
  if (time_of(stored->substr(8)) <= now) return std::nullopt;
  return std::string(stored->substr(number_and_expiry));
}

void Continuity::flush() {
  std::unique_lock lock(mutex_);
  hurry_ = true;
  wake_.notify_one();
  written_.wait(lock, [this] { return waiting_.empty() && writing_.empty(); });
}

std::uint64_t Continuity::count() const {
  ReadTxn txn(environment_->readers());
  return txn.count(values_);
}

void Continuity::run() {
  while (wait_for_work()) {
    write(writing_);
    {
      std::lock_guard lock(mutex_);
      writing_.clear();
    }
    written_.notify_all();
  }
}

// Moves what waits to `writing_`, or nothing when only old values are to go. False at the end.
bool Continuity::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] {
    return stopping_ || !waiting_.empty();
  };
  wake_.wait_for(lock, expiry_rhythm, has_work);
  const auto is_urgent = [this] {
    return stopping_ || hurry_;
  };
  if (!waiting_.empty()) wake_.wait_for(lock, rhythm, is_urgent);
  if (stopping_ && waiting_.empty()) return false;
  now_ = latest_;
  writing_.swap(waiting_);
  waiting_bytes_ = 0;
  hurry_ = false;
  return true;
}

void Continuity::write(const Values& values) {
  std::uint64_t wanted = 0;
  for (const auto& [key, waiting] : values)
    wanted += pages_of(waiting.value.size());
  WriteTxn txn(environment_->raw());
  make_room(txn, wanted);
  for (const auto& [key, waiting] : values) {
    const std::string number = big_endian(next_number_++);
    const std::string expires = time_bytes(waiting.expires);
    txn.put(values_, bytes_of(key), number + expires + waiting.value);
    txn.put(order_, number, std::string(bytes_of(key)) + expires, MDB_APPEND);
  }
  const int code = txn.commit();
  if (code != 0 && !std::exchange(told_failure_, true))
    spdlog::warn("continuity store: {} states are lost: {}", values.size(), mdb_strerror(code));
  if (code == 0) told_failure_ = false;
}

void Continuity::make_room(WriteTxn& txn, std::uint64_t wanted) {
  for (std::size_t i = 0; i < expired_a_commit && drop_oldest(txn, true); ++i) {
  }
  const std::uint64_t most = options_.map_size / 4 * 3;
  while (used_bytes(txn) + wanted > most && drop_oldest(txn, false)) {
  }
}

bool Continuity::drop_oldest(WriteTxn& txn, bool only_expired) {
  MDB_cursor* cursor = nullptr;
  if (txn.failure() != 0 || mdb_cursor_open(txn.raw(), order_, &cursor) != 0) return false;
  MDB_val key{}, value{};
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
  const std::string number(static_cast<const char*>(key.mv_data), code == 0 ? key.mv_size : 0);
  const std::string entry(static_cast<const char*>(value.mv_data), code == 0 ? value.mv_size : 0);
  mdb_cursor_close(cursor);
  const std::size_t hash_bytes = std::tuple_size_v<Sha256>;
  if (code != 0 || entry.size() != hash_bytes + 8) return false;
  const std::string_view hash = std::string_view(entry).substr(0, hash_bytes);
  if (only_expired && time_of(std::string_view(entry).substr(hash_bytes)) > now_) return false;
  // A newer value under the same key stays.
  const auto stored = txn.get(values_, hash);
  if (stored && stored->starts_with(number)) txn.remove(values_, hash);
  txn.remove(order_, number);
  return txn.failure() == 0;
}

std::uint64_t Continuity::used_bytes(WriteTxn& txn) const {
  std::uint64_t pages = 0;
  for (const MDB_dbi table : {values_, order_}) {
    MDB_stat stat{};
    if (txn.failure() != 0 || mdb_stat(txn.raw(), table, &stat) != 0) return 0;
    pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
  }
  return pages * page;
}

}  // namespace litegw::store
