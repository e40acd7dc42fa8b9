// A stored request row as the control socket shows it, users and teams by name. Reads the store.
#pragma once

#include "common/control/log.h"
#include "daemon/requestlog/row.h"
#include "daemon/store/store.h"

namespace litegw::control {

RequestRow row_view(const requestlog::Row& row, const store::Store& store);

}  // namespace litegw::control
