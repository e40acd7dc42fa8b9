#include "daemon/store/audit_table.h"

#include <algorithm>

#include "common/base/json.h"

namespace litegw::store {
namespace {

constexpr int version = 1;

AuditEntry read(std::string_view key, const Json& record) {
  AuditEntry entry;
  entry.number = from_big_endian(key);
  entry.time = Time(Duration(record.value("time", std::int64_t{0})));
  entry.actor = record.value("actor", std::string());
  entry.action = record.value("action", std::string());
  entry.target = record.value("target", std::string());
  entry.target_name = record.value("name", std::string());
  entry.before = record.value("before", Json());
  entry.after = record.value("after", Json());
  return entry;
}

bool matches(const AuditEntry& entry, const AuditFilter& filter) {
  if (filter.since && entry.time < *filter.since) return false;
  if (!filter.actor.empty() && entry.actor != filter.actor) return false;
  return filter.target.empty() || entry.target == filter.target ||
         entry.target_name == filter.target;
}

}  // namespace

std::uint64_t AuditTable::last_number(WriteTxn& txn) const {
  MDB_cursor* cursor = nullptr;
  if (txn.failure() != 0 || mdb_cursor_open(txn.raw(), entries_, &cursor) != 0) return 0;
  MDB_val key{}, value{};
  std::uint64_t number = 0;
  if (mdb_cursor_get(cursor, &key, &value, MDB_LAST) == 0)
    number = from_big_endian({static_cast<const char*>(key.mv_data), key.mv_size});
  mdb_cursor_close(cursor);
  return number;
}

Result<std::uint64_t> AuditTable::last_number(const Environment& state) const {
  std::uint64_t number = 0;
  Status scanned =
      state.scan(entries_, {}, true, [&](std::string_view key, std::string_view /*value*/) {
        number = from_big_endian(key);
        return false;
      });
  if (!scanned) return scanned.error();
  return number;
}

void AuditTable::add(WriteTxn& txn, const AuditEntry& entry) {
  Json record = {{"v", version},           {"time", entry.time.time_since_epoch().count()},
                 {"actor", entry.actor},   {"action", entry.action},
                 {"target", entry.target}, {"name", entry.target_name}};
  if (!entry.before.is_null()) record["before"] = entry.before;
  if (!entry.after.is_null()) record["after"] = entry.after;
  txn.put(entries_, big_endian(last_number(txn) + 1), dump(record));
}

Result<std::vector<AuditEntry>> AuditTable::list(const Environment& state,
                                                 const AuditFilter& filter) const {
  std::vector<AuditEntry> out;
  Status scanned =
      state.scan(entries_, {}, true, [&](std::string_view key, std::string_view value) {
        Result<Json> record = parse_json(value);
        if (!record || !record->is_object()) return true;
        AuditEntry entry = read(key, *record);
        if (matches(entry, filter)) out.push_back(std::move(entry));
        return out.size() < filter.limit;
      });
  if (!scanned) return scanned.error();
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace litegw::store
