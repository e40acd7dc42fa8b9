#include "daemon/store/migrations.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/store/unsettled_table.h"

namespace litegw::store {
namespace {

constexpr int fresh = -1;

// 0 -> 1: development builds kept key records alone; the indexes by hash and name came with 1.
Status index_keys(WriteTxn& txn) {
  KeyTable keys;
  keys.open(txn);
  return keys.rebuild_indexes(txn);
}

// 1 -> 2: the ledger begins. What was spent before has no ledger rows: its hours count as folded.
Status begin_ledger(WriteTxn& txn) {
  NameTable names;
  SpendTable spend(names);
  MoneyTable money(names);
  names.open(txn);
  spend.open(txn);
  money.open(txn);
  std::map<std::uint32_t, Money> hours;
  Status read = spend.each_cost(
      txn, [&](std::uint32_t hour, std::string_view, Money cost) { hours[hour] += cost; });
  if (!read) return read.error();
  for (const auto& [hour, cost] : hours)
    money.fold_cost(txn, hour, cost);
  return {};
}

// 2 -> 3: charges of dead processes can be released. Those of before have no record of their own,
// since their ledger rows do not say which request they were of: `budget reset` is for them. An
// older litegwd could not fold a released row.
Status keep_unsettled_charges(WriteTxn& txn) {
  UnsettledTable charges;
  charges.open(txn);
  return {};
}

using Step = Status (*)(WriteTxn&);
constexpr std::array<Step, store_version> steps{index_keys, begin_ledger,
                                                keep_unsettled_charges};  // steps[n]: n -> n + 1

bool has_table(MDB_txn* txn, const char* name, MDB_dbi& table) {
  return mdb_dbi_open(txn, name, 0, &table) == 0;
}

// Looks only: a newer store must stay as it is.
Result<int> found_version(const Environment& state) {
  MDB_txn* txn = nullptr;
  if (int code = mdb_txn_begin(state.raw(), nullptr, MDB_RDONLY, &txn); code != 0)
    return lmdb_error(code, "cannot read the store");
  std::unique_ptr<MDB_txn, decltype(&mdb_txn_abort)> closer(txn, &mdb_txn_abort);
  MDB_dbi meta = 0, keys = 0;
  if (!has_table(txn, "meta", meta)) return has_table(txn, "keys", keys) ? 0 : fresh;
  MDB_val key{7, const_cast<char*>("version")}, value{};
  if (mdb_get(txn, meta, &key, &value) != 0) return 0;
  int version = 0;
  const char* text = static_cast<const char*>(value.mv_data);
  if (std::from_chars(text, text + value.mv_size, version).ec != std::errc{} || version < 0)
    return make_error(ErrorCode::store_unavailable, "the store's version is unreadable",
                      "restore a backup: litegw store restore FILE");
  return version;
}

Status back_up(const Environment& state, const std::string& folder, int version, Time now) {
  std::string stamp = to_rfc3339(now);
  std::erase(stamp, ':');
  std::string target = fmt::format("{}/backup-version-{}-{}", folder, version, stamp);
  std::error_code failure;
  std::filesystem::create_directory(target, failure);
  if (!failure) std::filesystem::permissions(target, std::filesystem::perms::owner_all, failure);
  if (failure)
    return make_error(ErrorCode::store_unavailable,
                      fmt::format("cannot make the backup {}: {}", target, failure.message()),
                      "the store is changed only after a backup: make room or rights there");
  if (int code = mdb_env_copy2(state.raw(), target.c_str(), MDB_CP_COMPACT); code != 0)
    return lmdb_error(code, "cannot make the backup " + target);
  spdlog::info("store: version {} copied to {} before the change to version {}", version, target,
               store_version);
  return {};
}

}  // namespace

Status migrate(const Environment& state, const std::string& folder, Time now) {
  Result<int> found = found_version(state);
  if (!found) return found.error();
  if (*found == store_version) return {};
  if (*found > store_version)
    return make_error(
        ErrorCode::store_unavailable,
        fmt::format("the store in {} has version {}, this litegwd reads up to version "
                    "{}",
                    folder, *found, store_version),
        "run the newer litegwd again, or restore a backup of version " +
            std::to_string(store_version));
  if (*found != fresh)
    if (Status copied = back_up(state, folder, *found, now); !copied) return copied.error();
  WriteTxn txn(state.raw());
  for (int version = *found; version >= 0 && version < store_version; ++version)
    if (Status step = steps[static_cast<std::size_t>(version)](txn); !step) return step.error();
  MDB_dbi meta = txn.open_table("meta");
  txn.put(meta, "version", std::to_string(store_version));
  if (int code = txn.commit(); code != 0) return lmdb_error(code, "cannot write the store");
  return {};
}

}  // namespace litegw::store
