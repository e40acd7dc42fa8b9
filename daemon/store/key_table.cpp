#include "daemon/store/key_table.h"

#include <array>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::store {
namespace {

using auth::VirtualKey;

constexpr std::size_t longest_name = 255;  // LMDB keys hold 511 bytes
constexpr std::size_t shortest_prefix = 6;

std::string_view bytes_of(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Result<VirtualKey> parse(std::string_view record) {
  // Our own writing: the strict reader would take twice the time.
  Json json = Json::parse(record, nullptr, false);
  if (json.is_discarded()) return make_error(ErrorCode::internal, "a damaged key record: no JSON");
  return auth::from_record(json);
}

// What a thread has parsed last, by the record's own bytes: the record is read from LMDB every
// time, only an unchanged one is not parsed again.
struct Parsed {
  std::string record;
  std::shared_ptr<const VirtualKey> key;
};
thread_local std::array<Parsed, 1024> parsed_records;

Error not_there(std::string_view id) {
  return make_error(ErrorCode::not_found,
                    fmt::format("there is no key '{}'", escape_control(shorten(id, 80))),
                    "litegw key list shows the keys that exist");
}

Error taken(std::string_view what, std::string_view which) {
  return make_error(
      ErrorCode::already_exists,
      fmt::format("a key with {} '{}' exists already", what, escape_control(shorten(which, 80))),
      "choose another name, or delete that key first", std::string(what));
}

}  // namespace

void KeyTable::open(WriteTxn& txn) {
  records_ = txn.open_table("keys");
  by_hash_ = txn.open_table("key_hashes");
  by_name_ = txn.open_table("key_names");
  deleted_ = txn.open_table("deleted_keys");
}

Result<std::optional<VirtualKey>> KeyTable::get(WriteTxn& txn, std::string_view id) {
  std::optional<std::string_view> record = txn.get(records_, id);
  if (!record) return std::optional<VirtualKey>();
  Result<VirtualKey> key = parse(*record);
  if (!key) return key.error();
  return std::optional<VirtualKey>(std::move(*key));
}

// Are name and hashes free, or this key's own?
Status KeyTable::check_free(WriteTxn& txn, const VirtualKey& key) {
  if (key.id.empty() || key.id.size() > longest_name)
    return make_error(ErrorCode::invalid_argument, "a key needs an id", {}, "id");
  if (key.name.size() > longest_name)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("the name of a key has at most {} bytes, this one has {}",
                                  longest_name, key.name.size()),
                      {}, "name");
  std::optional<std::string_view> owner = txn.get(by_name_, key.name);
  if (owner && *owner != key.id) return taken("name", key.name);
  owner = txn.get(by_hash_, bytes_of(key.hash));
  if (owner && *owner != key.id) return taken("hash", to_hex(key.hash).substr(0, 8));
  if (!key.old_hash) return {};
  owner = txn.get(by_hash_, bytes_of(*key.old_hash));
  if (owner && *owner != key.id) return taken("hash", to_hex(*key.old_hash).substr(0, 8));
  return {};
}

void KeyTable::write(WriteTxn& txn, const VirtualKey& key) {
  txn.put(records_, key.id, dump(auth::to_record(key)));
  txn.put(by_hash_, bytes_of(key.hash), key.id);
  if (key.old_hash) txn.put(by_hash_, bytes_of(*key.old_hash), key.id);
  if (!key.name.empty()) txn.put(by_name_, key.name, key.id);
}

void KeyTable::forget_indexes(WriteTxn& txn, const VirtualKey& key) {
  txn.remove(by_hash_, bytes_of(key.hash));
  if (key.old_hash) txn.remove(by_hash_, bytes_of(*key.old_hash));
  txn.remove(by_name_, key.name);
}

Status KeyTable::create(WriteTxn& txn, const VirtualKey& key) {
  if (txn.get(records_, key.id)) return taken("id", key.id);
  Status free = check_free(txn, key);
  if (!free) return free.error();
  write(txn, key);
  return {};
}

Status KeyTable::update(WriteTxn& txn, const VirtualKey& key, Time expected_updated) {
  Result<std::optional<VirtualKey>> before = get(txn, key.id);
  if (!before) return before.error();
  if (!*before) return not_there(key.id);
  if ((*before)->updated != expected_updated)
    return make_error(
        ErrorCode::conflict,
        fmt::format("key '{}' was changed meanwhile", key.name.empty() ? key.id : key.name),
        "look at it again and repeat the change");
  Status free = check_free(txn, key);
  if (!free) return free.error();
  forget_indexes(txn, **before);
  write(txn, key);
  return {};
}

Status KeyTable::remove(WriteTxn& txn, const std::string& id) {
  Result<std::optional<VirtualKey>> before = get(txn, id);
  if (!before) return before.error();
  if (!*before) return not_there(id);
  forget_indexes(txn, **before);
  txn.remove(records_, id);
  txn.put(deleted_, id, dump(auth::to_record(**before)));
  return {};
}

Status KeyTable::rebuild_indexes(WriteTxn& txn) {
  txn.clear(by_hash_);
  txn.clear(by_name_);
  MDB_cursor* cursor = nullptr;
  int code = txn.failure() != 0 ? txn.failure() : mdb_cursor_open(txn.raw(), records_, &cursor);
  if (code != 0) return lmdb_error(code, "cannot read the key table");
  std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closer(cursor, &mdb_cursor_close);
  MDB_val id{}, record{};
  while ((code = mdb_cursor_get(cursor, &id, &record, MDB_NEXT)) == 0) {
    Result<VirtualKey> key = parse({static_cast<const char*>(record.mv_data), record.mv_size});
    if (!key) return key.error();
    txn.put(by_hash_, bytes_of(key->hash), key->id);
    if (key->old_hash) txn.put(by_hash_, bytes_of(*key->old_hash), key->id);
    if (!key->name.empty()) txn.put(by_name_, key->name, key->id);
  }
  if (code != MDB_NOTFOUND) return lmdb_error(code, "cannot read the key table");
  return {};
}

Result<std::shared_ptr<const VirtualKey>> KeyTable::find(const Environment& state,
                                                         const Sha256& hash) const {
  ReadTxn txn(state.readers());
  if (txn.failure() != 0) return lmdb_error(txn.failure(), "cannot read the key table");
  std::optional<std::string_view> id = txn.get(by_hash_, bytes_of(hash));
  if (!id) return std::shared_ptr<const VirtualKey>();
  std::optional<std::string_view> record = txn.get(records_, *id);
  if (!record)
    return make_error(ErrorCode::internal, fmt::format("the record of key {} is missing", *id),
                      "litegw store check lists what is damaged");
  Parsed& last = parsed_records[(hash[0] * 256u + hash[1]) % parsed_records.size()];
  if (last.key && last.record == *record) return last.key;
  Result<VirtualKey> key = parse(*record);
  if (!key) return key.error();
  last = {std::string(*record), std::make_shared<const VirtualKey>(std::move(*key))};
  return last.key;
}

Result<std::optional<VirtualKey>> KeyTable::find_by(const Environment& state,
                                                    std::string_view name_or_id) const {
  std::string id;
  {
    ReadTxn txn(state.readers());
    if (txn.failure() != 0) return lmdb_error(txn.failure(), "cannot read the key table");
    id = txn.get(by_name_, name_or_id).value_or(name_or_id);
    if (std::optional<std::string_view> record = txn.get(records_, id)) {
      Result<VirtualKey> key = parse(*record);
      if (!key) return key.error();
      return std::optional<VirtualKey>(std::move(*key));
    }
  }
  if (name_or_id.size() < shortest_prefix || name_or_id.size() > longest_name)
    return std::optional<VirtualKey>();
  std::vector<std::pair<std::string, std::string>> found;
  Status read = state.scan(records_, std::string(name_or_id), false,
                           [&](std::string_view key, std::string_view record) {
                             if (!key.starts_with(name_or_id)) return false;
                             found.emplace_back(key, record);
                             return found.size() < 2;
                           });
  if (!read) return read.error();
  if (found.empty()) return std::optional<VirtualKey>();
  if (found.size() > 1)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("'{}' is the beginning of several ids, among them {} and {}",
                                  name_or_id, found[0].first, found[1].first),
                      "write more of the id");
  Result<VirtualKey> key = parse(found[0].second);
  if (!key) return key.error();
  return std::optional<VirtualKey>(std::move(*key));
}

Result<std::vector<VirtualKey>> KeyTable::list(const Environment& state) const {
  std::vector<VirtualKey> keys;
  Status damaged;
  Status read = state.scan(records_, {}, false, [&](std::string_view, std::string_view record) {
    Result<VirtualKey> key = parse(record);
    if (!key) {
      damaged = key.error();
      return false;
    }
    keys.push_back(std::move(*key));
    return true;
  });
  if (!read) return read.error();
  if (!damaged) return damaged.error();
  return keys;
}

Status KeyTable::check(const Environment& state, std::vector<std::string>& problems) const {
  std::size_t hashes = 0, names = 0;
  std::vector<VirtualKey> keys;
  Status read = state.scan(records_, {}, false, [&](std::string_view id, std::string_view record) {
    Result<VirtualKey> key = parse(record);
    if (key)
      keys.push_back(std::move(*key));
    else
      problems.push_back(fmt::format("key {}: {}", escape_control(id), key.error().message));
    return true;
  });
  if (!read) return read.error();
  ReadTxn txn(state.readers());
  if (txn.failure() != 0) return lmdb_error(txn.failure(), "cannot read the key table");
  auto expect = [&](MDB_dbi table, std::string_view entry, const VirtualKey& key,
                    const char* what) {
    if (txn.get(table, entry) != key.id)
      problems.push_back(fmt::format("key {}: its {} does not lead to it", key.id, what));
  };
  for (const VirtualKey& key : keys) {
    expect(by_hash_, bytes_of(key.hash), key, "hash");
    if (key.old_hash && *key.old_hash != key.hash)
      expect(by_hash_, bytes_of(*key.old_hash), key, "old hash");
    if (!key.name.empty()) expect(by_name_, key.name, key, "name");
    hashes += key.old_hash && *key.old_hash != key.hash ? 2 : 1;
    names += key.name.empty() ? 0 : 1;
  }
  if (txn.count(by_hash_) > hashes || txn.count(by_name_) > names)
    problems.emplace_back("the key indexes have entries that no key stands for");
  return {};
}

std::string KeyTable::label(const Environment& state, std::string_view id) const {
  ReadTxn txn(state.readers());
  for (MDB_dbi table : {records_, deleted_}) {
    std::optional<std::string_view> record = txn.get(table, id);
    if (!record) continue;
    Result<VirtualKey> key = parse(*record);
    if (key && !key->name.empty()) return key->name;
  }
  return std::string(id);
}

}  // namespace litegw::store
