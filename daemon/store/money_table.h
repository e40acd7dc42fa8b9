// Money in the state environment: what every level has spent in every period (counters), each
// change of a counter (ledger rows), and what requests under way have set aside (holds). A counter
// is changed only together with a ledger row, in one transaction. The rows of closed hours are
// folded: added to a sum per counter and a sum per hour, and dropped.
//
// `add`, `hold` and `fold` run on the writer's thread inside its transaction, reads on any thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/budget/journal.h"
#include "daemon/store/environment.h"
#include "daemon/store/money_record.h"
#include "daemon/store/name_table.h"

namespace litegw::store {

// A ledger row to be: a change of the counters of `places`, in the hour of its request row.
struct LedgerChange {
  budget::Entry::Kind kind{};
  std::uint32_t hour = 0;  // since 1970
  Members members{};
  std::uint64_t sequence = 0;
  Money amount, over;
  const budget::PlaceList* places = nullptr;
};

class MoneyTable {
 public:
  explicit MoneyTable(NameTable& names) : names_(names) {}
  void open(WriteTxn& txn);

  // One read and write of each counter, however many changes name it; a list of places that many
  // changes share is looked up once.
  void add(WriteTxn& txn, std::span<const LedgerChange> changes);
  // A place's counter; zeros when nothing was ever spent there.
  CounterRecord counter(WriteTxn& txn, const budget::Place& place);
  void put_hold(WriteTxn& txn, const budget::OpenHold& hold);
  void end_hold(WriteTxn& txn, std::uint64_t number) { txn.remove(holds_, big_endian(number)); }
  Result<std::vector<budget::OpenHold>> holds(WriteTxn& txn);

  // Folds some rows of hours before `hour`, and the oldest of what is more than a store should
  // carry. True = there is more to do.
  bool fold(WriteTxn& txn, std::uint32_t hour);
  // What requests cost in an hour before the ledger began (migration).
  void fold_cost(WriteTxn& txn, std::uint32_t hour, Money cost);

  Result<std::vector<budget::Counter>> counters(const Environment& state) const;
  Result<std::vector<budget::OpenHold>> holds(const Environment& state) const;
  // Adds what is wrong: a counter that is not the sum of its folded and open rows; an hour whose
  // rows do not agree with `costs`, what the spend tables say of it by members.
  using Costs = std::map<std::uint32_t, std::map<std::string, Money>>;
  Status check(ReadTxn& txn, const Costs& costs, std::vector<std::string>& problems) const;

 private:
  struct Live {
    CounterRecord record;
    bool stored = false;
  };
  struct KeyHash {
    std::size_t operator()(const CounterKey& key) const {
      return std::hash<std::string_view>{}(bytes_of(key));
    }
  };
  using LiveCounters = std::unordered_map<CounterKey, Live, KeyHash>;
  struct Group;
  using Groups = std::unordered_map<const void*, Group>;  // by PlaceList::identity
  struct Numbers {                                        // the last that were given
    std::uint64_t row = 0, counter = 0;
  };
  struct FoldBatch;

  CounterKey key_of(WriteTxn& txn, const budget::Place& place);
  Live load(WriteTxn& txn, const CounterKey& key);
  Live& live(WriteTxn& txn, LiveCounters& counters, const budget::Place& place, Numbers& numbers);
  Group& group(WriteTxn& txn, Groups& groups, LiveCounters& counters,
               const budget::PlaceList& places, Numbers& numbers);
  Numbers numbers(WriteTxn& txn);
  void put_numbers(WriteTxn& txn, const Numbers& numbers);
  void write(WriteTxn& txn, const FoldBatch& batch);
  void drop_old_counters(WriteTxn& txn);

  struct Open;  // sums of the ledger rows that are not folded
  Status check_counters(ReadTxn& txn, const Open& open, std::vector<std::string>& problems) const;
  Status check_hours(ReadTxn& txn, const Open& open, const Costs& costs,
                     std::vector<std::string>& problems) const;
  std::string text_of(ReadTxn& txn, std::string_view counter_key) const;

  NameTable& names_;
  MDB_dbi counters_ = 0;      // CounterKey -> CounterRecord
  MDB_dbi ledger_ = 0;        // hour, number of the row -> LedgerRow
  MDB_dbi folded_ = 0;        // number of the counter -> Folded
  MDB_dbi folded_hours_ = 0;  // hour -> Folded, of charges
  MDB_dbi holds_ = 0;         // number -> hold
  MDB_dbi meta_ = 0;
  std::uint32_t pruned_hour_ = 0;
};

}  // namespace litegw::store
