// Tools and tool_choice in any spelling: nested or flat functions, Anthropic's bare tools, flat or
// nested custom (grammar) tools, hosted tools, the old functions and function_call.
#pragma once

#include "common/base/json.h"
#include "daemon/dialects/neutral/reader.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects {

// Reads `tools`, `functions`, `tool_choice`, `function_call` and `parallel_tool_calls` of a body.
// The last tool of a name wins; a forced name that is not among the tools is dropped.
void read_tooling(Json& body, Reader& reader, Request& request);

// A tool that is a custom one stays so on its calls and results in history: Cursor sends those back
// as functions with raw text.
void mark_custom_calls(Request& request);

}  // namespace litegw::dialects
