// A whole Chat Completions answer as the event stream it would have been, for upstreams that answer
// a streamed request in one piece. Pure.
#pragma once

#include <string>
#include <string_view>

namespace litegw::dialects::chat {

// `answer` is JSON that read_answer accepts. The stream ends with usage, if there is one, and
// [DONE].
std::string as_stream(std::string_view answer);

}  // namespace litegw::dialects::chat
