// Histories that clients cut, as providers take them.
#include <doctest/doctest.h>

#include "daemon/providers/translate.h"

using namespace litegw;
using providers::Dialect;

namespace {

Result<Json> written(const std::string& body, Dialect upstream, bool compatible = false) {
  auto request = providers::parse_request(Dialect::chat, body);
  REQUIRE(request.has_value());
  providers::Target target;
  target.model = upstream == Dialect::messages ? "claude-opus-5" : "gpt-5.5";
  target.compatible = compatible;
  auto translated = providers::translate(*request, upstream, target, {});
  if (!translated) return translated.error();
  return translated->written.body;
}

std::string with_messages(const std::string& messages) {
  return R"({"model":"m","messages":[{"role":"user","content":"Hi"},)" + messages + "]}";
}

std::string call(const std::string& id, const std::string& arguments) {
  return R"({"id":")" + id + R"(","type":"function","function":{"name":"f","arguments":)" +
         arguments + "}}";
}

}  // namespace

TEST_CASE("an id that names two calls is given a number, and so is its result") {
  const std::string turn = R"({"role":"assistant","tool_calls":[)" + call("c", "\"{}\"") + "]}";
  const auto body =
      written(with_messages(turn + R"(,{"role":"tool","tool_call_id":"c","content":"1"},)" + turn +
                            R"(,{"role":"tool","tool_call_id":"c","content":"2"})"),
              Dialect::chat);
  const Json& messages = (*body)["messages"];
  REQUIRE(messages.size() == 5);
  CHECK(messages[1]["tool_calls"][0]["id"] == "c");
  CHECK(messages[2]["tool_call_id"] == "c");
  CHECK(messages[2]["content"] == "1");
  CHECK(messages[3]["tool_calls"][0]["id"] == "c_1");
  CHECK(messages[4]["tool_call_id"] == "c_1");
  CHECK(messages[4]["content"] == "2");
}

TEST_CASE("arguments that are no JSON object are kept in one") {
  for (const auto& [given, sent] : {std::pair{R"("{\"a\":1.0}")", R"({"a":1.0})"},
                                    {R"("{\"a\": cut")", R"({"_raw":"{\"a\": cut"})"},
                                    {R"("")", "{}"},
                                    {R"("[1]")", R"({"_raw":"[1]"})"},
                                    {R"({"a":[]})", R"({"a":[]})"}}) {
    CAPTURE(given);
    const std::string body =
        with_messages(R"({"role":"assistant","tool_calls":[)" + call("c", given) + "]}");
    for (const bool compatible : {false, true}) {
      const auto chat = written(body, Dialect::chat, compatible);
      CHECK((*chat)["messages"][1]["tool_calls"][0]["function"]["arguments"] == sent);
    }
    CHECK((*written(body, Dialect::responses))["input"][1]["arguments"] == sent);
    CHECK((*written(body, Dialect::messages))["messages"][1]["content"][0]["input"] ==
          Json::parse(sent));
  }
}

TEST_CASE("an id that is longer than OpenAI takes is replaced for call and result alike") {
  const std::string id(90, 'x');
  const std::string body =
      with_messages(R"({"role":"assistant","tool_calls":[)" + call(id, "\"{}\"") +
                    R"(]},{"role":"tool","tool_call_id":")" + id + R"(","content":"r"})");
  const auto chat = written(body, Dialect::chat);
  const std::string sent = (*chat)["messages"][1]["tool_calls"][0]["id"].get<std::string>();
  CHECK(sent.size() <= 40);
  CHECK((*chat)["messages"][2]["tool_call_id"] == sent);
  const auto copied = written(body, Dialect::chat, true);
  CHECK((*copied)["messages"][1]["tool_calls"][0]["id"] == id);
  const auto responses = written(body, Dialect::responses);
  CHECK((*responses)["input"][1]["call_id"].get<std::string>().size() <= 64);
  CHECK((*responses)["input"][1]["call_id"] == (*responses)["input"][2]["call_id"]);
}

TEST_CASE("a conversation that holds nothing is refused before any upstream") {
  for (const Dialect upstream : {Dialect::chat, Dialect::responses, Dialect::messages})
    for (const char* messages :
         {R"({"role":"user","content":[]})", R"({"role":"user","content":" \n"})",
          R"({"role":"user","content":""},{"role":"assistant","content":null})",
          R"({"role":"assistant","content":null,"reasoning_content":"hm"})"}) {
      CAPTURE(messages);
      const auto body =
          written(std::string(R"({"model":"m","messages":[)") + messages + "]}", upstream);
      REQUIRE(body.has_error());
      CHECK(body.error().code == ErrorCode::missing_parameter);
      CHECK(body.error().param == "messages");
    }
}

TEST_CASE("a turn that begins with thinking is not joined to an answer before it") {
  auto request = providers::parse_request(Dialect::messages, R"({"model":"m","max_tokens":9000,
    "thinking":{"type":"enabled","budget_tokens":2000},"tools":[{"name":"f","input_schema":{}}],
    "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Well,"},
     {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"tool_use","id":"a","name":"f","input":{}}]},
     {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"r"}]}]})");
  REQUIRE(request.has_value());
  providers::Target target;
  target.model = "claude-haiku-4-5";
  auto translated = providers::translate(*request, Dialect::messages, target, {});
  REQUIRE(translated.has_value());
  const Json& messages = translated->written.body["messages"];
  REQUIRE(messages.size() == 5);
  CHECK(messages[2]["role"] == "user");
  CHECK(messages[3]["content"][0]["type"] == "thinking");
}
