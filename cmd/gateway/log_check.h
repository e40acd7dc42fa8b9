// The last check of `litegw test`, on the daemon's own machine: what its log says.
#pragma once

#include "cmd/context.h"
#include "cmd/gateway/gateway.h"
#include "cmd/gateway/report.h"

namespace litegw::cmd {

// Adds a line when the daemon behind the control socket is the gateway that was tested: the row of
// the last request, and whether Cursor itself was here lately. Else adds nothing.
void check_log(Context& context, const Gateway& gateway, Report& report);

}  // namespace litegw::cmd
