// POST chat/completions on all its paths.
#pragma once

#include "daemon/net/task.h"

namespace litegw::server {

class Exchange;
struct Services;

net::Task<void> serve_completion(Exchange& exchange, Services& services);

}  // namespace litegw::server
