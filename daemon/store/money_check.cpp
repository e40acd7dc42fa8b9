// The proof that money adds up: counters = folded + open ledger rows; charges = sums of the spend
// tables, hour by hour, and by members where no row of the hour is folded yet.
#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/store/money_table.h"

namespace litegw::store {
namespace {

void merge(Folded& into, Money amount) {
  into.amount += amount;
  ++into.changes;
}

std::string hour_text(std::uint32_t hour) {
  return to_rfc3339(Time(std::chrono::hours(hour)));
}

}  // namespace

struct MoneyTable::Open {
  std::map<std::uint32_t, Folded> counters;
  std::map<std::uint32_t, std::map<std::string, Money>> hours;  // charges by members
};

std::string MoneyTable::text_of(ReadTxn& txn, std::string_view key) const {
  CounterPlace place = counter_place(key);
  std::string model = names_.name(txn, place.model);
  std::string window = to_text(place.window);
  return fmt::format("{} {}{}{}, {} from {}", to_text(place.kind),
                     escape_control(names_.name(txn, place.id)), model.empty() ? "" : ", model ",
                     escape_control(model), window.empty() ? "no window" : window,
                     to_rfc3339(place.start));
}

Status MoneyTable::check(ReadTxn& txn, const Costs& costs,
                         std::vector<std::string>& problems) const {
  Open open;
  Status read = txn.each(ledger_, [&](std::string_view key, std::string_view value) {
    Result<LedgerRow> row = decode_ledger_row(value);
    if (!row) {
      problems.push_back(
          fmt::format("ledger row {}: {}", from_big_endian(key.substr(4)), row.error().message));
      return true;
    }
    for (std::uint32_t number : row->counters)
      merge(open.counters[number], row->amount);
    if (!row->is_charge()) return true;
    std::string members;
    for (std::uint32_t member : row->members)
      members += big_endian32(member);
    open.hours[static_cast<std::uint32_t>(from_big_endian(key.substr(0, 4)))][members] +=
        row->amount;
    return true;
  });
  if (!read) return read.error();
  if (Status counters = check_counters(txn, open, problems); !counters) return counters.error();
  return check_hours(txn, open, costs, problems);
}

Status MoneyTable::check_counters(ReadTxn& txn, const Open& open,
                                  std::vector<std::string>& problems) const {
  std::map<std::uint32_t, Folded> rows = open.counters;
  Status read = txn.each(folded_, [&](std::string_view key, std::string_view value) {
    auto number = static_cast<std::uint32_t>(from_big_endian(key));
    Result<Folded> folded = decode_folded(value);
    if (!folded) {
      problems.push_back(fmt::format("counter {}: {}", number, folded.error().message));
      return true;
    }
    rows[number].amount += folded->amount;
    rows[number].changes += folded->changes;
    return true;
  });
  if (!read) return read.error();
  read = txn.each(counters_, [&](std::string_view key, std::string_view value) {
    Result<CounterRecord> counter = decode_counter(value);
    if (!counter) {
      problems.push_back(fmt::format("{}: {}", text_of(txn, key), counter.error().message));
      return true;
    }
    Folded sum = rows[counter->number];
    rows.erase(counter->number);
    if (sum.amount != counter->spent || sum.changes != counter->changes)
      problems.push_back(fmt::format("{}: spent {} in {} changes, its ledger says {} in {}",
                                     text_of(txn, key), to_decimal(counter->spent),
                                     counter->changes, to_decimal(sum.amount), sum.changes));
    return true;
  });
  if (!read) return read.error();
  for (const auto& [number, sum] : rows)
    problems.push_back(fmt::format("the ledger has {} changes ({}) of counter {}, which is missing",
                                   sum.changes, to_decimal(sum.amount), number));
  return {};
}

Status MoneyTable::check_hours(ReadTxn& txn, const Open& open, const Costs& costs,
                               std::vector<std::string>& problems) const {
  std::map<std::uint32_t, Money> folded;
  Status read = txn.each(folded_hours_, [&](std::string_view key, std::string_view value) {
    auto hour = static_cast<std::uint32_t>(from_big_endian(key));
    Result<Folded> sum = decode_folded(value);
    if (sum)
      folded[hour] = sum->amount;
    else
      problems.push_back(fmt::format("hour {}: {}", hour_text(hour), sum.error().message));
    return true;
  });
  if (!read) return read.error();
  std::map<std::uint32_t, Money> charged = folded, spent;
  for (const auto& [hour, members] : open.hours)
    for (const auto& [member, amount] : members)
      charged[hour] += amount;
  for (const auto& [hour, members] : costs)
    for (const auto& [member, amount] : members)
      spent[hour] += amount;
  for (const auto& [hour, amount] : spent)
    if (charged[hour] != amount)
      problems.push_back(fmt::format("hour {}: the ledger charged {}, the sums say {}",
                                     hour_text(hour), to_decimal(charged[hour]),
                                     to_decimal(amount)));
  for (const auto& [hour, amount] : charged)
    if (!amount.is_zero() && !spent.contains(hour))
      problems.push_back(fmt::format("hour {}: the ledger charged {}, the sums say nothing",
                                     hour_text(hour), to_decimal(amount)));
  for (const auto& [hour, members] : open.hours) {
    if (folded.contains(hour) || charged[hour] != spent[hour]) continue;
    auto cost = costs.find(hour);
    for (const auto& [member, amount] : members)
      // What cost nothing is in no sum by members.
      if (!amount.is_zero() && (cost == costs.end() || !cost->second.contains(member) ||
                                cost->second.at(member) != amount))
        problems.push_back(fmt::format("hour {}: the ledger and the sums have other owners of {}",
                                       hour_text(hour), to_decimal(amount)));
  }
  return {};
}

}  // namespace litegw::store
