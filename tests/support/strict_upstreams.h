// What strict upstreams refuse: unknown members, orphaned tool calls and results, empty content,
// unsigned or missing thinking. Each function returns the first problem of a body, or "".
#pragma once

#include <string>

#include "common/base/json.h"

namespace litegw::testing {

std::string chat_problem(const Json& body);
std::string responses_problem(const Json& body);
std::string messages_problem(const Json& body);

}  // namespace litegw::testing
