// What `litegw test` sends to see whether everything between it and us lets silence, comments and
// large bodies through: a request with the header
//
//   x-litegw-test-delay: 45s        (any duration up to 2m)
//
// on Cursor's chat routes is answered here: no model is asked and nothing is spent. The stream
// begins at once, is silent for so long but for the comments of `cursor.keepalive`, then ends in
// form. The answer carries the same header: its absence tells the tester that it talks to another
// gateway.
#pragma once

#include <string_view>

#include "daemon/net/task.h"

namespace litegw::server {

class Exchange;
struct Services;

inline constexpr std::string_view delay_header = "x-litegw-test-delay";

// POST chat/completions on Cursor's paths: the silence when it is asked for, else serve_completion.
net::Task<void> serve_cursor_chat(Exchange& exchange, Services& services);

}  // namespace litegw::server
