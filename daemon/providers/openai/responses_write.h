// A neutral request as a body of OpenAI Responses. Only known members are written. Pure.
#pragma once

#include "daemon/providers/written.h"

namespace litegw::providers::openai {

// Takes requests that went through dialects::lower_tools. Nothing is stored upstream unless the
// client asked: reasoning comes back encrypted and is replayed.
Result<Written> write_responses(dialects::Request request, const Target& target);

}  // namespace litegw::providers::openai
