// Virtual keys in the state environment: records by id, found by hash and name. Changes run on the
// writer's thread inside its transaction, reads on any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/auth/owner.h"
#include "daemon/auth/virtual_key.h"
#include "daemon/store/named_records.h"

namespace litegw::store {

class KeyTable {
 public:
  void open(WriteTxn& txn);

  // Each checks first and then writes, so that a refused change leaves the transaction as it was.
  // Fails with already_exists, not_found, conflict or invalid_argument.
  Status create(WriteTxn& txn, const auth::VirtualKey& key);
  Status update(WriteTxn& txn, const auth::VirtualKey& key, Time expected_updated);
  // Writes it, whatever was there under its id (import).
  Status replace(WriteTxn& txn, const auth::VirtualKey& key);
  Status remove(WriteTxn& txn, const std::string& id);
  Result<std::optional<auth::VirtualKey>> get(WriteTxn& txn, std::string_view id);
  // The id of the key with that hash.
  std::optional<std::string> id_of(WriteTxn& txn, const Sha256& hash);
  // Writes the indexes anew from the records.
  Status rebuild_indexes(WriteTxn& txn);
  std::uint64_t count(WriteTxn& txn) { return records_.count(txn); }
  // The names (ids where there is none) of the keys of a user or a team.
  Result<std::vector<std::string>> owned_by(WriteTxn& txn, auth::OwnerKind kind,
                                            const std::string& id) const;

  // Null = there is none.
  Result<std::shared_ptr<const auth::VirtualKey>> find(const Environment& state,
                                                       const Sha256& hash) const;
  Result<std::optional<auth::VirtualKey>> find_by(const Environment& state,
                                                  std::string_view name_or_id) const;
  Result<std::vector<auth::VirtualKey>> list(const Environment& state) const;
  // Adds what is wrong: a record that cannot be read, an index entry that is missing or too many.
  Status check(const Environment& state, std::vector<std::string>& problems) const;
  // The name of a key that exists or was deleted; the id when it has none.
  std::string label(const Environment& state, std::string_view id) const;

 private:
  Status check_free(WriteTxn& txn, const auth::VirtualKey& key);
  void write(WriteTxn& txn, const auth::VirtualKey& key);
  void index_hashes(WriteTxn& txn, const auth::VirtualKey& key);
  void forget_hashes(WriteTxn& txn, const auth::VirtualKey& key);

  NamedRecords records_{"key"};
  MDB_dbi by_hash_ = 0;  // current and old hashes -> id
};

}  // namespace litegw::store
