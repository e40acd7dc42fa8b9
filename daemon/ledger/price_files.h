// Where price files are. Called by app at start and at reload.
#pragma once

#include <memory>
#include <string>

#include "daemon/ledger/price.h"

namespace litegw::ledger {

// The built-in price file: share/litegw/prices.json beside the program's own prefix, else the
// compiled-in prefix, else etc/ of the source tree that a build folder lies in. Empty = none found.
std::string find_price_file();

// Reads both files; an empty name is no file. Fails with config_invalid, naming the file.
Result<std::shared_ptr<const PriceBook>> load_price_book(const std::string& built_in,
                                                         const std::string& operators_file);

}  // namespace litegw::ledger
