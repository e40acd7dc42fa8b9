// OpenAI Responses bodies into a Request. Adjacent reasoning, assistant message and call items
// become one assistant message, as Chat has it; their order is kept. Pure.
#pragma once

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/reader.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects::responses {

// Fails with invalid_request or missing_parameter; `param` names the member ("input[2].call_id").
Result<Request> parse(Json body);

// Is it an item that only this dialect has: no message, but a call, an output, reasoning?
bool is_item(const Json& value);
// One item, added to the request: some clients mix items into Chat's messages.
void read_item(Json& value, const Place& at, Reader& reader, Request& request);

}  // namespace litegw::dialects::responses
