// Who changed what and when, in the state environment: one entry in the transaction of each change.
#pragma once

#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/time.h"
#include "daemon/store/environment.h"
#include "daemon/store/store.h"

namespace litegw::store {

class AuditTable {
 public:
  void open(WriteTxn& txn) { entries_ = txn.open_table("audit"); }
  void add(WriteTxn& txn, const AuditEntry& entry);
  // The number of the newest entry; 0 = there is none.
  std::uint64_t last_number(WriteTxn& txn) const;
  Result<std::uint64_t> last_number(const Environment& state) const;
  Result<std::vector<AuditEntry>> list(const Environment& state, const AuditFilter& filter) const;

 private:
  MDB_dbi entries_ = 0;  // number, rising -> JSON
};

}  // namespace litegw::store
