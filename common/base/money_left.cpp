#include "common/base/money_left.h"

namespace litegw {

std::string to_display_left(Money left) {
  if (left <= Money()) return to_display(Money());
  constexpr std::int64_t cent = 10'000'000;
  std::int64_t unit = left >= dollars(1) ? cent : 1;
  while (left < dollars(1) && left.nano() / unit >= 1000)
    unit *= 10;
  return to_display(Money::nano(left.nano() / unit * unit));
}

}  // namespace litegw
