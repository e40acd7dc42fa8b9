// The commented file that `litegw config init` writes. Pure.
#pragma once

#include <string>

#include "daemon/config/environment.h"
#include "daemon/config/loader.h"

namespace litegw::config {

// Models of the providers whose variable is set and that this program has; the others are named in
// a comment. With none, the built-in mock answers, so that the first request needs no account.
std::string starter_file(const Environment& environment, const LoadOptions& options);

}  // namespace litegw::config
