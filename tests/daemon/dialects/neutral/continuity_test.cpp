#include "daemon/dialects/neutral/continuity.h"

#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "daemon/providers/translate.h"

using namespace litegw;
using namespace litegw::dialects;
using providers::Dialect;

namespace {

std::map<std::string, std::string> kept_of(const Events& events) {
  StateKeeper keeper({.deployment = "d1"});
  for (Event event : events)
    keeper.see(event);
  std::map<std::string, std::string> out;
  for (KeptState& state : keeper.take())
    out[state.call_id] = state.value;
  return out;
}

Recall recall_from(const std::map<std::string, std::string>& kept) {
  return [kept](std::string_view id) -> std::optional<std::string> {
    const auto found = kept.find(std::string(id));
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  };
}

Request asked(const char* messages) {
  auto request = providers::parse_request(
      Dialect::chat,
      std::string(R"({"model":"m","reasoning_effort":"low","messages":)") + messages + "}");
  REQUIRE(request.has_value());
  return std::move(*request);
}

constexpr const char* after_one_call = R"([{"role":"user","content":"Hi"},
  {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
  {"role":"tool","tool_call_id":"c1","content":"r"}])";

const Events signed_call{ReasoningDelta{"because"},
                         ReasoningEnd{{.family = "anthropic", .blob = "sig"}},
                         ToolStart{0, "c1", "f", ToolKind::function}, ToolEnd{0}};

}  // namespace

TEST_CASE("reasoning goes back in front of the call it led to") {
  Request request = asked(after_one_call);
  const Recalled recalled =
      restore_states(request, "anthropic", "d1", recall_from(kept_of(signed_call)));
  CHECK(recalled.restored == 1);
  CHECK(recalled.missed == 0);
  const Reasoning* reasoning = request.messages[1].parts[0].as<Reasoning>();
  REQUIRE(reasoning != nullptr);
  CHECK(reasoning->text == "because");
  CHECK(reasoning->state.blob == "sig");
}

TEST_CASE("reasoning that came after text goes back after it") {
  Events events{TextDelta{"First."}};
  events.insert(events.end(), signed_call.begin(), signed_call.end());
  Request request = asked(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":"First.",
    "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"r"}])");
  restore_states(request, "anthropic", "d1", recall_from(kept_of(events)));
  CHECK(request.messages[1].parts[0].as<Text>() != nullptr);
  CHECK(request.messages[1].parts[1].as<Reasoning>() != nullptr);
}

TEST_CASE("state of another family, or bound to another deployment, stays out") {
  Request request = asked(after_one_call);
  CHECK(restore_states(request, "openai", "d1", recall_from(kept_of(signed_call))).restored == 0);
  const Events bound{ReasoningEnd{{.family = "openai", .blob = "enc"}},
                     ToolStart{0, "c1", "f", ToolKind::function}};
  CHECK(restore_states(request, "openai", "d2", recall_from(kept_of(bound))).restored == 0);
  CHECK(restore_states(request, "openai", "d1", recall_from(kept_of(bound))).restored == 1);
}

TEST_CASE("what is kept but broken counts as a miss") {
  for (const char* value : {"", "{", "[]", "{\"r\":5}", "{\"r\":[{}]}", "{\"r\":[]}"}) {
    Request request = asked(after_one_call);
    const Recalled recalled =
        restore_states(request, "anthropic", "d1", recall_from({{"c1", value}}));
    CHECK(recalled.missed == 1);
    CHECK(recalled.missed_now == 1);
    CHECK(request.messages[1].parts.size() == 1);
  }
}

TEST_CASE("turns before the last user message are no misses of now") {
  Request request = asked(R"([{"role":"user","content":"Hi"},
    {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"r"},{"role":"user","content":"Next"}])");
  const Recalled recalled = restore_states(request, "anthropic", "d1", {});
  CHECK(recalled.missed == 1);
  CHECK(recalled.missed_now == 0);
}

TEST_CASE("DeepSeek stops to think for a request whose reasoning is lost") {
  providers::Target target;
  target.model = "deepseek-reasoner";
  target.compatible = target.wants_reasoning_text = true;
  const Request request = asked(after_one_call);
  auto lost = providers::translate(request, Dialect::chat, target, {});
  REQUIRE(lost.has_value());
  CHECK(lost->written.body["thinking"] == Json{{"type", "disabled"}});
  CHECK_FALSE(lost->written.body.contains("reasoning_effort"));
  const Events thought{ReasoningDelta{"hm"}, ReasoningEnd{{.family = "deepseek"}},
                       ToolStart{0, "c1", "f", ToolKind::function}};
  auto found = providers::translate(request, Dialect::chat, target, recall_from(kept_of(thought)));
  REQUIRE(found.has_value());
  CHECK_FALSE(found->written.body.contains("thinking"));
  CHECK(found->written.body["reasoning_effort"] == "low");
  CHECK(found->written.body["messages"][1]["reasoning_content"] == "hm");
}

namespace {

// As OpenRouter streams them: pieces of a text, then its signature; what is encrypted beside the
// second call or behind the last one.
constexpr const char* openrouter_stream =
    R"(data: {"id":"g","choices":[{"delta":{"role":"assistant","content":"","reasoning":"be","reasoning_details":[{"type":"reasoning.text","text":"be","format":"anthropic-claude-v1","index":0}]}}]}

data: {"id":"g","choices":[{"delta":{"content":"","reasoning":"cause","reasoning_details":[{"type":"reasoning.text","text":"cause","format":"anthropic-claude-v1","index":0}]}}]}

data: {"id":"g","choices":[{"delta":{"content":"","reasoning_details":[{"type":"reasoning.text","signature":"sig","index":0}]}}]}

data: {"id":"g","choices":[{"delta":{"content":"Looking."}}]}

data: {"id":"g","choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}}]}

data: {"id":"g","choices":[{"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"AA","id":"c2","index":0}],"tool_calls":[{"index":1,"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]}}]}

data: {"id":"g","choices":[{"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"BB","id":"c3","index":0}]},"finish_reason":"tool_calls"}]}

data: [DONE]

)";

std::map<std::string, std::string> kept_of_stream(std::size_t step) {
  const std::string_view bytes = openrouter_stream;
  const auto decoder = providers::make_decoder(Dialect::chat);
  Events events;
  for (std::size_t at = 0; at < bytes.size(); at += step)
    decoder->feed(bytes.substr(at, step), events);
  decoder->finish(events);
  StateKeeper keeper({.deployment = "d1", .reasoning = false});
  for (Event& event : events)
    keeper.see(event);
  std::map<std::string, std::string> out;
  for (KeptState& state : keeper.take())
    out[state.call_id] = state.value;
  return out;
}

providers::Target openrouter(const char* deployment) {
  providers::Target target;
  target.model = "anthropic/claude-haiku-4.5";
  target.deployment = deployment;
  target.compatible = true;
  return target;
}

Json details_sent(const Request& request, const providers::Target& target, const Recall& recall) {
  auto written = providers::translate(request, Dialect::chat, target, recall);
  REQUIRE(written.has_value());
  return written->written.body["messages"][1].value("reasoning_details", Json());
}

}  // namespace

TEST_CASE("OpenRouter gets the details of its reasoning back as one list, unchanged") {
  const Json whole = Json::parse(
      R"([{"type":"reasoning.text","text":"because","format":"anthropic-claude-v1","index":0,"signature":"sig"},
          {"type":"reasoning.encrypted","data":"AA","id":"c2","index":0},
          {"type":"reasoning.encrypted","data":"BB","id":"c3","index":0}])");
  const Request request = asked(R"([{"role":"user","content":"Hi"},
    {"role":"assistant","content":"Looking.","tool_calls":[
      {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},
      {"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"r"},{"role":"tool","tool_call_id":"c2","content":"r"}])");
  for (const std::size_t step : {1u, 7u, 100000u}) {
    const Recall recall = recall_from(kept_of_stream(step));
    CHECK(details_sent(request, openrouter("d1"), recall) == whole);
    CHECK(details_sent(request, openrouter("d2"), recall).is_null());
    providers::Target other = openrouter("d2");
    other.is_openrouter = true;
    CHECK(details_sent(request, other, recall) == whole);
    other.compatible = false;
    CHECK(details_sent(request, other, recall).is_null());
  }
}

TEST_CASE("reasoning without end is neither held nor kept") {
  StateKeeper keeper({.deployment = "d1"});
  const auto see = [&](Event event) {
    keeper.see(event);
  };
  for (const Event& event : signed_call)
    see(event);
  const std::string piece(64 * 1024, 'x');
  for (int i = 0; i < 17; ++i)
    see(ReasoningDelta{piece});
  CHECK(keeper.is_full());
  see(ReasoningEnd{{.family = "anthropic", .blob = "late"}});
  see(ToolStart{1, "c2", "f", ToolKind::function});
  const std::vector<KeptState> kept = keeper.take();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].call_id == "c1");
}

TEST_CASE("details without end do not wait for it in memory") {
  const auto decoder = providers::make_decoder(Dialect::chat);
  const std::string chunk =
      R"(data: {"id":"1","choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","index":0,"text":")" +
      std::string(64 * 1024, 'x') + "\"}]}}]}\n\n";
  std::size_t longest = 0, all = 0;
  for (int i = 0; i < 80; ++i) {
    Events events;
    decoder->feed(chunk, events);
    for (const Event& event : events)
      if (const auto* end = std::get_if<ReasoningEnd>(&event)) {
        longest = std::max(longest, end->state.blob.size());
        all += end->state.blob.size();
      }
  }
  CHECK(longest > max_state_bytes);
  CHECK(longest < max_state_bytes + 128 * 1024);
  CHECK(all > 4 * max_state_bytes);
}

TEST_CASE("details that a client sends itself go to OpenRouter and to nobody else") {
  const Request request = asked(R"([{"role":"user","content":"Hi"},
    {"role":"assistant","content":"x","reasoning":"hm","reasoning_details":[{"type":"reasoning.summary","summary":"hm","index":0}]},
    {"role":"user","content":"More"}])");
  providers::Target target = openrouter("d1");
  CHECK(details_sent(request, target, {}).is_null());
  target.is_openrouter = true;
  CHECK(details_sent(request, target, {})[0]["summary"] == "hm");
}

TEST_CASE("an upstream that refuses reasoning gets none of it") {
  Request request = asked(after_one_call);
  restore_states(request, "anthropic", "d1", recall_from(kept_of(signed_call)));
  strip_states(request);
  for (const Message& message : request.messages)
    for (const Part& part : message.parts)
      CHECK(part.as<Reasoning>() == nullptr);
}

namespace {

constexpr const char* after_two_calls = R"([{"role":"user","content":"Hi"},
  {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},
                                    {"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]},
  {"role":"tool","tool_call_id":"c1","content":"r"},{"role":"tool","tool_call_id":"c2","content":"r"}])";

const std::string signature = R"({"extra_content":{"google":{"thought_signature":"EjQK"}}})";

const Events gemini_calls{ToolStart{0, "c1", "f", ToolKind::function, signature}, ToolEnd{0},
                          ToolStart{1, "c2", "f", ToolKind::function}, ToolEnd{1}};

const ToolCall& call_of(const Request& request, std::size_t index) {
  return *request.messages[1].parts[index].as<ToolCall>();
}

}  // namespace

TEST_CASE("what stood beside a call goes back beside it, and beside no other") {
  Request request = asked(after_two_calls);
  const Recalled recalled =
      restore_call_states(request, CallStates::demanded, "d1", recall_from(kept_of(gemini_calls)));
  CHECK(recalled.missed == 0);
  CHECK(call_of(request, 0).state == signature);
  CHECK(call_of(request, 1).state.empty());
}

TEST_CASE(
    "a lost signature is replaced by Google's word for it, on the first call of a step only") {
  Request request = asked(after_two_calls);
  const Recalled recalled = restore_call_states(request, CallStates::demanded, "d1", {});
  CHECK(recalled.missed_now == 1);
  CHECK(call_of(request, 0).state.find("c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=") !=
        std::string::npos);
  CHECK(call_of(request, 1).state.empty());
  Request older = asked(after_two_calls);
  CHECK(restore_call_states(older, CallStates::gemini, "d1", {}).missed == 0);
  CHECK(call_of(older, 0).state.empty());
}

TEST_CASE("a server gets back its own signatures, no other's and none of a client's making") {
  const Recall recall = recall_from(kept_of(gemini_calls));
  Request request = asked(after_two_calls);
  restore_call_states(request, CallStates::own, "d1", recall);
  CHECK(call_of(request, 0).state == signature);
  restore_call_states(request, CallStates::own, "d2", recall);
  CHECK(call_of(request, 0).state.empty());
  restore_call_states(request, CallStates::gemini, "d2", recall);
  CHECK(call_of(request, 0).state == signature);
  restore_call_states(request, CallStates::none, "d1", recall);
  CHECK(call_of(request, 0).state.empty());
}

TEST_CASE("an id that stands for another chat's call already becomes one of its own") {
  const auto kept = kept_of(gemini_calls);
  const auto started = [&](Events events) {
    StateKeeper keeper({.deployment = "d1", .recall = recall_from(kept), .suffix = "x7"});
    for (Event& event : events)
      keeper.see(event);
    return std::get<ToolStart>(events[0]).id;
  };
  CHECK(started({ToolStart{0, "c1", "f", ToolKind::function, signature}}) == "c1");
  CHECK(started({ToolStart{0, "c1", "f", ToolKind::function, "{\"extra_content\":{}}"}}) ==
        "c1_x7");
  CHECK(started({ToolStart{0, "c1", "f", ToolKind::function}}) == "c1_x7");
  CHECK(started({ToolStart{0, "c9", "f", ToolKind::function}}) == "c9");
}

TEST_CASE("Gemini is asked for efforts that it knows") {
  Request request = asked(after_two_calls);
  providers::Target target;
  target.model = "gemini-3-pro-preview";
  target.compatible = true;
  target.call_states = CallStates::demanded;
  for (auto [effort, sent] : {std::pair{"xhigh", "high"}, {"none", "minimal"}, {"low", "low"}}) {
    request.reasoning.effort = effort;
    const auto written = providers::translate(request, Dialect::chat, target, {});
    REQUIRE(written.has_value());
    CHECK(written->written.body["reasoning_effort"] == sent);
  }
}
