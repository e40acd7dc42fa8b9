// Every recorded body of Cursor goes on for two more turns with tools, whichever upstream stands
// behind the name. The upstreams refuse what real ones refuse, Cursor forgets all reasoning.
#include <map>

#include <fmt/format.h>

#include <doctest/doctest.h>

#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/compatible/models.h"
#include "daemon/providers/translate.h"
#include "tests/support/fixtures.h"
#include "tests/support/scripted_answers.h"
#include "tests/support/strict_upstreams.h"

using namespace litegw;
using namespace litegw::testing;
using providers::Dialect;

namespace {

struct Upstream {
  const char* name;
  Dialect dialect;
  const char* model;
  bool compatible = false;
  bool deepseek = false;
  bool gemini = false;
};

const std::vector<Upstream> upstreams{
    {"OpenAI Chat", Dialect::chat, "gpt-5.5"},
    {"a server that copied OpenAI", Dialect::chat, "llama-3", true},
    {"DeepSeek", Dialect::chat, "deepseek-reasoner", true, true},
    {"Gemini in Chat's spelling", Dialect::chat, "gemini-3-pro-preview", true, false, true},
    {"OpenAI Responses", Dialect::responses, "gpt-5.5"},
    {"Claude, adaptive", Dialect::messages, "claude-opus-5"},
    {"Claude, budget", Dialect::messages, "claude-haiku-4-5"},
};

// As Gemini 3: the first call of each step since the user's last words is signed. Takes the
// signatures out.
std::string signature_problem(Json& messages) {
  bool is_missing = false;
  for (Json& message : messages) {
    if (message["role"] == "user") is_missing = false;
    if (!message.contains("tool_calls")) continue;
    const Json& first = message["tool_calls"][0];
    const bool is_signed = first.contains("extra_content") &&
                           first["extra_content"]["google"]["thought_signature"].is_string();
    is_missing = is_missing || !is_signed;
    for (Json& call : message["tool_calls"])
      call.erase("extra_content");
  }
  return is_missing ? "Function call is missing a thought_signature in functionCall parts." : "";
}

std::string problem_of(const Upstream& upstream, const Json& body) {
  if (upstream.dialect == Dialect::responses) return responses_problem(body);
  if (upstream.dialect == Dialect::messages) return messages_problem(body);
  Json known = body;
  if (upstream.deepseek) {
    known.erase("thinking");
    for (Json& message : known["messages"])
      message.erase("reasoning_content");
  }
  if (upstream.gemini)
    if (std::string problem = signature_problem(known["messages"]); !problem.empty())
      return problem;
  return chat_problem(known, !upstream.compatible);
}

struct Said {
  std::string text;
  std::vector<ScriptedCall> calls;  // name and text as Cursor has them
  std::string finish;
};

// Reads chunks or a whole answer as Cursor does, with nothing of the gateway's own readers.
Said read_answer(const std::string& bytes, bool streamed) {
  Said said;
  auto read = [&said](const nlohmann::json& message) {
    if (message.contains("content") && message["content"].is_string())
      said.text += message["content"].get<std::string>();
    if (!message.contains("tool_calls")) return;
    for (const auto& call : message["tool_calls"]) {
      const std::size_t index = call.value("index", said.calls.size());
      REQUIRE(index <= said.calls.size());
      if (index == said.calls.size()) {
        CHECK(call.at("type") == "function");
        said.calls.push_back({call.at("id").get<std::string>(),
                              call.at("function").at("name").get<std::string>(), false, ""});
      }
      said.calls[index].text += call.at("function").at("arguments").get<std::string>();
    }
  };
  if (!streamed) {
    const auto body = nlohmann::json::parse(bytes);
    read(body.at("choices").at(0).at("message"));
    said.finish = body["choices"][0]["finish_reason"].get<std::string>();
    return said;
  }
  REQUIRE(bytes.ends_with("data: [DONE]\n\n"));
  bool has_usage = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = bytes.find("\n\n", at);
    const std::string line = bytes.substr(at, end - at);
    at = end + 2;
    REQUIRE(line.starts_with("data: "));
    if (line == "data: [DONE]") break;
    const auto chunk = nlohmann::json::parse(line.substr(6));
    has_usage = has_usage || chunk.contains("usage");
    for (const auto& choice : chunk.at("choices")) {
      read(choice.at("delta"));
      if (choice["finish_reason"].is_string())
        said.finish = choice["finish_reason"].get<std::string>();
    }
  }
  CHECK(has_usage);
  return said;
}

// A conversation that began with a recorded body, in that body's own spelling.
class Conversation {
 public:
  Conversation(Json body, Upstream upstream) : body_(std::move(body)), upstream_(upstream) {
    target_.model = upstream.model;
    target_.deployment = "d1";
    target_.compatible = upstream.compatible;
    target_.wants_reasoning_text = upstream.deepseek;
    if (upstream.compatible)
      target_.call_states = providers::compatible::call_states_of(upstream.model);
    const bool has_tools = body_.contains("tools") && !body_["tools"].empty();
    if (!has_tools) {
      body_["tools"] = Json::parse(
          R"([{"type":"function","function":{"name":"Look","parameters":{"type":"object"}}},
              {"type":"custom","name":"ApplyPatch","format":{"type":"grammar","syntax":"lark","definition":"start: X"}}])");
      body_["tool_choice"] = "auto";
    }
    body_.erase("tool_choice");
    is_anthropic_ = body_["tools"][0].contains("input_schema");
  }

  // One request: what the upstream gets must please it, what Cursor gets must be what was said.
  void turn(int number, bool last) {
    auto parsed = dialects::cursor::parse(body_, true);
    REQUIRE(parsed.has_value());
    const dialects::Request& request = parsed->request;
    dialects::Recall recall = [this](std::string_view id) -> std::optional<std::string> {
      auto found = kept_.find(std::string(id));
      return found == kept_.end() ? std::nullopt : std::optional(found->second);
    };
    auto translation = providers::translate(request, upstream_.dialect, target_, recall);
    REQUIRE(translation.has_value());
    const Json& sent = translation->written.body;
    CHECK(problem_of(upstream_, sent) == "");
    check_reasoning(sent, number);

    ScriptedTurn script{number, thinks(sent), last ? "All done." : "", {}, upstream_.gemini};
    std::vector<std::pair<std::string, std::string>> expected;
    if (!last) choose_calls(request, translation->tools, script, expected);
    providers::AnswerTranslator::Settings settings;
    settings.upstream = upstream_.dialect;
    settings.stream = request.stream;
    settings.keeper.deployment = "d1";
    dialects::AnswerOptions options;
    options.id = "chatcmpl-1";
    options.model = "m";
    options.created = 1;
    options.include_usage = true;
    options.custom_calls = config::CustomCalls::function;
    options.reasoning = config::Reasoning::hide;
    options.errors_as_text = true;
    providers::AnswerTranslator translator(settings, translation->tools, options);
    std::string bytes;
    translator.feed(request.stream ? scripted_stream(upstream_.dialect, script)
                                   : scripted_body(upstream_.dialect, script),
                    bytes);
    translator.finish(std::nullopt, bytes);
    for (dialects::KeptState& state : translator.kept_states())
      kept_[state.call_id] = state.value;
    const Said said = read_answer(bytes, request.stream);
    CHECK(said.text == script.text);
    CHECK(said.finish == (last ? "stop" : "tool_calls"));
    REQUIRE(said.calls.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(said.calls[i].name == expected[i].first);
      CHECK(said.calls[i].text == expected[i].second);
    }
    remember(said);
  }

 private:
  bool thinks(const Json& sent) const {
    if (upstream_.dialect == Dialect::responses || upstream_.deepseek) return true;
    return upstream_.dialect == Dialect::messages && sent.contains("thinking") &&
           sent["thinking"]["type"] != "disabled";
  }

  // What an earlier turn of ours thought came back, at its place.
  void check_reasoning(const Json& sent, int number) const {
    const bool had_calls = number == 2 || number == 3;
    if (!had_calls || (!thinks(sent) && !upstream_.gemini)) return;
    const std::string text = dump(sent);
    if (upstream_.deepseek) {
      CHECK(text.find("thought " + std::to_string(number - 1)) != std::string::npos);
    } else {
      CHECK(text.find("signature-" + std::to_string(number - 1)) != std::string::npos);
    }
  }

  // Two calls at once, the second of a custom tool where there is one.
  static void choose_calls(const dialects::Request& request, const dialects::ToolMap& map,
                           ScriptedTurn& script,
                           std::vector<std::pair<std::string, std::string>>& expected) {
    const std::string patch = "*** Begin Patch\n-\t\"a\\b\"\n+\u00e4\n*** End Patch\n";
    for (const bool custom : {false, true, false})
      for (const dialects::Tool& tool : request.tools) {
        const bool is_custom = tool.kind == dialects::ToolKind::custom;
        if (!tool.hosted_by.empty() || is_custom != custom) continue;
        ScriptedCall call;
        call.id = fmt::format("call_{}_{}", script.number, script.calls.size());
        call.name = dialects::fitting_name(tool.name);
        call.custom = custom && map.custom.contains(call.name);
        const std::string text = custom ? patch : R"({"path":"a b.cpp","-B":3})";
        call.text = custom && !call.custom ? dump(Json{{"input", text}}) : text;
        expected.emplace_back(tool.name, text);
        script.calls.push_back(std::move(call));
        break;
      }
  }

  void remember(const Said& said) {
    const bool has_messages =
        body_.contains("messages") && body_["messages"].is_array() && !body_["messages"].empty();
    if (body_.contains("input") && !has_messages) return remember_items(said);
    is_anthropic_ ? remember_blocks(said) : remember_messages(said);
  }

  bool is_custom(const std::string& name) const {
    for (const Json& tool : body_["tools"]) {
      if (tool.value("type", "") != "custom" || tool.contains("input_schema")) continue;
      const Json& inner = tool.contains("custom") ? tool["custom"] : tool;
      if (inner["name"] == name) return true;
    }
    return false;
  }

  void remember_items(const Said& said) {
    Json& input = body_["input"];
    if (!input.is_array())
      input = Json::array({input.is_string() ? Json{{"role", "user"}, {"content", input}} : input});
    if (!said.text.empty()) input.push_back(Json{{"role", "assistant"}, {"content", said.text}});
    for (const ScriptedCall& call : said.calls) {
      const bool custom = is_custom(call.name);
      input.push_back(Json{{"type", custom ? "custom_tool_call" : "function_call"},
                           {"call_id", call.id},
                           {"name", call.name},
                           {custom ? "input" : "arguments", call.text}});
    }
    for (const ScriptedCall& call : said.calls)
      input.push_back(
          Json{{"type", is_custom(call.name) ? "custom_tool_call_output" : "function_call_output"},
               {"call_id", call.id},
               {"output", "result of " + call.id}});
  }

  void remember_messages(const Said& said) {
    Json message{{"role", "assistant"}, {"content", Json::array()}};
    if (!said.text.empty()) message["content"] = said.text;
    for (const ScriptedCall& call : said.calls)
      message["tool_calls"].push_back(
          Json{{"index", message.contains("tool_calls") ? message["tool_calls"].size() : 0},
               {"id", call.id},
               {"type", "function"},
               {"function", {{"name", call.name}, {"arguments", call.text}}}});
    body_["messages"].push_back(std::move(message));
    for (const ScriptedCall& call : said.calls)
      body_["messages"].push_back(Json{{"role", "tool"},
                                       {"tool_call_id", call.id},
                                       {"name", call.name},
                                       {"content", "result of " + call.id}});
  }

  void remember_blocks(const Said& said) {
    Json blocks = Json::array();
    Json results = Json::array();
    if (!said.text.empty()) blocks.push_back(Json{{"type", "text"}, {"text", said.text}});
    for (const ScriptedCall& call : said.calls) {
      Json input = is_custom(call.name) ? Json{{"input", call.text}} : Json::parse(call.text);
      blocks.push_back(Json{
          {"type", "tool_use"}, {"id", call.id}, {"name", call.name}, {"input", std::move(input)}});
      results.push_back(Json{
          {"type", "tool_result"}, {"tool_use_id", call.id}, {"content", "result of " + call.id}});
    }
    body_["messages"].push_back(Json{{"role", "assistant"}, {"content", std::move(blocks)}});
    if (!results.empty())
      body_["messages"].push_back(Json{{"role", "user"}, {"content", std::move(results)}});
  }

  Json body_;
  Upstream upstream_;
  providers::Target target_;
  bool is_anthropic_ = false;
  std::map<std::string, std::string> kept_;
};

void converse(const std::string& name, const Json& body) {
  for (const Upstream& upstream : upstreams)
    for (const char* effort : {"", "medium"}) {
      CAPTURE(name);
      CAPTURE(upstream.name);
      CAPTURE(effort);
      Json asked = body;
      if (*effort != '\0') asked["reasoning"] = Json{{"effort", effort}};
      Conversation conversation(asked, upstream);
      conversation.turn(1, false);
      conversation.turn(2, false);
      conversation.turn(3, true);
      conversation.turn(4, false);
    }
}

// Own bodies in each of the shapes, so that something is tested where no recordings lie.
const std::map<std::string, std::string> own_bodies{
    {"chat, nested and flat tools mixed",
     R"({"model":"m","stream":true,"tools":[
       {"type":"function","function":{"name":"rg","parameters":{"type":"object","properties":{"-B":{"type":"number"}}}}},
       {"type":"function","name":"Shell","parameters":{}},
       {"type":"custom","custom":{"name":"ApplyPatch","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: X"}}}}],
       "messages":[{"role":"system","content":[]},{"role":"user","content":[{"type":"input_text","text":"Hi"}]}]})"},
    {"Responses, a bare string among the items, messages beside input",
     R"({"model":"m","stream":true,"messages":[],"instructions":"Be brief.","tools":[
       {"type":"function","name":"Shell","parameters":{}},{"type":"custom","name":"ApplyPatch","format":{"type":"text"}},
       {"type":"web_search"}],
       "input":["Hello",{"type":"reasoning","id":"rs_0","summary":[]},{"role":"user","content":"More"}]})"},
    {"Anthropic blocks, not streamed",
     R"({"model":"m","max_tokens":9000,"system":"Be brief.","tools":[
       {"name":"Read","input_schema":{"type":"object","properties":{}}},{"type":"custom","name":"ApplyPatch","format":{"type":"grammar","syntax":"lark","definition":"start: X"}}],
       "messages":[{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]})"},
};

}  // namespace

TEST_CASE("own bodies in every shape go on for further turns with tools, whoever is upstream") {
  for (const auto& [name, body] : own_bodies)
    converse(name, Json::parse(body));
}

// Variants of what was recorded: mixed spellings, repairs, oddities. tests/golden/cursor.
TEST_CASE("variants of Cursor's bodies go on for further turns with tools, whoever is upstream") {
  for (const auto& entry : std::filesystem::directory_iterator(LITEGW_TEST_DATA "/golden/cursor"))
    converse(entry.path().filename().string(), read_json(entry.path()));
}

TEST_CASE("every recorded body of Cursor goes on for further turns, whoever is upstream") {
  const std::filesystem::path base = fixtures("cursor");
  if (base.empty()) return;
  for (const auto& entry : std::filesystem::directory_iterator(base)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json" || name.starts_with("22-")) continue;
    converse(name, read_json(entry.path()));
  }
}
