// A stored request row as the control socket shows it. Pure.
#pragma once

#include "common/control/log.h"
#include "daemon/requestlog/row.h"

namespace litegw::control {

RequestRow row_view(const requestlog::Row& row);

}  // namespace litegw::control
