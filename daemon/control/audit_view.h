// A stored record as `audit list` tells it: amounts in dollars, times as text. Pure.
#pragma once

#include "common/base/json.h"

namespace litegw::control {

// Records keep budgets as {"nano": 5000000000, "window": "month"} and times as microseconds since
// 1970; these become {"amount_usd": "5", "window": "month"} and RFC 3339. Null stays null.
Json audit_view(const Json& record);

}  // namespace litegw::control
