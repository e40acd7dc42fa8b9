#include "daemon/store/unsettled_table.h"

#include <map>
#include <tuple>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/store/money_record.h"

namespace litegw::store {
namespace {

using budget::Entry;
using budget::UnsettledCharge;

// Some 300 bytes each; a crash leaves as many as there were requests under way.
constexpr std::uint64_t most_kept = 50'000;

Result<UnsettledCharge> charge_of(std::string_view key, std::string_view value) {
  Result<UnsettledCharge> charge = decode_unsettled(value);
  if (charge) charge->number = from_big_endian(key);
  return charge;
}

bool changes(UnsettledCharge& charge, const Entry& entry) {
  bool changed = false;
  for (const budget::Place& place : entry.places) {
    if (entry.kind == Entry::Kind::reset) changed |= leave(charge, place);
    if (entry.kind == Entry::Kind::opening) changed |= join(charge, place);
  }
  return changed;
}

using PlaceKey = std::tuple<budget::LevelId, budget::Window::Kind, std::uint32_t, Time>;
PlaceKey key_of(const budget::Place& place) {
  return {place.level, place.window.kind, place.window.count, place.period.start};
}

}  // namespace

void UnsettledTable::put(WriteTxn& txn, const UnsettledCharge& charge) {
  txn.put(charges_, big_endian(charge.number), encode(charge));
}

Result<std::optional<UnsettledCharge>> UnsettledTable::find(WriteTxn& txn, std::uint64_t number) {
  const std::string key = big_endian(number);
  const std::optional<std::string_view> stored = txn.get(charges_, key);
  if (!stored) return std::optional<UnsettledCharge>();
  Result<UnsettledCharge> charge = charge_of(key, *stored);
  if (!charge) return charge.error();
  return std::optional<UnsettledCharge>(std::move(*charge));
}

// A damaged charge is in the way of nobody: `check` names it, and it cannot be released.
void UnsettledTable::follow(WriteTxn& txn, const Entry& entry) {
  std::vector<UnsettledCharge> changed;
  const Status read = txn.each(charges_, [&](std::string_view key, std::string_view value) {
    Result<UnsettledCharge> charge = charge_of(key, value);
    if (charge && changes(*charge, entry)) changed.push_back(std::move(*charge));
    return true;
  });
  if (!read) return txn.fail(MDB_CORRUPTED);
  for (const UnsettledCharge& charge : changed)
    put(txn, charge);
}

void UnsettledTable::drop_oldest(WriteTxn& txn) {
  const std::uint64_t kept = txn.count(charges_);
  if (kept <= most_kept) return;
  std::vector<std::string> old;
  const Status read = txn.each(charges_, [&](std::string_view key, std::string_view) {
    old.emplace_back(key);
    return old.size() < kept - most_kept;
  });
  if (!read) return txn.fail(MDB_CORRUPTED);
  for (const std::string& key : old)
    txn.remove(charges_, key);
}

Status UnsettledTable::scan(const Environment& state, const VisitCharge& visit) const {
  return state.scan(charges_, {}, true, [&](std::string_view key, std::string_view value) {
    const Result<UnsettledCharge> charge = charge_of(key, value);
    return charge ? visit(*charge) : true;
  });
}

Status UnsettledTable::check(const Environment& state, const std::vector<budget::Counter>& counters,
                             std::vector<std::string>& problems) const {
  std::map<PlaceKey, Money> sums;
  const Status read =
      state.scan(charges_, {}, false, [&](std::string_view key, std::string_view value) {
        const Result<UnsettledCharge> charge = charge_of(key, value);
        if (!charge)
          problems.push_back(
              fmt::format("unsettled charge {}: {}", from_big_endian(key), charge.error().message));
        if (!charge || charge->released) return true;
        for (const budget::Place& place : charge->places)
          sums[key_of(place)] += charge->amount;
        return true;
      });
  if (!read) return read.error();
  for (const budget::Counter& counter : counters) {
    const auto sum = sums.find(key_of(counter.place));
    if (sum != sums.end() && counter.spent < sum->second)
      problems.push_back(fmt::format("{} {}: spent {}, but its unsettled charges come to {}",
                                     budget::to_text(counter.place.level.kind),
                                     escape_control(counter.place.level.id),
                                     to_decimal(counter.spent), to_decimal(sum->second)));
  }
  return {};
}

}  // namespace litegw::store
