// From a LogQuery to the store's filter. Reads the store to resolve keys and request ids; control
// loop only.
#pragma once

#include "common/control/log.h"
#include "daemon/store/store.h"

namespace litegw::control {

// Fails with invalid_argument (the member is named) or not_found (`after`).
Result<store::Filter> filter_of(const LogQuery& query, const store::Store& store);

}  // namespace litegw::control
