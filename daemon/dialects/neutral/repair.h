// Makes a history acceptable: upstreams refuse a tool result without its call and a call without
// its result, and clients send both after they cut a conversation.
#pragma once

#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects {

// After it, each assistant message with calls is followed at once by one result per call, in order
// of the calls. A call without result gets "(no result)"; of several results of one call the last
// one stays; a result without call becomes user
// text. An id that names two calls is given a number the second time.
void repair_tool_history(Request& request);

// Cuts our own mirrored thinking from the head of assistant texts: <think>...</think> and
// <details><summary>Thinking</summary>...</details>.
void cut_mirrored_thinking(Request& request);

}  // namespace litegw::dialects
