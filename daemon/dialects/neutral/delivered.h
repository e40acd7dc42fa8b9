// The texts that tokens are counted of when a provider did not say its usage: of a request body in
// any client dialect, and of the streamed chunks that a chat client has got. Pure; only used for
// answers that were cut, where an operator has put rank files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace litegw::dialects {

// One entry per message or item, its texts joined, and one per tool definition. Embedded media are
// left out. Empty when the body is no JSON object.
std::vector<std::string> prompt_texts(std::string_view body);

// Text, reasoning and tool calls of the data lines of a Chat Completions stream.
std::string delivered_text(std::string_view events);

}  // namespace litegw::dialects
