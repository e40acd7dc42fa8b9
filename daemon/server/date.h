// The Date header (RFC 9110 section 6.6.1), formatted once a second per thread.
#pragma once

#include <string_view>

#include "common/base/time.h"

namespace litegw::server {

// "Sun, 06 Nov 1994 08:49:37 GMT"; lives until this thread's next call.
std::string_view http_date(Time now);

}  // namespace litegw::server
