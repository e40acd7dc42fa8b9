// OpenAI Responses bodies into a Request. Adjacent reasoning, assistant message and call items
// become one assistant message, as Chat has it; their order is kept. Pure.
#pragma once

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects::responses {

// Fails with invalid_request or missing_parameter; `param` names the member ("input[2].call_id").
Result<Request> parse(Json body);

}  // namespace litegw::dialects::responses
