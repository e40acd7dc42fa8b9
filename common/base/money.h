// US dollars as whole nano-dollars. All arithmetic is checked: what does not fit saturates at the
// limits and says so, it never wraps. No floating point holds money anywhere.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace litegw {

class Money {
 public:
  constexpr Money() = default;
  static constexpr Money nano(std::int64_t nano_dollars) { return Money(nano_dollars); }
  static constexpr Money max() { return Money(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t nano() const { return nano_; }
  constexpr bool is_zero() const { return nano_ == 0; }

  friend constexpr auto operator<=>(Money, Money) = default;
  // Saturating: a sum that does not fit is the largest (smallest) amount.
  friend constexpr Money operator+(Money a, Money b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a.nano_, b.nano_, &sum)) return Money(sum);
    return a.nano_ > 0 ? max() : Money(std::numeric_limits<std::int64_t>::min());
  }
  friend constexpr Money operator-(Money a, Money b) {
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(a.nano_, b.nano_, &difference)) return Money(difference);
    return a.nano_ >= 0 ? max() : Money(std::numeric_limits<std::int64_t>::min());
  }
  constexpr Money& operator+=(Money other) { return *this = *this + other; }
  constexpr Money& operator-=(Money other) { return *this = *this - other; }

 private:
  constexpr explicit Money(std::int64_t nano_dollars) : nano_(nano_dollars) {}
  std::int64_t nano_ = 0;
};

constexpr Money dollars(std::int64_t whole) {
  return Money::nano(whole * 1'000'000'000);
}
constexpr Money cents(std::int64_t whole) {
  return Money::nano(whole * 10'000'000);
}

// "12.5", "0.000132": dollars with at most nine digits after the point, digits before it required,
// no sign, no exponent. Fails with invalid_argument.
Result<Money> parse_dollars(std::string_view text);

// The exact amount without trailing zeros: "0.000132", "10", "-0.5". For JSON and CSV.
std::string to_decimal(Money amount);

// For people: "$0.000132", "$12.50". Two decimals from a cent on, else as many as the first three
// digits that count.
std::string to_display(Money amount);

// An exact decimal with an optional exponent ("1.5e-07", "0.0000025") scaled by 10^digits, for
// prices that LiteLLM writes as floating-point text. Rounded half up; nullopt when it is no number,
// negative or too large.
std::optional<std::int64_t> parse_scaled_decimal(std::string_view text, int digits);

}  // namespace litegw
