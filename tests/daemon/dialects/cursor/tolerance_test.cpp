// What is made of the odd forms in tests/golden/cursor; that strict upstreams take all of them is
// tested in round_trip_test.cpp.
#include <doctest/doctest.h>

#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/translate.h"
#include "tests/support/fixtures.h"

using namespace litegw;
using namespace litegw::testing;
using providers::Dialect;

namespace {

Json written(const std::string& name, Dialect upstream, const char* model,
             bool compatible = false) {
  const std::string file = std::string(LITEGW_TEST_DATA "/golden/cursor/") + name + ".json";
  auto parsed = dialects::cursor::parse(read_json(file), true);
  REQUIRE(parsed.has_value());
  providers::Target target;
  target.model = model;
  target.deployment = "d1";
  target.compatible = compatible;
  auto translation = providers::translate(parsed->request, upstream, target, {});
  REQUIRE(translation.has_value());
  return std::move(translation->written.body);
}

Json chat(const std::string& name, const char* model = "gpt-4.1") {
  return written(name, Dialect::chat, model);
}
Json responses(const std::string& name, const char* model = "gpt-5.5") {
  return written(name, Dialect::responses, model);
}
Json claude(const std::string& name) {
  return written(name, Dialect::messages, "claude-haiku-4-5");
}

}  // namespace

TEST_CASE("a patch is raw text in whatever half-form its call came back") {
  const Json calls = chat("half-forms-of-tools-and-calls")["messages"][1]["tool_calls"];
  for (const std::size_t index : {0u, 1u}) {
    CHECK(calls[index]["type"] == "custom");
    CHECK(calls[index]["custom"]["input"].get<std::string>().starts_with("*** Begin Patch\n"));
  }
  CHECK(calls[2]["custom"]["input"] == "");
  CHECK(calls[3]["function"]["arguments"] == "{}");
  const Json tools = chat("half-forms-of-tools-and-calls")["tools"];
  CHECK(tools[1]["function"]["name"] == "A");
  CHECK(tools[1]["function"]["description"] == "outer");
  CHECK(tools[2]["function"]["description"] == "outer2");
  CHECK(tools[3]["type"] == "function");  // "custom" with a schema
  CHECK(tools[4]["custom"]["format"]["type"] == "grammar");
}

TEST_CASE("a text file goes as text where only PDF is taken as data") {
  const Json parts = chat("files-and-images-of-odd-types")["messages"][0]["content"];
  CHECK(parts[1] == Json{{"type", "text"}, {"text", "hello w\xc3\xb6rld"}});
  CHECK(parts[3]["type"] == "file");
  const Json blocks = claude("files-and-images-of-odd-types")["messages"][0]["content"];
  CHECK(blocks[1]["source"]["type"] == "text");
  CHECK(blocks[3]["source"]["media_type"] == "application/pdf");
  CHECK(blocks[4]["text"] == "[unsupported part: image/svg+xml]");
  CHECK(blocks[5]["source"]["media_type"] == "image/jpeg");
  CHECK(responses("files-and-images-of-odd-types")["input"][0]["content"][1]["type"] ==
        "input_file");
}

TEST_CASE("calls of one id in a turn get their results in order") {
  const Json messages = chat("one-call-id-twice-in-a-turn")["messages"];
  CHECK(messages[2]["content"] == "one");
  CHECK(messages[3]["content"] == "two");
  CHECK(messages[3]["tool_call_id"] == messages[1]["tool_calls"][1]["id"]);
}

TEST_CASE("a history with calls and no tools names them for Claude, who may not call them") {
  const Json body = claude("calls-in-history-and-no-tools");
  CHECK(body["tools"].size() == 2);
  CHECK(body["tool_choice"] == Json{{"type", "none"}});
  CHECK_FALSE(chat("calls-in-history-and-no-tools").contains("tools"));
}

TEST_CASE("a result is of its call's kind, whatever it says") {
  const Json items = responses("custom-items-and-no-tools")["input"];
  CHECK(items[2]["type"] == "custom_tool_call_output");
  CHECK(items[3]["arguments"] == "{}");
  CHECK(items[4]["type"] == "function_call_output");
}

TEST_CASE("an error without text says so, beside a picture too") {
  CHECK(claude("error-results-without-text")["messages"][2]["content"][0]["content"] ==
        "(no output)");
  CHECK(responses("error-results-without-text")["input"][4]["output"][0]["text"] == "ERROR:");
}

TEST_CASE("a part without its message is the user's") {
  const Json messages = chat("lone-parts-and-items-with-ids-of-their-own")["messages"];
  CHECK(messages[0] ==
        Json{{"role", "user"}, {"content", Json::array({Json{{"type", "text"}, {"text", "Hi"}}})}});
  CHECK(messages[2]["tool_calls"][0]["id"] == messages[3]["tool_call_id"]);
}

TEST_CASE("a hosted tool that is forced by name is not forced where it is dropped") {
  CHECK(chat("a-hosted-tool-chosen-by-name")["tool_choice"] == "auto");
  CHECK(claude("a-hosted-tool-chosen-by-name")["tool_choice"] == Json{{"type", "auto"}});
}

TEST_CASE("what Cursor says of storing counts nothing, verbosity where it is known") {
  CHECK_FALSE(chat("verbosity-and-store").contains("store"));
  CHECK(responses("verbosity-and-store")["store"] == false);
  CHECK_FALSE(chat("verbosity-and-store").contains("verbosity"));
  CHECK(chat("verbosity-and-store", "gpt-5.5")["verbosity"] == "low");
  CHECK_FALSE(responses("verbosity-and-store", "gpt-4.1").contains("text"));
}

TEST_CASE("a server that copied OpenAI reads refusals as text") {
  const Json messages =
      written("blank-texts-and-refusals", Dialect::chat, "llama-3", true)["messages"];
  CHECK(messages[4]["content"] == "No!");
}
