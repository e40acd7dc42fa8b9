// What is left of an amount, as people read it: never more than there is. Pure.
#pragma once

#include <string>

#include "common/base/money.h"

namespace litegw {

// As to_display has it, but digits that are not shown are dropped: $0.999886 is "$0.999". What is
// less than nothing is nothing.
std::string to_display_left(Money left);

}  // namespace litegw
