// Which request rows a filter lets through. Pure.
#pragma once

#include "daemon/store/store.h"

namespace litegw::store {

// `filter.limit` and `filter.after_sequence` are the reader's business.
bool matches(const requestlog::Row& row, const Filter& filter);

// Reading backwards: can this row and all older ones be left out? Rows are in the order of their
// ends, so a long request may have started well before its neighbours.
bool ended_before(const requestlog::Row& row, Time since);

}  // namespace litegw::store
