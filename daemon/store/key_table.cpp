#include "daemon/store/key_table.h"

#include <cstring>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::store {
namespace {

using auth::VirtualKey;

std::string_view bytes_of(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Result<VirtualKey> parse(std::string_view record) {
  // Our own writing: the strict reader would take twice the time.
  Json json = Json::parse(record, nullptr, false);
  if (json.is_discarded()) return make_error(ErrorCode::internal, "a damaged key record: no JSON");
  return auth::from_record(json);
}

Result<std::optional<VirtualKey>> parse_found(const std::optional<std::string_view>& record) {
  if (!record) return std::optional<VirtualKey>();
  Result<VirtualKey> key = parse(*record);
  if (!key) return key.error();
  return std::optional<VirtualKey>(std::move(*key));
}

thread_local ParsedRecords<VirtualKey> parsed_keys;

}  // namespace

void KeyTable::open(WriteTxn& txn) {
  records_.open(txn, "keys", "key_names", "deleted_keys");
  by_hash_ = txn.open_table("key_hashes");
}

Result<std::optional<VirtualKey>> KeyTable::get(WriteTxn& txn, std::string_view id) {
  return parse_found(records_.get(txn, id));
}

std::optional<std::string> KeyTable::id_of(WriteTxn& txn, const Sha256& hash) {
  std::optional<std::string_view> id = txn.get(by_hash_, bytes_of(hash));
  return id ? std::optional<std::string>(*id) : std::nullopt;
}

// Are name and hashes free, or this key's own?
Status KeyTable::check_free(WriteTxn& txn, const VirtualKey& key) {
  if (Status free = records_.check_free(txn, key.id, key.name); !free) return free.error();
  std::optional<std::string_view> owner = txn.get(by_hash_, bytes_of(key.hash));
  if (owner && *owner != key.id) return records_.taken("hash", to_hex(key.hash).substr(0, 8));
  if (!key.old_hash) return {};
  owner = txn.get(by_hash_, bytes_of(*key.old_hash));
  if (owner && *owner != key.id) return records_.taken("hash", to_hex(*key.old_hash).substr(0, 8));
  return {};
}

void KeyTable::index_hashes(WriteTxn& txn, const VirtualKey& key) {
  txn.put(by_hash_, bytes_of(key.hash), key.id);
  if (key.old_hash) txn.put(by_hash_, bytes_of(*key.old_hash), key.id);
}

void KeyTable::forget_hashes(WriteTxn& txn, const VirtualKey& key) {
  txn.remove(by_hash_, bytes_of(key.hash));
  if (key.old_hash) txn.remove(by_hash_, bytes_of(*key.old_hash));
}

void KeyTable::write(WriteTxn& txn, const VirtualKey& key) {
  records_.write(txn, key.id, key.name, dump(auth::to_record(key)));
  index_hashes(txn, key);
}

Status KeyTable::create(WriteTxn& txn, const VirtualKey& key) {
  if (records_.get(txn, key.id)) return records_.taken("id", key.id);
  Status free = check_free(txn, key);
  if (!free) return free.error();
  write(txn, key);
  return {};
}

Status KeyTable::update(WriteTxn& txn, const VirtualKey& key, Time expected_updated) {
  Result<std::optional<VirtualKey>> before = get(txn, key.id);
  if (!before) return before.error();
  if (!*before) return records_.not_there(key.id);
  if ((*before)->updated != expected_updated)
    return records_.changed_meanwhile(key.name.empty() ? key.id : key.name);
  return replace(txn, key);
}

Status KeyTable::replace(WriteTxn& txn, const VirtualKey& key) {
  Result<std::optional<VirtualKey>> before = get(txn, key.id);
  if (!before) return before.error();
  Status free = check_free(txn, key);
  if (!free) return free.error();
  if (*before) {
    forget_hashes(txn, **before);
    records_.forget_name(txn, (*before)->name);
  }
  write(txn, key);
  return {};
}

Status KeyTable::remove(WriteTxn& txn, const std::string& id) {
  Result<std::optional<VirtualKey>> before = get(txn, id);
  if (!before) return before.error();
  if (!*before) return records_.not_there(id);
  forget_hashes(txn, **before);
  records_.remove(txn, id, (*before)->name, dump(auth::to_record(**before)));
  return {};
}

Status KeyTable::rebuild_indexes(WriteTxn& txn) {
  txn.clear(by_hash_);
  records_.forget_names(txn);
  std::vector<VirtualKey> keys;
  Status damaged;
  Status read = records_.each(txn, [&](std::string_view, std::string_view record) {
    Result<VirtualKey> key = parse(record);
    if (key)
      keys.push_back(std::move(*key));
    else
      damaged = key.error();
    return damaged.has_value();
  });
  if (!read) return read.error();
  if (!damaged) return damaged.error();
  for (const VirtualKey& key : keys)
    write(txn, key);
  return {};
}

Result<std::vector<std::string>> KeyTable::owned_by(WriteTxn& txn, auth::OwnerKind kind,
                                                    const std::string& id) const {
  std::vector<std::string> names;
  // Most records are not parsed: they do not have the id in them at all.
  std::string mention = dump(Json(id));
  Status damaged;
  Status read = records_.each(txn, [&](std::string_view, std::string_view record) {
    if (::memmem(record.data(), record.size(), mention.data(), mention.size()) == nullptr)
      return true;
    Result<VirtualKey> key = parse(record);
    if (!key) damaged = key.error();
    if (key && (kind == auth::OwnerKind::user ? key->user_id : key->team_id) == id)
      names.push_back(key->name.empty() ? key->id : key->name);
    return damaged.has_value();
  });
  if (!read) return read.error();
  if (!damaged) return damaged.error();
  return names;
}

Result<std::shared_ptr<const VirtualKey>> KeyTable::find(const Environment& state,
                                                         const Sha256& hash) const {
  ReadTxn txn(state.readers());
  if (txn.failure() != 0) return lmdb_error(txn.failure(), "cannot read the key table");
  std::optional<std::string_view> id = txn.get(by_hash_, bytes_of(hash));
  if (!id) return std::shared_ptr<const VirtualKey>();
  std::optional<std::string_view> record = records_.get(txn, *id);
  if (!record)
    return make_error(ErrorCode::internal, fmt::format("the record of key {} is missing", *id),
                      "litegw store check lists what is damaged");
  std::uint64_t place = 0;
  std::memcpy(&place, hash.data(), sizeof place);
  return parsed_keys.get(place, *record, parse);
}

Result<std::optional<VirtualKey>> KeyTable::find_by(const Environment& state,
                                                    std::string_view name_or_id) const {
  Result<std::optional<std::string>> record = records_.find(state, name_or_id);
  if (!record) return record.error();
  return parse_found(*record);
}

Result<std::vector<VirtualKey>> KeyTable::list(const Environment& state) const {
  std::vector<VirtualKey> keys;
  Status damaged;
  Status read = records_.each(state, [&](std::string_view, std::string_view record) {
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
  Status read = records_.each(state, [&](std::string_view id, std::string_view record) {
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
  auto expect = [&](bool leads, const VirtualKey& key, const char* what) {
    if (!leads) problems.push_back(fmt::format("key {}: its {} does not lead to it", key.id, what));
  };
  for (const VirtualKey& key : keys) {
    expect(txn.get(by_hash_, bytes_of(key.hash)) == key.id, key, "hash");
    if (key.old_hash && *key.old_hash != key.hash)
      expect(txn.get(by_hash_, bytes_of(*key.old_hash)) == key.id, key, "old hash");
    if (!key.name.empty()) expect(records_.leads_to(txn, key.name, key.id), key, "name");
    hashes += key.old_hash && *key.old_hash != key.hash ? 2 : 1;
    names += key.name.empty() ? 0 : 1;
  }
  if (txn.count(by_hash_) > hashes || records_.names(txn) > names)
    problems.emplace_back("the key indexes have entries that no key stands for");
  return {};
}

std::string KeyTable::label(const Environment& state, std::string_view id) const {
  std::optional<std::string> record = records_.find_ever(state, id);
  if (!record) return std::string(id);
  Result<VirtualKey> key = parse(*record);
  return key && !key->name.empty() ? key->name : std::string(id);
}

}  // namespace litegw::store
