// GET /key/info: what a key may know about itself, in LiteLLM's shape with every budget that bounds
// it beside.
#pragma once

#include "daemon/net/task.h"

namespace litegw::server {

class Exchange;
struct Services;

net::Task<void> serve_key_info(Exchange& exchange, Services& services);

}  // namespace litegw::server
