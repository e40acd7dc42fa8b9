// The JSON Schema of a tool's arguments, in the one form that every provider takes at its top: an
// object with properties. Used by the reader of tools.
#pragma once

#include "common/base/json.h"
#include "daemon/dialects/neutral/reader.h"

namespace litegw::dialects {

// Completes what is missing and merges what providers refuse at the top (anyOf, oneOf, allOf).
// Fails where the schema says that the arguments are no object.
Json object_schema(Json schema, Reader& reader, const Place& at);

}  // namespace litegw::dialects
