// The charges of dead processes in the state environment, so that an operator can take one back
// long after its ledger row was folded and its request row dropped. Released ones stay, as the
// proof that they were.
//
// `put`, `find`, `follow` and `drop_oldest` run on the writer's thread inside its transaction,
// `scan` on any.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/budget/unsettled.h"
#include "daemon/store/environment.h"

namespace litegw::store {

class UnsettledTable {
 public:
  void open(WriteTxn& txn) { charges_ = txn.open_table("unsettled"); }

  void put(WriteTxn& txn, const budget::UnsettledCharge& charge);
  Result<std::optional<budget::UnsettledCharge>> find(WriteTxn& txn, std::uint64_t number);
  // After a reset of a counter, or one brought to what the reports say: which charges are in it.
  void follow(WriteTxn& txn, const budget::Entry& entry);
  // Keeps the newest ones that a store should carry.
  void drop_oldest(WriteTxn& txn);

  // Newest first, until `visit` returns false.
  using VisitCharge = std::function<bool(const budget::UnsettledCharge& charge)>;
  Status scan(const Environment& state, const VisitCharge& visit) const;
  // Adds what cannot be read, and counters that say less than the unsettled charges in them.
  // `counters` as of before the call.
  Status check(const Environment& state, const std::vector<budget::Counter>& counters,
               std::vector<std::string>& problems) const;

 private:
  MDB_dbi charges_ = 0;  // number of the hold -> UnsettledCharge
};

}  // namespace litegw::store
