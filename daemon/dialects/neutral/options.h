// The members of a request body beside messages and tools, in the spellings of all three dialects:
// clients mix them (Cursor sends Responses members on Chat bodies).
#pragma once

#include "common/base/json.h"
#include "daemon/dialects/neutral/reader.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects {

void read_options(Json& body, Reader& reader, Request& request);

// One of none, minimal, low, medium, high, xhigh, max; empty for a word nobody knows.
std::string known_effort(std::string_view word);

}  // namespace litegw::dialects
