#include "daemon/providers/mock/mock.h"

#include <doctest/doctest.h>

#include "common/base/json.h"
#include "daemon/dialects/chat/tee.h"

namespace litegw::providers::mock {
namespace {

std::string joined(const MockAnswer& made) {
  std::string all;
  for (const std::string& piece : made.pieces)
    all += piece;
  return all;
}

MockRequest request_for(std::string_view body) {
  MockRequest request;
  request.body = body;
  request.model = "mock-1";
  request.id = "1";
  return request;
}

TEST_CASE("the mock answers with the user's words and reports usage") {
  const auto made = answer(request_for(R"({"messages":[{"role":"user","content":"good day"}]})"));
  REQUIRE(made.has_value());
  const Json body = parse_json(joined(*made)).value();
  CHECK(body["choices"][0]["message"]["content"].get<std::string>().ends_with("good day"));
  CHECK(body["choices"][0]["finish_reason"] == "stop");
  CHECK(body["usage"]["total_tokens"].get<int>() > 0);
}

TEST_CASE("the mock's stream is a whole chat stream, the same every time") {
  MockRequest request = request_for(R"({"messages":[{"role":"user","content":"a b"}]})");
  request.stream = true;
  request.include_usage = true;
  const auto made = answer(request);
  REQUIRE(made.has_value());
  CHECK(made->pieces.size() > 8);
  CHECK(joined(*made) == joined(*answer(request)));
  dialects::JsonReader reader;
  dialects::chat::Tee tee(reader, {});
  std::string out;
  CHECK(tee.feed(joined(*made), out).has_value());
  CHECK(tee.finish(out).has_value());
  CHECK(tee.finish_reason() == "stop");
  CHECK(tee.has_usage());
}

TEST_CASE("given tools and a user's turn, the mock calls the first tool with fitting arguments") {
  const char* const body =
      R"({"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"read","parameters":)"
      R"({"type":"object","required":["path","line"],"properties":{"path":{"type":"string"},"line":{"type":"integer"}}}}}]})";
  const Json seen = parse_json(joined(*answer(request_for(body)))).value();
  const Json& call = seen["choices"][0]["message"]["tool_calls"][0];
  CHECK(call["function"]["name"] == "read");
  CHECK(call["function"]["arguments"] == R"({"path":"mock","line":1})");
  CHECK(seen["choices"][0]["finish_reason"] == "tool_calls");
}

TEST_CASE("after a tool's result, and with tool_choice none, the mock answers in words") {
  const char* const after =
      R"({"messages":[{"role":"user","content":"x"},{"role":"tool","content":"1"}],"tools":[{"name":"read"}]})";
  CHECK(joined(*answer(request_for(after))).find("tool_calls") == std::string::npos);
  const char* const none =
      R"({"messages":[{"role":"user","content":"x"}],"tools":[{"name":"read"}],"tool_choice":"none"})";
  CHECK(joined(*answer(request_for(none))).find("\"tool_calls\"") == std::string::npos);
}

TEST_CASE("a configured reply is used as it is") {
  MockRequest request = request_for(R"({"messages":[{"role":"user","content":"x"}]})");
  request.reply = "fixed";
  CHECK(parse_json(joined(*answer(request))).value()["choices"][0]["message"]["content"] ==
        "fixed");
}

TEST_CASE("messages of the wrong type are the client's error") {
  CHECK_FALSE(answer(request_for(R"({"messages":["hi"]})")).has_value());
  CHECK_FALSE(answer(request_for("[]")).has_value());
}

}  // namespace
}  // namespace litegw::providers::mock
