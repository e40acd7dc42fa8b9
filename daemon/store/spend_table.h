// What was spent, summed by hour and by day in the state environment, so that reports over long
// periods read little and the raw log can be thrown away. `add` runs on the writer's thread, `sums`
// on any.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/requestlog/row.h"
#include "daemon/store/environment.h"
#include "daemon/store/money_table.h"
#include "daemon/store/name_table.h"
#include "daemon/store/store.h"

namespace litegw::store {

// A request counts in the hour in which it ended, since 1970.
std::uint32_t hour_of(Time time);
std::uint32_t hour_of(const requestlog::Row& row);
Members members_of(NameTable& names, WriteTxn& txn, const requestlog::Row& row);

class SpendTable {
 public:
  explicit SpendTable(NameTable& names) : names_(names) {}
  void open(WriteTxn& txn);

  // Adds the rows, each with its members, to their hours and days: one read and write for each
  // combination of members.
  void add(WriteTxn& txn, const std::vector<requestlog::Row>& rows,
           std::span<const Members> members);
  // Takes back what an unsettled request of that hour cost. It stays a request.
  void release(WriteTxn& txn, std::uint32_t hour, const Members& members, Money cost);
  // Calls `visit` with the cost of every hour and combination of members.
  using VisitCost = std::function<void(std::uint32_t hour, std::string_view members, Money cost)>;
  Status each_cost(WriteTxn& txn, const VisitCost& visit) const;
  Status each_cost(ReadTxn& txn, const VisitCost& visit) const;

  // When each key was used last, by id.
  Result<std::map<std::string, Time, std::less<>>> last_used(const Environment& state) const;
  // Adds what is wrong: a day that is not the sum of its hours, a name that is missing.
  Status check(ReadTxn& txn, std::vector<std::string>& problems) const;

  // In the order of their hours or days, where they have any.
  Result<std::vector<Sum>> sums(const Environment& state, const std::vector<std::string>& by,
                                std::optional<Time> since, std::optional<Time> until) const;

 private:
  struct Counters {
    std::int64_t requests = 0, errors = 0, unpriced = 0;
    ledger::Usage usage;
    Money cost;
    std::int64_t unsettled = 0;
    Money over;
  };
  using Deltas = std::map<std::string, Counters>;
  class Groups;

  static std::string encode(const Counters& counters);
  static Counters decode(std::string_view bytes);
  static void merge(Counters& into, const Counters& from);
  static Counters counters_of(const requestlog::Row& row);
  static void fill(Sum& sum, const Counters& counters);
  static Money cost_in(std::string_view sums) { return decode(sums).cost; }

  void write(WriteTxn& txn, MDB_dbi table, const Deltas& deltas);
  void note_use(WriteTxn& txn, const std::vector<requestlog::Row>& rows);

  struct Tables {
    MDB_dbi hours = 0, days = 0;
  };
  // Keys: hour or day, then the ids of key, user, team, model, provider (and tag or end user).
  Tables plain_, by_tag_, by_end_user_;
  MDB_dbi used_ = 0;  // key id -> when it was used last, in microseconds since 1970
  NameTable& names_;
};

}  // namespace litegw::store
