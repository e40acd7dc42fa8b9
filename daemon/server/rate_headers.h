// LiteLLM's headers of a good answer about limits of requests and tokens a minute. Used by
// completions only.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/budget/accounts.h"

namespace litegw::server {

struct MoneyHeaders {
  std::vector<std::pair<std::string_view, std::string>> fields;
  std::list<std::string> names;  // that are not constants
};

// What is left at `level` in its minute, under the names for its kind. Users' and teams' limits for
// single models have none.
void add_rate_headers(const budget::Level& level, const budget::RateView& used,
                      MoneyHeaders& headers);

}  // namespace litegw::server
