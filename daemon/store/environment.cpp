#include "daemon/store/environment.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace litegw::store {

// All read transactions of one environment. A thread keeps the one it was given; when the thread
// ends, another may have it.
class ReaderPool {
 public:
  explicit ReaderPool(MDB_env* env) : env_(env) {}

  // A reset transaction, or null and why.
  MDB_txn* take(int& failure) {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      MDB_txn* txn = idle_.back();
      idle_.pop_back();
      return txn;
    }
    MDB_txn* txn = nullptr;
    failure = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
    if (failure != 0) return nullptr;
    mdb_txn_reset(txn);
    all_.push_back(txn);
    return txn;
  }
  void give_back(MDB_txn* txn) {
    std::lock_guard lock(mutex_);
    if (!closed_) idle_.push_back(txn);
  }
  // Before the environment closes; no read may be under way.
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (MDB_txn* txn : all_)
      mdb_txn_abort(txn);
    all_.clear();
    idle_.clear();
  }
  bool closed() {
    std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  std::mutex mutex_;
  MDB_env* env_;
  bool closed_ = false;
  std::vector<MDB_txn*> all_, idle_;
};

namespace {

// The read transactions of this thread, one an environment.
class ThreadReaders {
 public:
  ~ThreadReaders() {
    for (Held& held : held_)
      held.pool->give_back(held.txn);
  }
  MDB_txn* of(const std::shared_ptr<ReaderPool>& pool, int& failure) {
    for (Held& held : held_)
      if (held.pool == pool) return held.txn;
    std::erase_if(held_, [](const Held& held) { return held.pool->closed(); });
    MDB_txn* txn = pool->take(failure);
    if (txn != nullptr) held_.push_back({pool, txn});
    return txn;
  }

 private:
  struct Held {
    std::shared_ptr<ReaderPool> pool;
    MDB_txn* txn;
  };
  std::vector<Held> held_;
};

thread_local ThreadReaders thread_readers;

MDB_val value_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

constexpr unsigned most_readers = 1024;
constexpr off_t lock_file_bytes =
    off_t{64} * (most_readers + 8);  // a reader slot takes a cache line

constexpr std::size_t rows_a_read = 1000;
constexpr auto time_a_read = std::chrono::milliseconds(10);

// Positions `cursor` for the next row of a scan. `inclusive`: may that row be `key` itself?
int seek(MDB_cursor* cursor, std::string_view from, bool backwards, bool inclusive, MDB_val& key,
         MDB_val& value) {
  if (from.empty() && inclusive)
    return mdb_cursor_get(cursor, &key, &value, backwards ? MDB_LAST : MDB_FIRST);
  key = value_of(from);
  int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND)
    return backwards ? mdb_cursor_get(cursor, &key, &value, MDB_LAST) : MDB_NOTFOUND;
  if (code != 0) return code;
  bool exact = view_of(key) == from;
  if (exact && inclusive) return 0;
  if (!backwards) return exact ? mdb_cursor_get(cursor, &key, &value, MDB_NEXT) : 0;
  return mdb_cursor_get(cursor, &key, &value, MDB_PREV);
}

Status each_row(MDB_txn* txn, int failure, MDB_dbi table, const Visit& visit) {
  MDB_cursor* cursor = nullptr;
  int code = failure != 0 ? failure : mdb_cursor_open(txn, table, &cursor);
  if (code != 0) return lmdb_error(code, "cannot read the store");
  std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closer(cursor, &mdb_cursor_close);
  MDB_val key{}, value{};
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
    if (!visit(view_of(key), view_of(value))) return {};
  if (code != MDB_NOTFOUND) return lmdb_error(code, "cannot read the store");
  return {};
}

// LMDB writes to its lock file through a mapping: without disk blocks behind it a full disk is a
// SIGBUS. It takes the file as it finds it when that is large enough.
int reserve_lock_file(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno;
  int code = ::posix_fallocate(descriptor, 0, lock_file_bytes);
  ::close(descriptor);
  return code;
}

}  // namespace

Error lmdb_error(int code, std::string_view what) {
  bool full = code == MDB_MAP_FULL || code == ENOSPC || code == EDQUOT;
  return make_error(full ? ErrorCode::store_full : ErrorCode::store_unavailable,
                    fmt::format("{}: {}", what, mdb_strerror(code)),
                    full ? "make room on the disk that holds store.path" : "");
}

WriteTxn::WriteTxn(MDB_env* env) {
  failure_ = mdb_txn_begin(env, nullptr, 0, &txn_);
}
WriteTxn::~WriteTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

std::optional<std::string_view> WriteTxn::get(MDB_dbi table, std::string_view key) {
  if (failure_ != 0 || key.empty()) return std::nullopt;
  MDB_val k = value_of(key), v{};
  int code = mdb_get(txn_, table, &k, &v);
  if (code == 0) return view_of(v);
  if (code != MDB_NOTFOUND) failure_ = code;
  return std::nullopt;
}

void WriteTxn::put(MDB_dbi table, std::string_view key, std::string_view value, unsigned flags) {
  if (failure_ != 0) return;
  MDB_val k = value_of(key), v = value_of(value);
  failure_ = mdb_put(txn_, table, &k, &v, flags);
}

void WriteTxn::remove(MDB_dbi table, std::string_view key) {
  if (failure_ != 0 || key.empty()) return;
  MDB_val k = value_of(key);
  int code = mdb_del(txn_, table, &k, nullptr);
  if (code != MDB_NOTFOUND) failure_ = code;
}

MDB_dbi WriteTxn::open_table(const char* name, unsigned flags) {
  MDB_dbi table = 0;
  if (failure_ == 0) failure_ = mdb_dbi_open(txn_, name, flags, &table);
  return table;
}

void WriteTxn::clear(MDB_dbi table) {
  if (failure_ == 0) failure_ = mdb_drop(txn_, table, 0);
}

std::uint64_t WriteTxn::count(MDB_dbi table) {
  MDB_stat stat{};
  if (failure_ == 0) failure_ = mdb_stat(txn_, table, &stat);
  return stat.ms_entries;
}

Status WriteTxn::each(MDB_dbi table, const Visit& visit) {
  return each_row(txn_, failure_, table, visit);
}

namespace {

bool is_disk_full(MDB_env* environment) {
  constexpr std::uint64_t too_little = 64ull * 1024;
  const char* path = nullptr;
  struct statvfs disk {};
  if (mdb_env_get_path(environment, &path) != 0 || ::statvfs(path, &disk) != 0) return false;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize < too_little;
}

}  // namespace

int WriteTxn::commit() {
  if (failure_ != 0) return failure_;
  MDB_env* const environment = mdb_txn_env(txn_);
  failure_ = mdb_txn_commit(txn_);
  txn_ = nullptr;  // freed either way
  // LMDB calls a write that the disk took only in part EIO.
  if (failure_ == EIO && is_disk_full(environment)) failure_ = ENOSPC;
  return failure_;
}

ReadTxn::ReadTxn(const std::shared_ptr<ReaderPool>& pool) : pool_(pool.get()) {
  txn_ = thread_readers.of(pool, failure_);
  if (txn_ == nullptr) return;
  failure_ = mdb_txn_renew(txn_);
}

ReadTxn::~ReadTxn() {
  if (txn_ != nullptr && failure_ == 0) mdb_txn_reset(txn_);
}

std::optional<std::string_view> ReadTxn::get(MDB_dbi table, std::string_view key) {
  if (failure_ != 0 || key.empty()) return std::nullopt;
  MDB_val k = value_of(key), v{};
  int code = mdb_get(txn_, table, &k, &v);
  if (code == 0) return view_of(v);
  // A key that is too long to have been stored is absent.
  return std::nullopt;
}

std::uint64_t ReadTxn::count(MDB_dbi table) {
  MDB_stat stat{};
  if (failure_ == 0) mdb_stat(txn_, table, &stat);
  return stat.ms_entries;
}

Status ReadTxn::each(MDB_dbi table, const Visit& visit) {
  return each_row(txn_, failure_, table, visit);
}

Result<std::unique_ptr<Environment>> Environment::open(const std::string& path,
                                                       const EnvironmentOptions& options) {
  std::unique_ptr<Environment> out(new Environment);
  // NOTLS ties a reader slot to its transaction, which ReaderPool hands to threads itself.
  unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (options.one_file ? MDB_NOSUBDIR : 0) |
                   (options.sync ? 0 : MDB_NOSYNC);
  int code = reserve_lock_file(path + (options.one_file ? "-lock" : "/lock.mdb"));
  if (code != 0) return lmdb_error(code, "cannot open the store at " + path);
  code = ENOMEM;
  // Where address space is limited (ulimit -v) a smaller map has to do.
  for (std::uint64_t size = options.map_size; code == ENOMEM && size >= (1u << 20); size /= 4) {
    if (out->env_ != nullptr) mdb_env_close(out->env_);
    out->env_ = nullptr;
    code = mdb_env_create(&out->env_);
    if (code == 0) code = mdb_env_set_mapsize(out->env_, size);
    if (code == 0) code = mdb_env_set_maxdbs(out->env_, options.tables);
    if (code == 0) code = mdb_env_set_maxreaders(out->env_, most_readers);
    if (code == 0) code = mdb_env_open(out->env_, path.c_str(), flags, 0600);
  }
  if (code != 0) return lmdb_error(code, "cannot open the store at " + path);
  out->readers_ = std::make_shared<ReaderPool>(out->env_);
  return out;
}

Environment::~Environment() {
  if (readers_) readers_->close();
  if (env_ != nullptr) mdb_env_close(env_);
}

std::uint64_t Environment::used_bytes() const {
  MDB_envinfo info{};
  MDB_stat stat{};
  if (mdb_env_info(env_, &info) != 0 || mdb_env_stat(env_, &stat) != 0) return 0;
  return (info.me_last_pgno + 1) * stat.ms_psize;
}

int Environment::forget_dead_readers() {
  int dead = 0;
  mdb_reader_check(env_, &dead);
  return dead;
}

Status Environment::scan(MDB_dbi table, std::string first, bool backwards, const Visit& row) const {
  for (bool inclusive = true;; inclusive = false) {
    ReadTxn txn(readers_);
    MDB_cursor* cursor = nullptr;
    int code = txn.failure() != 0 ? txn.failure() : mdb_cursor_open(txn.raw(), table, &cursor);
    if (code != 0) return lmdb_error(code, "cannot read the store");
    std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closer(cursor, &mdb_cursor_close);
    auto deadline = std::chrono::steady_clock::now() + time_a_read;
    MDB_val key{}, value{};
    code = seek(cursor, first, backwards, inclusive, key, value);
    for (std::size_t rows = 0;; ++rows) {
      if (code == MDB_NOTFOUND) return {};
      if (code != 0) return lmdb_error(code, "cannot read the store");
      if (rows == rows_a_read || (rows % 64 == 63 && std::chrono::steady_clock::now() > deadline))
        break;
      if (!row(view_of(key), view_of(value))) return {};
      first = view_of(key);
      code = mdb_cursor_get(cursor, &key, &value, backwards ? MDB_PREV : MDB_NEXT);
    }
  }
}

std::string big_endian(std::uint64_t value) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i)
    out[i] = static_cast<char>(value >> (56 - 8 * i));
  return out;
}
std::string big_endian32(std::uint32_t value) {
  return big_endian(value).substr(4);
}
std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char byte : bytes.substr(0, 8))
    value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace litegw::store
