// What an audit entry changed, in words: "rpm: 60 -> 100; budgets: $5.00/month -> $10.00/month".
// The records as they were are in --json. Text from outside is made safe here.
#pragma once

#include <string>

#include "common/base/json.h"

namespace litegw::cmd {

// `change`: {"before": record or null, "after": record or null}, or anything else, which is shown
// as it is.
std::string change_words(const Json& change);

}  // namespace litegw::cmd
