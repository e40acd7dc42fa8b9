#include "common/base/money_left.h"

#include <doctest/doctest.h>

using namespace litegw;

TEST_CASE("what is left is never shown as more than it is") {
  CHECK(to_display_left(Money::nano(999'886'000)) == "$0.999");
  CHECK(to_display_left(Money::nano(99'999'900'000)) == "$99.99");
  CHECK(to_display_left(Money::nano(132'900)) == "$0.000132");
  CHECK(to_display_left(Money::nano(9'999'999)) == "$0.00999");
  CHECK(to_display_left(Money::nano(500'000'000)) == "$0.50");
  CHECK(to_display_left(dollars(10)) == "$10.00");
  CHECK(to_display_left(Money::nano(1)) == "$0.000000001");
  CHECK(to_display_left(Money::max()) == "$9223372036.85");
  CHECK(to_display_left(Money::nano(-1'000'000'001)) == "$0.00");
}
