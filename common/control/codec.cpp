#include "common/control/codec.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::control::detail {
namespace {

template <class Number>
bool parse_number(const std::string& text, Number& out) {
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size();
}

}  // namespace

void Reading::fail(std::string_view expected) {
  if (error) return;
  std::string where = path.empty() ? "the request" : escape_control(shorten(path, 80));
  error = make_error(ErrorCode::invalid_argument, fmt::format("{} must be {}", where, expected), {},
                     path);
}

void Reading::fail_unknown(std::string_view name, const std::vector<std::string>& known) {
  if (error) return;
  std::string near = nearest(name, known);
  std::string full = path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  error = make_error(ErrorCode::invalid_argument,
                     fmt::format("unknown member '{}'", escape_control(shorten(full, 80))),
                     near.empty() ? fmt::format("known are: {}", join(known, ", "))
                                  : fmt::format("did you mean '{}'?", near),
                     full);
}

void read(const Json& json, std::string& out, Reading& reading) {
  if (!json.is_string()) return reading.fail("a string");
  out = json.get<std::string>();
}

void read(const Json& json, bool& out, Reading& reading) {
  if (reading.from_query && (json == "true" || json == "false")) {
    out = json == "true";
    return;
  }
  if (!json.is_boolean()) return reading.fail("true or false");
  out = json.get<bool>();
}

void read(const Json& json, std::int64_t& out, Reading& reading) {
  if (reading.from_query && json.is_string() &&
      parse_number(json.get_ref<const std::string&>(), out))
    return;
  if (!json.is_number_integer() ||
      (json.is_number_unsigned() &&
       json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()))
    return reading.fail("a whole number");
  out = json.get<std::int64_t>();
}

void read(const Json& json, std::uint64_t& out, Reading& reading) {
  if (reading.from_query && json.is_string() &&
      parse_number(json.get_ref<const std::string&>(), out))
    return;
  if (!json.is_number_unsigned()) return reading.fail("a whole number, zero or more");
  out = json.get<std::uint64_t>();
}

void read(const Json& json, int& out, Reading& reading) {
  std::int64_t wide = 0;
  read(json, wide, reading);
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max())
    return reading.fail("a smaller number");
  out = static_cast<int>(wide);
}

void read(const Json& json, Money& out, Reading& reading) {
  constexpr std::string_view expected = "dollars as a decimal string, such as \"12.50\"";
  if (!json.is_string()) return reading.fail(expected);
  std::string text = json.get<std::string>();
  bool negative = text.starts_with('-');
  Result<Money> amount = parse_dollars(std::string_view(text).substr(negative ? 1 : 0));
  if (!amount) return reading.fail(expected);
  out = negative ? Money() - *amount : *amount;
}

void read(const Json& json, Time& out, Reading& reading) {
  constexpr std::string_view expected = "a time such as \"2026-12-01T00:00:00Z\"";
  if (!json.is_string()) return reading.fail(expected);
  std::optional<Time> time = parse_rfc3339(json.get<std::string>());
  if (!time) return reading.fail(expected);
  out = *time;
}

void read(const Json& json, Secret& out, Reading& reading) {
  if (!json.is_string()) return reading.fail("a string");
  out = Secret(json.get<std::string>());
}

void read(const Json& json, Json& out, Reading&) {
  out = json;
}

Json write(const std::string& value, Absent) {
  return value;
}
Json write(bool value, Absent) {
  return value;
}
Json write(std::int64_t value, Absent) {
  return value;
}
Json write(std::uint64_t value, Absent) {
  return value;
}
Json write(int value, Absent) {
  return value;
}
Json write(Money value, Absent) {
  return to_decimal(value);
}
Json write(Time value, Absent) {
  return to_rfc3339(value, true);
}
Json write(const Secret& value, Absent) {
  return value.reveal();
}
Json write(const Json& value, Absent) {
  return value;
}

}  // namespace litegw::control::detail
