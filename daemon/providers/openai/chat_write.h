// A neutral request as a body of OpenAI Chat Completions, for OpenAI and for servers that copied
// it. Only known members are written, so nothing of a client's leaks. Pure.
#pragma once

#include "daemon/providers/written.h"

namespace litegw::providers::openai {

// Takes requests that went through dialects::lower_tools. Fails with invalid_request naming what
// the upstream cannot do.
Result<Written> write_chat(dialects::Request request, const Target& target);

// Nested for Chat: {"type":"function","function":{...}} and {"type":"custom","custom":{...}}.
Json chat_tool(dialects::Tool& tool);
// A result's text as one string; "ERROR: " in front where the client marked a failure.
std::string result_text(const dialects::ToolResult& result);

// An id that is longer than the upstream takes is replaced, for a call and its result alike.
std::string fitting_call_id(std::string id, std::size_t most);

}  // namespace litegw::providers::openai
