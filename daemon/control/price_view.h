// What a deployment's tokens cost and where each price came from. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/control/models.h"
#include "daemon/config/config.h"
#include "daemon/ledger/price.h"

namespace litegw::control {

// The list's price with what the configuration puts over it.
// `upstream_model`: what stood for a pattern; empty = the deployment's own.
ledger::Price price_of(const config::Deployment& deployment, const ledger::PriceBook* book,
                       const std::string& upstream_model = {});
PriceView price_view(const config::Deployment& deployment, const ledger::PriceBook* book);
// Nano-dollars per million tokens as dollars per million.
std::optional<std::string> dollars_per_million(const std::optional<std::int64_t>& rate);

}  // namespace litegw::control
