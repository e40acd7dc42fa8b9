#include "daemon/dialects/chat/replay.h"

#include <doctest/doctest.h>

#include "daemon/dialects/chat/tee.h"

namespace litegw::dialects::chat {
namespace {

TEST_CASE("a whole answer replays as a stream that ends in form") {
  const std::string stream = as_stream(
      R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,)"
      R"("tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],)"
      R"("usage":{"prompt_tokens":3,"completion_tokens":4}})");
  JsonReader reader;
  Tee tee(reader, {});
  std::string out;
  REQUIRE(tee.feed(stream, out).has_value());
  REQUIRE(tee.finish(out).has_value());
  CHECK(out == stream);
  CHECK(tee.finish_reason() == "tool_calls");
  CHECK(tee.usage().output == 4);
  CHECK(
      stream.find(
          R"("tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"},"index":0}])") !=
      std::string::npos);
  CHECK(stream.find("chat.completion.chunk") != std::string::npos);
}

}  // namespace
}  // namespace litegw::dialects::chat
