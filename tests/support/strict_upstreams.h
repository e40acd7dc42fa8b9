// What strict upstreams refuse: unknown members, orphaned tool calls and results, empty content,
// unsigned or missing thinking. Each function returns the first problem of a body, or "".
#pragma once

#include <string>

#include "common/base/json.h"

namespace litegw::testing {

// `is_openai`: OpenAI itself, which measures the ids of calls as well.
std::string chat_problem(const Json& body, bool is_openai = true);
std::string responses_problem(const Json& body);
std::string messages_problem(const Json& body);

}  // namespace litegw::testing
