// Folding: ledger rows of closed hours become sums, so that the state environment stays small.
#include "daemon/store/money_table.h"

namespace litegw::store {
namespace {

constexpr std::uint64_t rows_a_transaction = 2000;
// Busy hours are folded before they are over: 1,000 requests/s would write gigabytes of rows.
constexpr std::uint64_t most_open_rows = 500'000;
// Of one level and window; a clock that was set wrongly finds the counters of before, also those of
// the hours of a day.
constexpr std::size_t kept_counters = 32;
constexpr std::size_t most_dropped = 2000;

void merge(WriteTxn& txn, MDB_dbi table, std::uint32_t key, Folded sum) {
  if (std::optional<std::string_view> stored = txn.get(table, big_endian32(key))) {
    Result<Folded> before = decode_folded(*stored);
    if (!before) return txn.fail(MDB_CORRUPTED);
    sum.amount += before->amount;
    sum.changes += before->changes;
  }
  txn.put(table, big_endian32(key), encode(sum));
}

}  // namespace

struct MoneyTable::FoldBatch {
  std::map<std::uint32_t, Folded> counters, hours;

  void add(std::uint32_t hour, const LedgerRow& row) {
    for (std::uint32_t number : row.counters) {
      Folded& counter = counters[number];
      counter.amount += row.amount;
      ++counter.changes;
    }
    if (!row.is_charge()) return;
    hours[hour].amount += row.amount;
    ++hours[hour].changes;
  }
};

void MoneyTable::write(WriteTxn& txn, const FoldBatch& batch) {
  for (const auto& [number, sum] : batch.counters)
    merge(txn, folded_, number, sum);
  for (const auto& [hour, sum] : batch.hours)
    merge(txn, folded_hours_, hour, sum);
}

void MoneyTable::fold_cost(WriteTxn& txn, std::uint32_t hour, Money cost) {
  merge(txn, folded_hours_, hour, {cost, 0});
}

bool MoneyTable::fold(WriteTxn& txn, std::uint32_t hour) {
  std::uint64_t open = txn.count(ledger_);
  std::uint64_t too_many = open > most_open_rows ? open - most_open_rows : 0;
  FoldBatch batch;
  std::vector<std::string> done;
  bool damaged = false;
  Status read = txn.each(ledger_, [&](std::string_view key, std::string_view value) {
    auto at = static_cast<std::uint32_t>(from_big_endian(key.substr(0, 4)));
    if (at >= hour && done.size() >= too_many) return false;
    Result<LedgerRow> row = decode_ledger_row(value);
    if (row)
      batch.add(at, *row);
    else
      damaged = true;
    done.emplace_back(key);
    return !damaged && done.size() < rows_a_transaction;
  });
  // A damaged row stays where `store check` finds it, with all that came after it.
  if (!read || damaged) {
    txn.fail(MDB_CORRUPTED);
    return false;
  }
  for (const std::string& key : done)
    txn.remove(ledger_, key);
  write(txn, batch);
  if (done.size() == rows_a_transaction) return true;
  if (pruned_hour_ != hour) drop_old_counters(txn);
  pruned_hour_ = hour;
  return false;
}

// A counter may go when newer ones of its level and window exist and all its rows are folded.
void MoneyTable::drop_old_counters(WriteTxn& txn) {
  std::vector<std::pair<std::string, CounterRecord>> group, old;
  auto end_group = [&] {
    std::size_t extra = group.size() > kept_counters ? group.size() - kept_counters : 0;
    for (std::size_t i = 0; i < extra && old.size() < most_dropped; ++i)
      old.push_back(std::move(group[i]));
    group.clear();
  };
  Status read = txn.each(counters_, [&](std::string_view key, std::string_view value) {
    if (!group.empty() && !key.starts_with(group.back().first.substr(0, counter_group)))
      end_group();
    if (Result<CounterRecord> record = decode_counter(value)) group.emplace_back(key, *record);
    return old.size() < most_dropped;
  });
  if (!read) return;
  end_group();
  for (const auto& [key, record] : old) {
    std::string number = big_endian32(record.number);
    std::optional<std::string_view> stored = txn.get(folded_, number);
    Result<Folded> folded = stored ? decode_folded(*stored) : Folded{};
    if (!folded || folded->changes != record.changes) continue;
    txn.remove(counters_, key);
    txn.remove(folded_, number);
  }
}

}  // namespace litegw::store
