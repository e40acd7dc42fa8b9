// One LMDB environment and its transactions, as values with errors instead of return codes. Used
// by daemon/store only. Reads may come from any thread; writes come from the one writer thread.
//
// Rules that LMDB 0.9.24 asks for: never MDB_WRITEMAP (SIGBUS on a full disk), never MDB_DUPSORT,
// the map never resized while readers run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <lmdb.h>

#include "common/base/result.h"

namespace litegw::store {

// store_full for a full disk or map, else store_unavailable. `what`: what was being done.
Error lmdb_error(int code, std::string_view what);

// One row of a table; false = enough.
using Visit = std::function<bool(std::string_view key, std::string_view value)>;

class WriteTxn {
 public:
  explicit WriteTxn(MDB_env* env);
  ~WriteTxn();  // aborts what was not committed
  WriteTxn(const WriteTxn&) = delete;
  WriteTxn& operator=(const WriteTxn&) = delete;

  // The first failure sticks: later calls do nothing, `commit` reports it.
  std::optional<std::string_view> get(MDB_dbi table, std::string_view key);
  void put(MDB_dbi table, std::string_view key, std::string_view value, unsigned flags = 0);
  void remove(MDB_dbi table, std::string_view key);  // absent is fine
  MDB_dbi open_table(const char* name, unsigned flags = MDB_CREATE);
  void clear(MDB_dbi table);
  std::uint64_t count(MDB_dbi table);
  // All rows of the table, in order. `visit` may not write.
  Status each(MDB_dbi table, const Visit& visit);
  int failure() const { return failure_; }
  void fail(int code) { failure_ = code; }  // makes `commit` fail
  int commit();                             // 0, or the failure
  MDB_txn* raw() { return txn_; }

 private:
  MDB_txn* txn_ = nullptr;
  int failure_ = 0;
};

class ReaderPool;

// A read transaction of this thread, renewed for the scope: 0.22 us where beginning a new one takes
// 0.29. At most one per environment and thread at a time.
class ReadTxn {
 public:
  explicit ReadTxn(const std::shared_ptr<ReaderPool>& pool);
  ~ReadTxn();
  ReadTxn(const ReadTxn&) = delete;
  ReadTxn& operator=(const ReadTxn&) = delete;

  int failure() const { return failure_; }
  // The view is valid until this transaction ends.
  std::optional<std::string_view> get(MDB_dbi table, std::string_view key);
  std::uint64_t count(MDB_dbi table);
  // All rows of the table as of one moment. For checks alone: while it lasts the file cannot use
  // freed pages again, so everything else goes through Environment::scan.
  Status each(MDB_dbi table, const Visit& visit);
  MDB_txn* raw() { return txn_; }

 private:
  ReaderPool* pool_;
  MDB_txn* txn_ = nullptr;
  int failure_ = 0;
};

struct EnvironmentOptions {
  std::uint64_t map_size = 0;  // bytes of address space, sparse on disk
  unsigned tables = 48;
  bool one_file = false;  // `path` is the data file itself, not a folder
  bool sync = true;       // false: an unclean end of the machine may break it
};

class Environment {
 public:
  // Fails with store_unavailable or store_full.
  static Result<std::unique_ptr<Environment>> open(const std::string& path,
                                                   const EnvironmentOptions& options);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const std::shared_ptr<ReaderPool>& readers() const { return readers_; }
  MDB_env* raw() const { return env_; }
  std::uint64_t used_bytes() const;  // pages in use, not the size of the file
  int forget_dead_readers();         // how many slots of died processes were freed

  // Calls `row` for keys from `first` on, in order, or from `first` backwards, until it returns
  // false. A read transaction covers at most 1,000 rows or 10 ms, so rows written meanwhile may
  // appear. An empty `first` is the very first, backwards the very last.
  Status scan(MDB_dbi table, std::string first, bool backwards, const Visit& row) const;

 private:
  Environment() = default;
  MDB_env* env_ = nullptr;
  std::shared_ptr<ReaderPool> readers_;
};

// Big-endian, so that LMDB's byte order is the order of numbers.
std::string big_endian(std::uint64_t value);
std::string big_endian32(std::uint32_t value);
std::uint64_t from_big_endian(std::string_view bytes);

}  // namespace litegw::store
