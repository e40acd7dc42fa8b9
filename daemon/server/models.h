// GET models: what the caller's key may call, and one of them.
#pragma once

#include "daemon/net/task.h"

namespace litegw::server {

class Exchange;
struct Services;

net::Task<void> serve_model_list(Exchange& exchange, Services& services);
net::Task<void> serve_model(Exchange& exchange, Services& services);  // parameter: its id

}  // namespace litegw::server
