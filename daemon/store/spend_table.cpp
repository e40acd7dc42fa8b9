#include "daemon/store/spend_table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/requestlog/bytes.h"

namespace litegw::store {
namespace {

using requestlog::ByteReader;
using requestlog::ByteWriter;
using requestlog::Row;

constexpr std::uint8_t version = 1;
constexpr std::size_t longest_key = 400;  // LMDB keys hold 511 bytes

constexpr std::array usage_members{
    &ledger::Usage::input,          &ledger::Usage::cache_read,   &ledger::Usage::cache_write,
    &ledger::Usage::cache_write_1h, &ledger::Usage::output,       &ledger::Usage::reasoning,
    &ledger::Usage::audio_input,    &ledger::Usage::audio_output, &ledger::Usage::image_input};

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  return (Money::nano(a) + Money::nano(b)).nano();
}

template <class Txn>
Status read_costs(Txn& txn, MDB_dbi hours, const SpendTable::VisitCost& visit,
                  Money (*cost)(std::string_view)) {
  return txn.each(hours, [&](std::string_view key, std::string_view value) {
    visit(static_cast<std::uint32_t>(from_big_endian(key.substr(0, 4))), key.substr(4),
          cost(value));
    return true;
  });
}

std::string key_of(std::uint32_t at, const Members& members) {
  std::string key = big_endian32(at);
  for (std::uint32_t member : members)
    key += big_endian32(member);
  return key;
}

}  // namespace

// What lies before 1970 counts as its first hour.
std::uint32_t hour_of(Time time) {
  const std::int64_t count = std::chrono::floor<hours>(time).time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, UINT32_MAX));
}
std::uint32_t hour_of(const Row& row) {
  return hour_of(row.started + Duration(row.duration_us));
}

Members members_of(NameTable& names, WriteTxn& txn, const Row& row) {
  return {names.id(txn, row.key_id), names.id(txn, row.user_id), names.id(txn, row.team_id),
          names.id(txn, row.model), names.id(txn, row.provider)};
}

void SpendTable::open(WriteTxn& txn) {
  plain_ = {txn.open_table("spend_hours"), txn.open_table("spend_days")};
  by_tag_ = {txn.open_table("spend_tag_hours"), txn.open_table("spend_tag_days")};
  by_end_user_ = {txn.open_table("spend_end_user_hours"), txn.open_table("spend_end_user_days")};
  used_ = txn.open_table("key_used");
}

std::string SpendTable::encode(const Counters& counters) {
  ByteWriter out;
  out.byte(version);
  out.signed_number(counters.requests);
  out.signed_number(counters.errors);
  out.signed_number(counters.unpriced);
  out.signed_number(counters.cost.nano());
  for (auto member : usage_members)
    out.signed_number(counters.usage.*member);
  out.signed_number(counters.unsettled);
  out.signed_number(counters.over.nano());
  return out.take();
}

SpendTable::Counters SpendTable::decode(std::string_view bytes) {
  ByteReader in(bytes);
  Counters counters;
  in.byte();
  counters.requests = in.signed_number();
  counters.errors = in.signed_number();
  counters.unpriced = in.signed_number();
  counters.cost = Money::nano(in.signed_number());
  for (auto member : usage_members)
    counters.usage.*member = in.signed_number();
  counters.unsettled = in.signed_number();  // zero in older sums, which end before
  counters.over = Money::nano(in.signed_number());
  return counters;
}

void SpendTable::merge(Counters& into, const Counters& from) {
  into.requests += from.requests;
  into.errors += from.errors;
  into.unpriced += from.unpriced;
  into.cost += from.cost;
  into.unsettled += from.unsettled;
  into.over += from.over;
  for (auto member : usage_members)
    into.usage.*member = saturating_add(into.usage.*member, from.usage.*member);
}

SpendTable::Counters SpendTable::counters_of(const Row& row) {
  Counters counters;
  counters.requests = 1;
  counters.errors = row.outcome == requestlog::Outcome::ok && row.status < 400 ? 0 : 1;
  // A request that was refused before a model answered owes nothing.
  bool used = row.usage.total_input() > 0 || row.usage.total_output() > 0;
  counters.unpriced = used && !row.priced ? 1 : 0;
  counters.usage = row.usage;
  counters.cost = row.cost;
  counters.unsettled = row.unsettled ? 1 : 0;
  counters.over = row.over;
  return counters;
}

void SpendTable::add(WriteTxn& txn, const std::vector<Row>& rows,
                     std::span<const Members> members) {
  Deltas hours, days, tag_hours, tag_days, user_hours, user_days;
  std::map<std::pair<std::uint32_t, Members>, Counters> plain;  // few, whatever the number of rows
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const Counters counters = counters_of(row);
    const std::uint32_t at = hour_of(row);
    merge(plain[{at, members[i]}], counters);
    if (row.tags.empty() && row.end_user.empty()) continue;
    const std::string hour = key_of(at, members[i]);
    const std::string day = key_of(at / 24, members[i]);
    for (const std::string& tag : row.tags) {
      std::string id = big_endian32(names_.id(txn, tag));
      merge(tag_hours[hour + id], counters);
      merge(tag_days[day + id], counters);
    }
    if (row.end_user.empty()) continue;
    std::string id = big_endian32(names_.id(txn, row.end_user));
    merge(user_hours[hour + id], counters);
    merge(user_days[day + id], counters);
  }
  for (const auto& [place, counters] : plain) {
    merge(hours[key_of(place.first, place.second)], counters);
    merge(days[key_of(place.first / 24, place.second)], counters);
  }
  write(txn, plain_.hours, hours);
  write(txn, plain_.days, days);
  write(txn, by_tag_.hours, tag_hours);
  write(txn, by_tag_.days, tag_days);
  write(txn, by_end_user_.hours, user_hours);
  write(txn, by_end_user_.days, user_days);
  note_use(txn, rows);
}

void SpendTable::release(WriteTxn& txn, std::uint32_t hour, const Members& members, Money cost) {
  Counters counters;
  counters.cost = Money() - cost;
  counters.unsettled = -1;
  write(txn, plain_.hours, {{key_of(hour, members), counters}});
  write(txn, plain_.days, {{key_of(hour / 24, members), counters}});
}

void SpendTable::note_use(WriteTxn& txn, const std::vector<Row>& rows) {
  std::map<std::string_view, Time> uses;
  for (const Row& row : rows) {
    if (row.key_id.empty() || row.key_id.size() > longest_key) continue;
    Time& last = uses[row.key_id];
    last = std::max(last, row.started);
  }
  for (const auto& [key, time] : uses) {
    auto micros = static_cast<std::uint64_t>(time.time_since_epoch().count());
    std::optional<std::string_view> known = txn.get(used_, key);
    if (!known || from_big_endian(*known) < micros) txn.put(used_, key, big_endian(micros));
  }
}

Status SpendTable::each_cost(WriteTxn& txn, const VisitCost& visit) const {
  return read_costs(txn, plain_.hours, visit, cost_in);
}
Status SpendTable::each_cost(ReadTxn& txn, const VisitCost& visit) const {
  return read_costs(txn, plain_.hours, visit, cost_in);
}

Result<std::map<std::string, Time, std::less<>>> SpendTable::last_used(
    const Environment& state) const {
  std::map<std::string, Time, std::less<>> out;
  Status read = state.scan(used_, {}, false, [&](std::string_view key, std::string_view value) {
    out.emplace(key, Time(Duration(static_cast<std::int64_t>(from_big_endian(value)))));
    return true;
  });
  if (!read) return read.error();
  return out;
}

Status SpendTable::check(ReadTxn& txn, std::vector<std::string>& problems) const {
  for (const auto& [name, tables] :
       {std::pair{"all", plain_}, {"tag", by_tag_}, {"end user", by_end_user_}}) {
    Deltas from_hours, from_days;
    auto gather = [](Deltas& into, std::uint32_t unit) {
      return [&into, unit](std::string_view key, std::string_view value) {
        auto at = static_cast<std::uint32_t>(from_big_endian(key.substr(0, 4)));
        merge(into[big_endian32(at / unit).append(key.substr(4))], decode(value));
        return true;
      };
    };
    Status days = txn.each(tables.days, gather(from_days, 1));
    if (!days) return days.error();
    Status hours = txn.each(tables.hours, gather(from_hours, 24));
    if (!hours) return hours.error();
    for (const auto& [key, counters] : from_days)
      if (encode(from_hours[key]) != encode(counters))
        problems.push_back(fmt::format("sums by {}: day {} is not the sum of its hours", name,
                                       from_big_endian(key.substr(0, 4))));
    if (from_days.size() != from_hours.size())
      problems.push_back(fmt::format("sums by {}: {} days have hours, {} are listed", name,
                                     from_hours.size(), from_days.size()));
  }
  return {};
}

void SpendTable::write(WriteTxn& txn, MDB_dbi table, const Deltas& deltas) {
  for (const auto& [key, delta] : deltas) {
    Counters counters = delta;
    if (std::optional<std::string_view> stored = txn.get(table, key))
      merge(counters, decode(*stored));
    txn.put(table, key, encode(counters));
  }
}

}  // namespace litegw::store
