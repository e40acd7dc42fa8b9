#include "common/base/money.h"

#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace litegw {
namespace {

constexpr std::int64_t nano_per_dollar = 1'000'000'000;

struct Split {
  bool negative;
  std::uint64_t whole;
  std::uint64_t nano;
};

Split split(Money amount) {
  bool negative = amount.nano() < 0;
  auto magnitude = static_cast<std::uint64_t>(amount.nano());
  if (negative) magnitude = ~magnitude + 1;
  return {negative, magnitude / nano_per_dollar, magnitude % nano_per_dollar};
}

std::string trimmed_fraction(std::uint64_t nano, std::size_t least_digits) {
  std::string digits = fmt::format("{:09}", nano);
  while (digits.size() > least_digits && digits.back() == '0')
    digits.pop_back();
  return digits;
}

}  // namespace

Result<Money> parse_dollars(std::string_view text) {
  Error error = make_error(ErrorCode::invalid_argument,
                           fmt::format("'{}' is no amount in dollars", text.substr(0, 40)),
                           "write it like 100 or 0.25, with at most nine digits after the point");
  std::size_t point = text.find('.');
  std::string_view whole_part = text.substr(0, point);
  std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole_part.empty() || fraction.size() > 9 ||
      (point != std::string_view::npos && fraction.empty()))
    return error;
  std::string digits(whole_part);
  digits.append(fraction).append(9 - fraction.size(), '0');
  for (char c : digits)
    if (c < '0' || c > '9') return error;
  std::int64_t nano = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), nano);
  if (failure != std::errc{} || end != digits.data() + digits.size()) return error;
  return Money::nano(nano);
}

// By hand: every answer says in it what the request cost.
std::string to_decimal(Money amount) {
  const Split parts = split(amount);
  std::array<char, 40> text{};  // at most 20 digits, the point, 9 digits, a sign
  char* end = text.data();
  if (parts.negative) *end++ = '-';
  end = std::to_chars(end, text.data() + text.size(), parts.whole).ptr;
  if (parts.nano == 0) return std::string(text.data(), end);
  *end++ = '.';
  std::uint64_t rest = parts.nano;
  for (std::uint64_t unit = nano_per_dollar / 10; rest > 0; unit /= 10) {
    *end++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return std::string(text.data(), end);
}

std::string to_display(Money amount) {
  Split parts = split(amount);
  std::string sign = parts.negative ? "-" : "";
  if (parts.whole > 0 || parts.nano >= nano_per_dollar - 500'000 || parts.nano == 0) {
    std::uint64_t hundredths = (parts.nano + 5'000'000) / 10'000'000;
    return fmt::format("{}${}.{:02}", sign, parts.whole + hundredths / 100, hundredths % 100);
  }
  std::uint64_t unit = 1;
  while (parts.nano / unit >= 1000)
    unit *= 10;
  std::uint64_t rounded = (parts.nano + unit / 2) / unit * unit;
  return fmt::format("{}$0.{}", sign, trimmed_fraction(rounded, 2));
}

std::optional<std::int64_t> parse_scaled_decimal(std::string_view text, int digits) {
  __int128 value = 0;
  int exponent = digits;
  bool seen_point = false;
  bool seen_digit = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (c == '.' && !seen_point) {
      seen_point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    seen_digit = true;
    if (value > (static_cast<__int128>(1) << 100)) return std::nullopt;
    value = value * 10 + (c - '0');
    if (seen_point) --exponent;
  }
  if (!seen_digit) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    std::string_view power = text.substr(i + 1);
    if (!power.empty() && power.front() == '+') power.remove_prefix(1);
    int parsed = 0;
    auto [end, failure] = std::from_chars(power.data(), power.data() + power.size(), parsed);
    if (failure != std::errc{} || end != power.data() + power.size() || parsed > 60 || parsed < -60)
      return std::nullopt;
    exponent += parsed;
  }
  for (; exponent > 0; --exponent) {
    if (value > (static_cast<__int128>(1) << 100)) return std::nullopt;
    value *= 10;
  }
  bool round_up = false;
  for (; exponent < 0; ++exponent) {
    round_up = value % 10 >= 5;
    value /= 10;
  }
  if (round_up) ++value;
  if (value > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace litegw
