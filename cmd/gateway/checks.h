// The checks of `litegw test`, in the order of a client's way. Each adds its lines to the report.
#pragma once

#include <string>

#include "cmd/gateway/gateway.h"
#include "cmd/gateway/report.h"

namespace litegw::cmd {

// How to go on.
enum class Next { go_on, unreachable, refused, stop };

struct TestOptions {
  bool allow_private = false;
  std::string model;  // empty = the first that the key may call
};

// URL form, DNS, TCP, TLS, HTTP.
Next check_connection(Gateway& gateway, const TestOptions& options, const std::string& typed,
                      Report& report);
// CORS preflight, models, Verify probe; fills in options.model.
Next check_account(Gateway& gateway, TestOptions& options, Report& report);
// Short chat, streamed chat, usage chunk.
Next check_chat(Gateway& gateway, const TestOptions& options, Report& report);

// What the server said, for a detail: the message of an OpenAI error object, else the status.
std::string answer_text(const http::Response& response);

}  // namespace litegw::cmd
