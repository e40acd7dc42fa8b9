// One chat request and what came back, read as Cursor reads it: as Chat Completions, streamed or
// whole, every chunk looked at. Blocking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/gateway/problem.h"

namespace litegw::cmd {

struct SeenCall {
  std::string id, type, name, arguments;
};

struct ChatAnswer {
  // What keeps a client from using the answer, whatever it asked for. Calls are judged by the
  // checks that ask for them.
  std::optional<Problem> problem;
  Duration took{};
  std::string text, finish_reason;
  std::vector<SeenCall> calls;
  bool call_without_index = false;  // in a stream
  bool has_usage = false;
  // of a stream
  std::size_t events = 0, pieces = 0;
  Duration first{}, last{};  // arrivals of pieces, after the request was sent
  bool is_delayed = false;   // litegw's own silence (x-litegw-test-delay) was granted
};

// `request.body` is made from `body`; streamed when it says "stream": true.
ChatAnswer ask_chat(Gateway& gateway, const Json& body, GatewayRequest request = {});

}  // namespace litegw::cmd
