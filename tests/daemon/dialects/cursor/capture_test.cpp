#include "daemon/dialects/cursor/capture.h"

#include <doctest/doctest.h>

using namespace litegw;
using dialects::cursor::redacted_body;

TEST_CASE("a captured body keeps names and shapes, and none of its texts") {
  const Json kept = redacted_body(R"({"model":"gpt-5","user":"hash","stream":true,"max_tokens":9,
    "metadata":{"cursorConversationId":"abc","name":"me"},"tool_choice":"auto",
    "messages":[{"role":"user","content":"secret"},{"role":"assistant","content":null,
      "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"p\":\"x\"}"}}]}],
    "tools":[{"type":"custom","name":"ApplyPatch","format":{"type":"grammar","syntax":"lark","definition":"start: X"}}]})");
  CHECK(kept == Json::parse(R"({"model":"gpt-5","user":"[4 bytes]","stream":true,"max_tokens":9,
    "metadata":{"cursorConversationId":"[3 bytes]","name":"[2 bytes]"},"tool_choice":"auto",
    "messages":[{"role":"user","content":"[6 bytes]"},{"role":"assistant","content":null,
      "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"[9 bytes]"}}]}],
    "tools":[{"type":"custom","name":"ApplyPatch","format":{"type":"grammar","syntax":"lark","definition":"[8 bytes]"}}]})"));
}

TEST_CASE("a captured body that is no JSON is its length and the complaint") {
  const Json kept = redacted_body("{\"secret\"");
  REQUIRE(kept.is_string());
  CHECK(kept.get<std::string>().starts_with("[9 bytes: not valid JSON"));
  CHECK(kept.get<std::string>().find("secret") == std::string::npos);
}
