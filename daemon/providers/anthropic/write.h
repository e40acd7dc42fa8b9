// A neutral request as a body of Anthropic Messages. Only known members are written. Pure.
#pragma once

#include "daemon/providers/written.h"

namespace litegw::providers::anthropic {

// Takes requests that went through dialects::lower_tools without custom tools. The history must be
// repaired (dialects::repair_tool_history): Anthropic refuses unanswered calls.
Result<Written> write_messages(dialects::Request request, const Target& target);

// [a-zA-Z0-9_-]+, as Anthropic takes ids of calls.
std::string fitting_id(std::string_view id);

}  // namespace litegw::providers::anthropic
