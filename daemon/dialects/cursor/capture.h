// A body of Cursor without what its user wrote: names, types and shapes stay, texts become their
// lengths. For finding out what a new version of Cursor sends. Pure.
#pragma once

#include <string_view>

#include "common/base/json.h"

namespace litegw::dialects::cursor {

// What is no JSON becomes its length and the parser's complaint.
Json redacted_body(std::string_view body);

}  // namespace litegw::dialects::cursor
