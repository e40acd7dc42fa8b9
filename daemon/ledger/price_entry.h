// One entry of a price file: the members of etc/prices.json. Pure.
#pragma once

#include <string>
#include <string_view>

#include "daemon/ledger/price.h"

namespace litegw::ledger {

struct PriceEntry {
  std::string provider;
  Price price;
};

// Members: provider, the nine rates (USD per million tokens, numbers or text) at top level or under
// usd_per_million, tiers ("above_272k", "priority", "above_272k/priority"), per_request, context,
// max_output. An entry with LiteLLM's *_cost_* members is read as LiteLLM's price map has it, and
// its other members are ignored; else an unknown member is refused. Fails with config_invalid.
Result<PriceEntry> parse_price_entry(const Json& entry);

// A JSON number or text as nano-dollars (`digits` 9) or, of USD per token, as nano-dollars per
// million (15). Fails with config_invalid, naming `member`.
Result<std::int64_t> parse_amount(const Json& value, int digits, std::string_view member);

}  // namespace litegw::ledger
