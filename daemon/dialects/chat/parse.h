// OpenAI Chat Completions bodies into a Request, tolerant per item: content parts, tools and
// choices may be in the spelling of any dialect. Pure; called on the compute pool or an event loop.
#pragma once

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/reader.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects::chat {

// Fails with invalid_request or missing_parameter; `param` names the member
// ("messages[3].content[0].type").
Result<Request> parse(Json body);

// Anthropic's tool_result blocks of a user message become tool messages before what is left of it.
void add_user_message(Message message, std::vector<Message>& out);

// One message, added to the request: Cursor mixes messages into Responses' items.
void read_message(Json& value, const Place& at, Reader& reader, Request& request);

}  // namespace litegw::dialects::chat
