#include "common/base/money.h"

#include <doctest/doctest.h>

using namespace litegw;

TEST_CASE("dollars are read exactly and written back without trailing zeros") {
  CHECK(parse_dollars("100").value() == dollars(100));
  CHECK(parse_dollars("0.25").value() == cents(25));
  CHECK(parse_dollars("0.000000001").value() == Money::nano(1));
  CHECK(to_decimal(Money::nano(132'000)) == "0.000132");
  CHECK(to_decimal(dollars(10)) == "10");
  CHECK(to_decimal(Money::nano(-500'000'000)) == "-0.5");
}

TEST_CASE("what is no amount is refused with the accepted form") {
  for (const char* text : {"", "-1", "+1", "1e3", ".5", "5.", "1,5", "nan", "inf", "0x10",
                           "1.0000000001", " 1", "99999999999", "9223372036854775808"})
    CHECK_MESSAGE(parse_dollars(text).error().code == ErrorCode::invalid_argument, text);
}

TEST_CASE("amounts are shown with the digits that matter") {
  CHECK(to_display(Money::nano(132'000)) == "$0.000132");
  CHECK(to_display(Money::nano(12'345'678'900)) == "$12.35");
  CHECK(to_display(Money{}) == "$0.00");
  CHECK(to_display(Money::nano(1)) == "$0.000000001");
  CHECK(to_display(Money::nano(9'999'999)) == "$0.01");
  CHECK(to_display(Money::nano(38'000'000)) == "$0.038");
  CHECK(to_display(Money::nano(500'000'000)) == "$0.50");
  CHECK(to_display(Money::nano(999'400'000)) == "$0.999");
  CHECK(to_display(Money::nano(999'500'000)) == "$1.00");
  CHECK(to_display(Money::nano(999'499'999)) == "$0.999");
}

TEST_CASE("sums that do not fit saturate, they never wrap") {
  CHECK(Money::max() + Money::nano(1) == Money::max());
  CHECK(Money::nano(-5) - Money::max() < Money{});
  CHECK(Money::nano(INT64_MIN) - Money::nano(1) == Money::nano(INT64_MIN));
}

TEST_CASE("prices in LiteLLM's notation are scaled without floating point") {
  CHECK(parse_scaled_decimal("1.5e-07", 15) == 150'000'000);
  CHECK(parse_scaled_decimal("0.0000025", 15) == 2'500'000'000);
  CHECK(parse_scaled_decimal("3", 9) == 3'000'000'000);
  CHECK_FALSE(parse_scaled_decimal("-1", 9).has_value());
  CHECK_FALSE(parse_scaled_decimal("1e400", 9).has_value());
  CHECK_FALSE(parse_scaled_decimal("nan", 9).has_value());
}
