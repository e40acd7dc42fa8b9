// What was spent, summed by hour and by day in the state environment, so that reports over long
// periods read little and the raw log can be thrown away. `add` runs on the writer's thread, `sums`
// on any.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/requestlog/row.h"
#include "daemon/store/environment.h"
#include "daemon/store/store.h"

namespace litegw::store {

class SpendTable {
 public:
  void open(WriteTxn& txn);

  // Adds the rows to their hours and days, one read and write for each combination of members.
  void add(WriteTxn& txn, const std::vector<requestlog::Row>& rows);
  // After a transaction that did not commit: the names it interned are not known.
  void forget_names() { ids_.clear(); }

  // When each key was used last, by id.
  Result<std::map<std::string, Time, std::less<>>> last_used(const Environment& state) const;
  // Adds what is wrong: a day that is not the sum of its hours, a name that is missing.
  Status check(const Environment& state, std::vector<std::string>& problems) const;

  Result<std::vector<Sum>> sums(const Environment& state, const std::vector<std::string>& by,
                                std::optional<Time> since, std::optional<Time> until) const;

 private:
  struct Counters {
    std::int64_t requests = 0, errors = 0, unpriced = 0;
    ledger::Usage usage;
    Money cost;
  };
  using Deltas = std::map<std::string, Counters>;

  static std::string encode(const Counters& counters);
  static Counters decode(std::string_view bytes);
  static void merge(Counters& into, const Counters& from);
  static Counters counters_of(const requestlog::Row& row);
  static void add_to(Sum& sum, const Counters& counters);

  std::uint32_t name_id(WriteTxn& txn, std::string_view name);
  void write(WriteTxn& txn, MDB_dbi table, const Deltas& deltas);
  void note_use(WriteTxn& txn, const std::vector<requestlog::Row>& rows);
  std::string name_of(const Environment& state, std::uint32_t id) const;

  struct Tables {
    MDB_dbi hours = 0, days = 0;
  };
  // Keys: hour or day, then the ids of key, user, team, model, provider (and tag or end user).
  Tables plain_, by_tag_, by_end_user_;
  MDB_dbi names_ = 0;     // id -> name
  MDB_dbi name_ids_ = 0;  // name -> id
  MDB_dbi used_ = 0;      // key id -> when it was used last, in microseconds since 1970
  std::unordered_map<std::string, std::uint32_t> ids_;
};

}  // namespace litegw::store
