// Virtual keys in the state environment: records by id, found by hash and name. Changes run on the
// writer's thread inside its transaction, reads on any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/auth/virtual_key.h"
#include "daemon/store/environment.h"

namespace litegw::store {

class KeyTable {
 public:
  void open(WriteTxn& txn);

  // Each checks first and then writes, so that a refused change leaves the transaction as it was.
  // Fails with already_exists, not_found, conflict or invalid_argument.
  Status create(WriteTxn& txn, const auth::VirtualKey& key);
  Status update(WriteTxn& txn, const auth::VirtualKey& key, Time expected_updated);
  Status remove(WriteTxn& txn, const std::string& id);
  Result<std::optional<auth::VirtualKey>> get(WriteTxn& txn, std::string_view id);
  // Writes the indexes anew from the records.
  Status rebuild_indexes(WriteTxn& txn);
  std::uint64_t count(WriteTxn& txn) { return txn.count(records_); }

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
  void forget_indexes(WriteTxn& txn, const auth::VirtualKey& key);

  MDB_dbi records_ = 0;  // id -> JSON record
  MDB_dbi by_hash_ = 0;  // current and old hashes -> id
  MDB_dbi by_name_ = 0;  // name -> id
  MDB_dbi deleted_ = 0;  // id -> JSON record, for the names in old rows
};

}  // namespace litegw::store
