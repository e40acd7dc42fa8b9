#include "daemon/store/money_table.h"

#include "daemon/requestlog/bytes.h"

namespace litegw::store {
namespace {

constexpr const char* numbers_key = "ledger_numbers";

template <class Read>
Result<std::vector<budget::OpenHold>> gather_holds(const Read& read_table) {
  std::vector<budget::OpenHold> out;
  Status damaged;
  Status read = read_table([&](std::string_view key, std::string_view value) {
    Result<budget::OpenHold> hold = decode_hold(value);
    if (!hold) {
      damaged = hold.error();
      return false;
    }
    hold->number = from_big_endian(key);
    out.push_back(std::move(*hold));
    return true;
  });
  if (!read) return read.error();
  if (!damaged) return damaged.error();
  return out;
}

}  // namespace

void MoneyTable::open(WriteTxn& txn) {
  counters_ = txn.open_table("counters");
  ledger_ = txn.open_table("ledger");
  folded_ = txn.open_table("folded_counters");
  folded_hours_ = txn.open_table("folded_hours");
  holds_ = txn.open_table("holds");
  meta_ = txn.open_table("meta");
}

MoneyTable::Numbers MoneyTable::numbers(WriteTxn& txn) {
  Numbers out;
  std::optional<std::string_view> stored = txn.get(meta_, numbers_key);
  if (!stored) return out;
  requestlog::ByteReader in(*stored);
  out.row = in.number();
  out.counter = in.number();
  return out;
}

void MoneyTable::put_numbers(WriteTxn& txn, const Numbers& numbers) {
  requestlog::ByteWriter out;
  out.number(numbers.row);
  out.number(numbers.counter);
  txn.put(meta_, numbers_key, out.take());
}

CounterKey MoneyTable::key_of(WriteTxn& txn, const budget::Place& place) {
  return counter_key(place.level.kind, names_.id(txn, place.level.id),
                     names_.id(txn, place.level.model), place.window, place.period.start);
}

MoneyTable::Live MoneyTable::load(WriteTxn& txn, const CounterKey& key) {
  std::optional<std::string_view> stored = txn.get(counters_, bytes_of(key));
  if (!stored) return {};
  Result<CounterRecord> record = decode_counter(*stored);
  // Writing over a damaged counter would hide what it said.
  if (!record) txn.fail(MDB_CORRUPTED);
  return record ? Live{*record, true} : Live{};
}

CounterRecord MoneyTable::counter(WriteTxn& txn, const budget::Place& place) {
  return load(txn, key_of(txn, place)).record;
}

MoneyTable::Live& MoneyTable::live(WriteTxn& txn, LiveCounters& counters,
                                   const budget::Place& place, Numbers& numbers) {
  auto [entry, fresh] = counters.try_emplace(key_of(txn, place));
  if (!fresh) return entry->second;
  entry->second = load(txn, entry->first);
  if (entry->second.stored) return entry->second;
  entry->second.record.number = static_cast<std::uint32_t>(++numbers.counter);
  entry->second.record.end = place.period.end;
  return entry->second;
}

// The counters of one list of places, and what its changes add to each of them.
struct MoneyTable::Group {
  std::vector<CounterRecord*> counters;
  std::vector<std::uint32_t> numbers;
  Money amount, opened;
  std::uint64_t changes = 0;

  void add(const LedgerChange& change) {
    amount += change.amount;
    if (change.kind == budget::Entry::Kind::opening) opened += change.amount;
    ++changes;
  }
  void settle() const {
    for (CounterRecord* counter : counters) {
      counter->spent += amount;
      counter->opened += opened;
      counter->changes += changes;
    }
  }
};

MoneyTable::Group& MoneyTable::group(WriteTxn& txn, Groups& groups, LiveCounters& counters,
                                     const budget::PlaceList& places, Numbers& numbers) {
  auto [entry, fresh] = groups.try_emplace(places.identity());
  Group& group = entry->second;
  if (!fresh) return group;
  for (const budget::Place& place : places) {
    CounterRecord& record = live(txn, counters, place, numbers).record;
    group.counters.push_back(&record);
    group.numbers.push_back(record.number);
  }
  return group;
}

void MoneyTable::add(WriteTxn& txn, std::span<const LedgerChange> changes) {
  if (changes.empty()) return;
  Numbers last = numbers(txn);
  LiveCounters counters;
  Groups groups;
  LedgerRow row;
  for (const LedgerChange& change : changes) {
    Group& places = group(txn, groups, counters, *change.places, last);
    places.add(change);
    row.kind = change.kind;
    row.members = change.members;
    row.amount = change.amount;
    row.over = change.over;
    row.sequence = change.sequence;
    row.counters = places.numbers;
    txn.put(ledger_, big_endian32(change.hour) + big_endian(++last.row), encode(row));
  }
  for (const auto& [identity, places] : groups)
    places.settle();
  for (const auto& [key, counter] : counters)
    txn.put(counters_, bytes_of(key), encode(counter.record));
  put_numbers(txn, last);
}

void MoneyTable::put_hold(WriteTxn& txn, const budget::OpenHold& hold) {
  txn.put(holds_, big_endian(hold.number), encode(hold));
}

Result<std::vector<budget::OpenHold>> MoneyTable::holds(WriteTxn& txn) {
  return gather_holds([&](const Visit& visit) { return txn.each(holds_, visit); });
}
Result<std::vector<budget::OpenHold>> MoneyTable::holds(const Environment& state) const {
  return gather_holds([&](const Visit& visit) { return state.scan(holds_, {}, false, visit); });
}

Result<std::vector<budget::Counter>> MoneyTable::counters(const Environment& state) const {
  std::vector<std::pair<CounterPlace, CounterRecord>> found;
  Status damaged;
  Status read = state.scan(counters_, {}, false, [&](std::string_view key, std::string_view value) {
    Result<CounterRecord> record = decode_counter(value);
    if (!record) {
      damaged = record.error();
      return false;
    }
    found.emplace_back(counter_place(key), *record);
    return true;
  });
  if (!read) return read.error();
  if (!damaged) return damaged.error();
  std::vector<budget::Counter> out;
  out.reserve(found.size());
  for (const auto& [place, record] : found) {
    ReadTxn txn(state.readers());
    budget::LevelId level{place.kind, names_.name(txn, place.id), names_.name(txn, place.model)};
    out.push_back({{std::move(level), place.window, {place.start, record.end}}, record.spent});
  }
  return out;
}

}  // namespace litegw::store
