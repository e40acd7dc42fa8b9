// The recorded and reported bodies of Cursor: each must be understood, and each must reach an
// OpenAI Chat, an OpenAI Responses and an Anthropic upstream in a form that one accepts.
#include "tests/support/fixtures.h"

#include <doctest/doctest.h>

#include "daemon/dialects/cursor/model_name.h"
#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/translate.h"
#include "tests/support/strict_upstreams.h"

using namespace litegw;
using namespace litegw::testing;
using dialects::cursor::Shape;
using providers::Dialect;

namespace {

std::vector<std::filesystem::path> bodies() {
  std::vector<std::filesystem::path> found;
  std::filesystem::path base = fixtures("cursor");
  if (base.empty()) return found;
  for (const auto& entry : std::filesystem::directory_iterator(base))
    if (entry.path().extension() == ".json") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

dialects::Request parsed(const std::string& name) {
  auto result = dialects::cursor::parse(read_json(fixtures("cursor") / name), true);
  REQUIRE(result.has_value());
  return std::move(result->request);
}

Json written(const dialects::Request& request, Dialect upstream, const char* model) {
  providers::Target target;
  target.model = model;
  target.deployment = "d1";
  auto translation = providers::translate(request, upstream, target, {});
  REQUIRE(translation.has_value());
  return translation->written.body;
}

}  // namespace

TEST_CASE("each body of Cursor reaches each kind of upstream in a form it accepts") {
  for (const auto& path : bodies()) {
    std::string name = path.filename().string();
    CAPTURE(name);
    if (name.starts_with("22-")) continue;
    dialects::Request request = parsed(name);
    CHECK(chat_problem(written(request, Dialect::chat, "gpt-5.5")) == "");
    CHECK(chat_problem(written(request, Dialect::chat, "gpt-4.1")) == "");
    CHECK(responses_problem(written(request, Dialect::responses, "gpt-5.5")) == "");
    for (const char* model :
         {"claude-opus-5", "claude-sonnet-4-6", "claude-haiku-4-5", "claude-3-5-sonnet"})
      CHECK(messages_problem(written(request, Dialect::messages, model)) == "");
  }
}

TEST_CASE("the normalised Chat bodies are exactly the expected ones") {
  std::filesystem::path base = fixtures("cursor");
  if (base.empty()) return;
  for (auto [number, file] : {std::pair{"03", "03-ask-chat-mixed-nested-flat-custom.json"},
                              {"13", "13-plan-claude-tool-result-blocks.json"}}) {
    CAPTURE(file);
    Json expected = read_json(base / "expected" /
                              (std::string("normalised-") + number + "-openai-chat-upstream.json"));
    CHECK(unordered(written(parsed(file), Dialect::chat, "<upstream>")) == unordered(expected));
  }
}

TEST_CASE("fixture 01: the Verify probe is known by its body") {
  if (bodies().empty()) return;
  CHECK(dialects::cursor::is_verify_probe(parsed("01-verify-legacy-chat.json")));
  CHECK_FALSE(dialects::cursor::is_verify_probe(parsed("20-background-summary-chat.json")));
}

TEST_CASE("fixture 02: null tools go with their choice, the effort stays") {
  if (bodies().empty()) return;
  Json body = written(parsed("02-ask-chat-tools-null.json"), Dialect::chat, "gpt-5");
  CHECK_FALSE(body.contains("tools"));
  CHECK_FALSE(body.contains("tool_choice"));
  CHECK_FALSE(body.contains("user"));
  CHECK_FALSE(body.contains("temperature"));  // a reasoning model refuses it
  CHECK(body["reasoning_effort"] == "minimal");
}

TEST_CASE("fixture 04: index and name are cut from history, odd property names stay") {
  if (bodies().empty()) return;
  Json body = written(parsed("04-agent-chat-parallel-tool-history.json"), Dialect::chat, "gpt-5");
  CHECK_FALSE(body["messages"][3]["tool_calls"][0].contains("index"));
  CHECK_FALSE(body["messages"][4].contains("name"));
  CHECK(body["messages"][3]["content"] == "I will run both searches.");
  CHECK(body["tools"][0]["function"]["parameters"]["properties"].contains("-B"));
}

TEST_CASE("fixture 05: content [] beside tool calls becomes null") {
  if (bodies().empty()) return;
  Json body = written(parsed("05-agent-chat-empty-content-array.json"), Dialect::chat, "gpt-5.5");
  CHECK(body["messages"][2]["content"].is_null());
  CHECK(body["messages"][3]["content"] == "1|int main() { return 1; }");
  CHECK_FALSE(body.contains("metadata"));
  CHECK(body["prompt_cache_key"] == "7c1b9f0e-3a52-4f0d-9a3e-2b8d5a6c4e11");
}

TEST_CASE(
    "fixture 07: a Responses body on the Chat path goes to Responses without what it refuses") {
  if (bodies().empty()) return;
  auto result = dialects::cursor::parse(
      read_json(fixtures("cursor") / "07-agent-responses-first-turn.json"), true);
  REQUIRE(result.has_value());
  CHECK(result->shape == Shape::responses);
  Json body = written(result->request, Dialect::responses, "gpt-5.5");
  for (const char* name : {"stream_options", "metadata", "user", "messages"})
    CHECK_FALSE(body.contains(name));
  CHECK(body["store"] == false);
  CHECK(body["include"] == Json::array({"reasoning.encrypted_content"}));
  CHECK(body["reasoning"] == Json{{"effort", "medium"}, {"summary", "auto"}});
  CHECK(body["text"]["verbosity"] == "low");
  CHECK(body["tools"][5]["type"] == "custom");
  CHECK(body["tools"][5]["format"]["syntax"] == "lark");
  CHECK(body["tools"][0]["strict"] == false);
}

TEST_CASE("fixture 08: ids, order and kinds of the items are kept") {
  if (bodies().empty()) return;
  dialects::Request request = parsed("08-agent-responses-tool-followup.json");
  Json items = written(request, Dialect::responses, "gpt-5.4")["input"];
  std::vector<std::string> types;
  for (const Json& item : items)
    types.push_back(item["type"].get<std::string>());
  CHECK(types == std::vector<std::string>{"message", "message", "message", "function_call",
                                          "function_call_output", "custom_tool_call",
                                          "custom_tool_call_output", "message"});
  CHECK(items[5]["input"].get<std::string>().starts_with("*** Begin Patch\n"));
  Json chat = written(request, Dialect::chat, "gpt-5.4");
  CHECK(chat["messages"][4]["tool_calls"][0]["type"] == "custom");
  Json claude = written(request, Dialect::messages, "claude-opus-5");
  CHECK(claude["messages"][3]["content"][0]["input"]["input"].get<std::string>().starts_with(
      "*** Begin Patch\n"));
}

TEST_CASE("fixture 10: a string input and instructions, not streamed") {
  if (bodies().empty()) return;
  dialects::Request request = parsed("10-responses-input-string-nonstream.json");
  CHECK_FALSE(request.stream);
  Json body = written(request, Dialect::chat, "gpt-4.1");
  CHECK(body["messages"][0] == Json{{"role", "system"}, {"content", "Be short."}});
  CHECK(body["messages"][1] == Json{{"role", "user"}, {"content", "Say hi."}});
}

TEST_CASE("fixtures 11, 12 and 14: images in every spelling reach every upstream") {
  if (bodies().empty()) return;
  Json eleven = written(parsed("11-agent-responses-input-image.json"), Dialect::chat, "gpt-5.4");
  CHECK(eleven["messages"][1]["content"][1]["image_url"]["url"].get<std::string>().starts_with(
      "data:image/png;base64,"));
  Json twelve = written(parsed("12-ask-chat-image-url.json"), Dialect::messages, "claude-opus-5");
  CHECK(twelve["messages"][0]["content"][1]["source"]["media_type"] == "image/png");
  CHECK(twelve["messages"][0]["content"][2]["source"] ==
        Json{{"type", "url"}, {"url", "https://example.com/a.png"}});
  Json fourteen =
      written(parsed("14-agent-claude-bare-tools-forced-choice.json"), Dialect::chat, "gpt-5");
  CHECK(fourteen["messages"][1]["content"][1]["image_url"]["url"].get<std::string>().starts_with(
      "data:image/png;base64,"));
  CHECK(fourteen["tool_choice"] ==
        Json{{"type", "function"}, {"function", {{"name", "ReadFile"}}}});
}

TEST_CASE("fixture 13: cache breakpoints stay for Anthropic") {
  if (bodies().empty()) return;
  Json body = written(parsed("13-plan-claude-tool-result-blocks.json"), Dialect::messages,
                      "claude-sonnet-4-6");
  CHECK(body["system"][0]["cache_control"] == Json{{"type", "ephemeral"}});
  CHECK(body["messages"][0]["content"][1]["cache_control"] == Json{{"type", "ephemeral"}});
  CHECK(body["messages"][2]["content"][1]["cache_control"] == Json{{"type", "ephemeral"}});
  CHECK(body["messages"][2]["content"][2]["type"] == "text");
  CHECK(body["tool_choice"] == Json{{"type", "auto"}});
  CHECK(body["max_tokens"] == 64000);
}

TEST_CASE("fixture 14: a forced tool and a one-hour breakpoint reach Claude") {
  if (bodies().empty()) return;
  Json body = written(parsed("14-agent-claude-bare-tools-forced-choice.json"), Dialect::messages,
                      "claude-opus-5");
  CHECK(body["tool_choice"] == Json{{"type", "tool"}, {"name", "ReadFile"}});
  CHECK(body["system"][0]["cache_control"] == Json{{"type", "ephemeral"}, {"ttl", "1h"}});
}

TEST_CASE("fixture 19: a long tool name fits upstream and comes back as it was") {
  if (bodies().empty()) return;
  dialects::Request request = parsed("19-agent-gemini-followup.json");
  std::string original = request.tools[0].name;
  CHECK(original.size() > 64);
  Json body = written(request, Dialect::messages, "claude-opus-5");
  std::string sent = body["tools"][0]["name"].get<std::string>();
  CHECK(sent.size() == 64);
  CHECK(body["messages"][1]["content"][0]["name"] == sent);
  dialects::ToolMap map = dialects::lower_tools(request, false);
  dialects::ToolRestorer restorer(map);
  dialects::Events events;
  restorer.restore(dialects::ToolStart{0, "c", sent, dialects::ToolKind::function}, events);
  CHECK(std::get<dialects::ToolStart>(events[0]).name == original);
}

TEST_CASE("fixture 22: a body with neither messages nor input names both") {
  if (bodies().empty()) return;
  auto result = dialects::cursor::parse(
      read_json(fixtures("cursor") / "22-reject-no-messages-no-input.json"), true);
  REQUIRE(result.has_error());
  CHECK(error_name(result.error().code) == "missing_required_parameter");
  CHECK(result.error().message.find("messages") != std::string::npos);
  CHECK(result.error().message.find("input") != std::string::npos);
}
