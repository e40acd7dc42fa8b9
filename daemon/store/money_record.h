// The binary forms of what the money tables keep: counters, ledger rows, folded rows and holds.
// Pure; a damaged record is an error, never a crash.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/budget/unsettled.h"

namespace litegw::store {

// Who a charge is for, as ids of NameTable: key, user, team, model, provider. The same bytes as in
// the keys of the spend tables.
using Members = std::array<std::uint32_t, 5>;

// A place as a table key: level kind, id, model, window and start of the period, 22 bytes. Counters
// of one level and window lie together, in the order of their periods.
using CounterKey = std::array<char, 22>;
constexpr std::size_t counter_group = 14;  // bytes that counters of one level and window share

CounterKey counter_key(budget::LevelKind kind, std::uint32_t id, std::uint32_t model,
                       const budget::Window& window, Time start);
inline std::string_view bytes_of(const CounterKey& key) {
  return {key.data(), key.size()};
}
struct CounterPlace {
  budget::LevelKind kind{};
  std::uint32_t id = 0, model = 0;
  budget::Window window;
  Time start;
};
CounterPlace counter_place(std::string_view key);

struct CounterRecord {
  std::uint32_t number = 0;  // what ledger rows call it
  Time end;
  Money spent;
  Money opened;               // the part of `spent` that openings brought
  std::uint64_t changes = 0;  // ledger rows that have named it
};
std::string encode(const CounterRecord& counter);
Result<CounterRecord> decode_counter(std::string_view bytes);

struct LedgerRow {
  budget::Entry::Kind kind{};
  Members members{};
  Money amount, over;
  std::uint64_t sequence = 0;  // of the request row; 0 = an operator's change
  std::vector<std::uint32_t> counters;
  // What a request cost, or is not to cost any more, as opposed to an operator's change of a
  // counter.
  bool is_charge() const {
    return kind == budget::Entry::Kind::settle || kind == budget::Entry::Kind::unsettled ||
           kind == budget::Entry::Kind::release;
  }
};
std::string encode(const LedgerRow& row);
Result<LedgerRow> decode_ledger_row(std::string_view bytes);

// What was folded away, of a counter or of an hour.
struct Folded {
  Money amount;
  std::uint64_t changes = 0;
};
std::string encode(const Folded& folded);
Result<Folded> decode_folded(std::string_view bytes);

std::string encode(const budget::OpenHold& hold);  // without its number
Result<budget::OpenHold> decode_hold(std::string_view bytes);

std::string encode(const budget::UnsettledCharge& charge);  // without its number
Result<budget::UnsettledCharge> decode_unsettled(std::string_view bytes);

}  // namespace litegw::store
