// Users and teams in the state environment, each kind in tables of its own. Changes run on the
// writer's thread inside its transaction, reads on any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/auth/owner.h"
#include "daemon/store/key_table.h"
#include "daemon/store/named_records.h"

namespace litegw::store {

class OwnerTable {
 public:
  void open(WriteTxn& txn);

  // As for keys: each checks first and then writes.
  Status create(WriteTxn& txn, const auth::Owner& owner);
  Status update(WriteTxn& txn, const auth::Owner& owner, Time expected_updated);
  // Writes it, whatever was there under its id (import).
  Status replace(WriteTxn& txn, const auth::Owner& owner);
  // Refused with conflict while `keys` has some of it.
  Status remove(WriteTxn& txn, auth::OwnerKind kind, const std::string& id, const KeyTable& keys);
  Result<std::optional<auth::Owner>> get(WriteTxn& txn, auth::OwnerKind kind, std::string_view id);

  Result<auth::OwnerPtr> find(const Environment& state, auth::OwnerKind kind,
                              std::string_view id) const;  // null = there is none
  Result<std::optional<auth::Owner>> find_by(const Environment& state, auth::OwnerKind kind,
                                             std::string_view name_or_id) const;
  Result<std::vector<auth::Owner>> list(const Environment& state, auth::OwnerKind kind) const;
  Status check(const Environment& state, std::vector<std::string>& problems) const;
  std::string label(const Environment& state, auth::OwnerKind kind, std::string_view id) const;

 private:
  NamedRecords& of(auth::OwnerKind kind) { return records_[static_cast<std::size_t>(kind)]; }
  const NamedRecords& of(auth::OwnerKind kind) const {
    return records_[static_cast<std::size_t>(kind)];
  }

  std::array<NamedRecords, 2> records_{NamedRecords("user"), NamedRecords("team")};
};

}  // namespace litegw::store
