// `log tail -f`: request rows as they come. Goes on after a restart of the daemon at the row after
// the last one seen, so that none is lost and none shown twice.
#pragma once

#include <functional>

#include "cmd/context.h"
#include "common/control/log.h"

namespace litegw::cmd {

// Returns only on an error: one at the first contact, or one that waiting does not cure.
Status follow_log(Context& context, control::LogQuery query,
                  const std::function<void(const Json& row)>& on_row);

}  // namespace litegw::cmd
