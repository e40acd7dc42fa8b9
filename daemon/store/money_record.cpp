#include "daemon/store/money_record.h"

#include <cstring>

#include "daemon/requestlog/bytes.h"

namespace litegw::store {
namespace {

using requestlog::ByteReader;
using requestlog::ByteWriter;

constexpr std::uint8_t version = 1;

template <class Number>
char* put_big_endian(char* out, Number value) {
  for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8)
    *out++ = static_cast<char>(value >> shift);
  return out;
}
template <class Number>
Number take_big_endian(std::string_view& bytes) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof value && i < bytes.size(); ++i)
    value = static_cast<Number>(value << 8 | static_cast<unsigned char>(bytes[i]));
  bytes.remove_prefix(std::min(sizeof value, bytes.size()));
  return value;
}

// Times before 1970 sort before those after it.
constexpr std::uint64_t sign = 1ull << 63;
std::uint64_t sortable(Time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count()) ^ sign;
}
Time from_sortable(std::uint64_t value) {
  return Time(Duration(static_cast<std::int64_t>(value ^ sign)));
}

void write_time(ByteWriter& out, Time time) {
  out.signed_number(time.time_since_epoch().count());
}
Time read_time(ByteReader& in) {
  return Time(Duration(in.signed_number()));
}

// An empty or newer record reads as a damaged one: the store's own version guards newer forms.
ByteReader reader_of(std::string_view bytes) {
  ByteReader in(bytes);
  return in.byte() == version ? in : ByteReader(std::string_view());
}

Error damaged(const char* what) {
  return make_error(ErrorCode::internal, std::string("a damaged ") + what,
                    "litegw store check lists what is damaged");
}

void write_place(ByteWriter& out, const budget::Place& place) {
  out.byte(static_cast<std::uint8_t>(place.level.kind));
  out.text(place.level.id);
  out.text(place.level.model);
  out.byte(static_cast<std::uint8_t>(place.window.kind));
  out.number(place.window.count);
  write_time(out, place.period.start);
  write_time(out, place.period.end);
}

budget::Place read_place(ByteReader& in) {
  budget::Place place;
  place.level.kind = static_cast<budget::LevelKind>(in.byte());
  place.level.id = in.text();
  place.level.model = in.text();
  place.window.kind = static_cast<budget::Window::Kind>(in.byte());
  place.window.count = static_cast<std::uint32_t>(in.number());
  place.period.start = read_time(in);
  place.period.end = read_time(in);
  return place;
}

void write_places(ByteWriter& out, const budget::PlaceList& places) {
  out.number(places.size());
  for (const budget::Place& place : places)
    write_place(out, place);
}

std::vector<budget::Place> read_places(ByteReader& in) {
  std::vector<budget::Place> places;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left)
    places.push_back(read_place(in));
  return places;
}

// The texts of a purpose, in their order on disk.
template <class P>
auto texts(P& purpose) {
  return std::array{&purpose.request_id, &purpose.key_id, &purpose.key_name, &purpose.user_id,
                    &purpose.team_id,    &purpose.model,  &purpose.provider};
}

}  // namespace

CounterKey counter_key(budget::LevelKind kind, std::uint32_t id, std::uint32_t model,
                       const budget::Window& window, Time start) {
  CounterKey key;
  char* out = key.data();
  *out++ = static_cast<char>(kind);
  out = put_big_endian(out, id);
  out = put_big_endian(out, model);
  *out++ = static_cast<char>(window.kind);
  out = put_big_endian(out, window.count);
  put_big_endian(out, sortable(start));
  return key;
}

CounterPlace counter_place(std::string_view key) {
  CounterPlace place;
  place.kind = static_cast<budget::LevelKind>(take_big_endian<std::uint8_t>(key));
  place.id = take_big_endian<std::uint32_t>(key);
  place.model = take_big_endian<std::uint32_t>(key);
  place.window.kind = static_cast<budget::Window::Kind>(take_big_endian<std::uint8_t>(key));
  place.window.count = take_big_endian<std::uint32_t>(key);
  place.start = from_sortable(take_big_endian<std::uint64_t>(key));
  return place;
}

std::string encode(const CounterRecord& counter) {
  ByteWriter out;
  out.byte(version);
  out.number(counter.number);
  write_time(out, counter.end);
  out.signed_number(counter.spent.nano());
  out.signed_number(counter.opened.nano());
  out.number(counter.changes);
  return out.take();
}

Result<CounterRecord> decode_counter(std::string_view bytes) {
  ByteReader in = reader_of(bytes);
  CounterRecord counter;
  counter.number = static_cast<std::uint32_t>(in.number());
  counter.end = read_time(in);
  counter.spent = Money::nano(in.signed_number());
  counter.opened = Money::nano(in.signed_number());
  counter.changes = in.number();
  if (!in.ok()) return damaged("counter");
  return counter;
}

std::string encode(const LedgerRow& row) {
  ByteWriter out;
  out.reserve(64);
  out.byte(version);
  out.byte(static_cast<std::uint8_t>(row.kind));
  for (std::uint32_t member : row.members)
    out.number(member);
  out.signed_number(row.amount.nano());
  out.signed_number(row.over.nano());
  out.number(row.sequence);
  out.number(row.counters.size());
  for (std::uint32_t counter : row.counters)
    out.number(counter);
  return out.take();
}

Result<LedgerRow> decode_ledger_row(std::string_view bytes) {
  ByteReader in = reader_of(bytes);
  LedgerRow row;
  std::uint8_t kind = in.byte();
  row.kind = static_cast<budget::Entry::Kind>(kind);
  for (std::uint32_t& member : row.members)
    member = static_cast<std::uint32_t>(in.number());
  row.amount = Money::nano(in.signed_number());
  row.over = Money::nano(in.signed_number());
  row.sequence = in.number();
  row.counters.resize(in.count());
  for (std::uint32_t& counter : row.counters)
    counter = static_cast<std::uint32_t>(in.number());
  if (!in.ok() || kind > static_cast<std::uint8_t>(budget::Entry::Kind::release))
    return damaged("ledger row");
  return row;
}

std::string encode(const Folded& folded) {
  ByteWriter out;
  out.byte(version);
  out.signed_number(folded.amount.nano());
  out.number(folded.changes);
  return out.take();
}

Result<Folded> decode_folded(std::string_view bytes) {
  ByteReader in = reader_of(bytes);
  Folded folded;
  folded.amount = Money::nano(in.signed_number());
  folded.changes = in.number();
  if (!in.ok()) return damaged("sum of folded ledger rows");
  return folded;
}

std::string encode(const budget::OpenHold& hold) {
  ByteWriter out;
  out.reserve(256);
  out.byte(version);
  for (const std::string* text : texts(hold.purpose))
    out.text(*text);
  write_time(out, hold.admitted);
  write_time(out, hold.deadline);
  out.signed_number(hold.amount.nano());
  write_places(out, hold.places);
  return out.take();
}

Result<budget::OpenHold> decode_hold(std::string_view bytes) {
  ByteReader in = reader_of(bytes);
  budget::OpenHold hold;
  for (std::string* text : texts(hold.purpose))
    *text = in.text();
  hold.admitted = read_time(in);
  hold.deadline = read_time(in);
  hold.amount = Money::nano(in.signed_number());
  hold.places = read_places(in);
  if (!in.ok()) return damaged("hold");
  return hold;
}

std::string encode(const budget::UnsettledCharge& charge) {
  ByteWriter out;
  out.reserve(256);
  out.byte(version);
  for (const std::string* text : texts(charge.purpose))
    out.text(*text);
  write_time(out, charge.admitted);
  write_time(out, charge.charged);
  out.number(charge.sequence);
  out.signed_number(charge.amount.nano());
  write_places(out, charge.places);
  out.byte(charge.released ? 1 : 0);
  write_time(out, charge.released.value_or(Time()));
  out.text(charge.released_by);
  return out.take();
}

Result<budget::UnsettledCharge> decode_unsettled(std::string_view bytes) {
  ByteReader in = reader_of(bytes);
  budget::UnsettledCharge charge;
  for (std::string* text : texts(charge.purpose))
    *text = in.text();
  charge.admitted = read_time(in);
  charge.charged = read_time(in);
  charge.sequence = in.number();
  charge.amount = Money::nano(in.signed_number());
  charge.places = read_places(in);
  const bool is_released = in.byte() != 0;
  const Time released = read_time(in);
  if (is_released) charge.released = released;
  charge.released_by = in.text();
  if (!in.ok()) return damaged("unsettled charge");
  return charge;
}

}  // namespace litegw::store
