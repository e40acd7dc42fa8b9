// Who is calling, before any handler runs. Refusals leave a row in the request log; those of
// callers that no key identifies at most ten a second, so that a flood cannot fill the disk.
#pragma once

#include "common/base/result.h"
#include "daemon/auth/virtual_key.h"
#include "daemon/server/exchange.h"
#include "daemon/server/services.h"

namespace litegw::server {

Result<auth::Principal> identify_caller(const Exchange& exchange, Services& services);
void record_refusal(const Exchange& exchange, Services& services, const Error& error);

}  // namespace litegw::server
