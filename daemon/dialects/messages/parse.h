// Anthropic Messages bodies into a Request. Pure.
#pragma once

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects::messages {

// Fails with invalid_request or missing_parameter; `param` names the member
// ("messages[1].content[0].tool_use_id"). `max_tokens` is required unless only tokens are counted.
Result<Request> parse(Json body, bool count_only = false);

}  // namespace litegw::dialects::messages
