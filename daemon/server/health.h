// Routes that need no key: health in LiteLLM's spellings, what Cursor builds probe, preflights, and
// the refusals of the route table. None of them calls a model or tells a secret.
#pragma once

#include "daemon/net/task.h"

namespace litegw::server {

class Exchange;
struct Services;

net::Task<void> serve_alive(Exchange& exchange, Services& services);
net::Task<void> serve_ready(Exchange& exchange, Services& services);  // 503 while draining
net::Task<void> serve_cursor_probe(Exchange& exchange, Services& services);
net::Task<void> serve_preflight(Exchange& exchange, Services& services);
net::Task<void> refuse_path(Exchange& exchange, Services& services);
net::Task<void> refuse_method(Exchange& exchange, Services& services);  // parameter: Allow

}  // namespace litegw::server
