// LiteLLM's headers of a good answer about limits of requests and tokens a minute. Used by
// completions only.
#pragma once

#include "common/http/writer.h"
#include "daemon/budget/accounts.h"

namespace litegw::server {

// What is left at `level` in its minute, under the names for its kind. Users' and teams' limits for
// single models have none.
void add_rate_headers(const budget::Level& level, const budget::RateView& used,
                      http::FieldBlock& fields);

}  // namespace litegw::server
