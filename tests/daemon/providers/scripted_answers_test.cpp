#include "tests/support/scripted_answers.h"

#include <algorithm>

#include <fmt/format.h>

#include <doctest/doctest.h>

#include "daemon/dialects/neutral/answer.h"
#include "daemon/providers/translate.h"

namespace litegw::testing {
namespace {

using providers::Dialect;

std::vector<std::string> pieces(const std::string& text, std::size_t size = 11) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + size, text.size());
    while (end < text.size() && (text[end] & 0xc0) == 0x80)  // not within a character
      ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

std::string thought(const ScriptedTurn& turn) {
  return fmt::format("thought {}", turn.number);
}
std::string signature(const ScriptedTurn& turn) {
  return fmt::format("signature-{}", turn.number);
}

std::string data(const Json& value) {
  return "data: " + dump(value) + "\n\n";
}

std::string chat_stream(const ScriptedTurn& turn) {
  std::string out;
  auto chunk = [&](Json delta, Json finish = nullptr) {
    Json choice{{"index", 0}, {"delta", std::move(delta)}};
    choice["finish_reason"] = std::move(finish);
    Json value{{"id", fmt::format("chatcmpl-{}", turn.number)},
               {"object", "chat.completion.chunk"},
               {"created", 1795000000},
               {"model", "m"}};
    value["choices"] = Json::array({std::move(choice)});
    out += data(value);
  };
  chunk(Json{{"role", "assistant"}, {"content", ""}});
  if (turn.thinks) chunk(Json{{"reasoning_content", thought(turn)}});
  for (const std::string& piece : pieces(turn.text))
    chunk(Json{{"content", piece}});
  for (std::size_t i = 0; i < turn.calls.size(); ++i) {
    const ScriptedCall& call = turn.calls[i];
    const char* type = call.custom ? "custom" : "function";
    const char* member = call.custom ? "input" : "arguments";
    Json first{{"index", i}, {"id", call.id}, {"type", type}};
    first[type] = Json{{"name", call.name}, {member, ""}};
    if (turn.signs) {
      first.erase("index");
      first[type][member] = call.text;
      if (i == 0)
        first["extra_content"] = Json{{"google", {{"thought_signature", signature(turn)}}}};
    }
    chunk(Json{{"tool_calls", Json::array({std::move(first)})}});
    for (const std::string& piece : pieces(turn.signs ? "" : call.text)) {
      Json more{{"index", i}};
      more[type] = Json{{member, piece}};
      chunk(Json{{"tool_calls", Json::array({std::move(more)})}});
    }
  }
  chunk(Json::object(), turn.calls.empty() ? "stop" : "tool_calls");
  out += data(Json{{"id", fmt::format("chatcmpl-{}", turn.number)},
                   {"choices", Json::array()},
                   {"usage", {{"prompt_tokens", 90}, {"completion_tokens", 9}}}});
  return out + "data: [DONE]\n\n";
}

Json responses_output(const ScriptedTurn& turn) {
  Json items = Json::array();
  if (turn.thinks)
    items.push_back(
        Json{{"type", "reasoning"},
             {"id", fmt::format("rs_{}", turn.number)},
             {"summary", Json::array({Json{{"type", "summary_text"}, {"text", thought(turn)}}})},
             {"encrypted_content", signature(turn)}});
  if (!turn.text.empty())
    items.push_back(Json{{"type", "message"},
                         {"id", "msg_1"},
                         {"role", "assistant"},
                         {"status", "completed"},
                         {"content", Json::array({Json{{"type", "output_text"},
                                                       {"text", turn.text},
                                                       {"annotations", Json::array()}}})}});
  for (const ScriptedCall& call : turn.calls)
    items.push_back(Json{{"type", call.custom ? "custom_tool_call" : "function_call"},
                         {"id", "fc_" + call.id},
                         {"call_id", call.id},
                         {"name", call.name},
                         {call.custom ? "input" : "arguments", call.text},
                         {"status", "completed"}});
  return items;
}

Json responses_body(const ScriptedTurn& turn) {
  return Json{{"id", fmt::format("resp_{}", turn.number)},
              {"object", "response"},
              {"created_at", 1795000000},
              {"model", "m"},
              {"status", "completed"},
              {"output", responses_output(turn)},
              {"usage", {{"input_tokens", 90}, {"output_tokens", 9}, {"total_tokens", 99}}}};
}

class ResponsesStream {
 public:
  std::string run(const ScriptedTurn& turn) {
    Json body = responses_body(turn);
    Json begun = body;
    begun["output"] = Json::array();
    begun["usage"] = nullptr;
    begun["status"] = "in_progress";
    event("response.created", Json{{"response", begun}});
    for (std::size_t i = 0; i < body["output"].size(); ++i)
      item(i, body["output"][i]);
    event("response.completed", Json{{"response", body}});
    return std::move(out_);
  }

 private:
  void event(const std::string& type, Json fields) {
    fields["type"] = type;
    fields["sequence_number"] = number_++;
    out_ += "event: " + type + "\n" + data(fields);
  }
  void deltas(std::size_t index, const Json& item, const std::string& type,
              const std::string& text) {
    for (const std::string& piece : pieces(text))
      event(type + ".delta",
            Json{{"item_id", item["id"]}, {"output_index", index}, {"delta", piece}});
  }
  void item(std::size_t index, const Json& item) {
    Json begun = item;
    const std::string type = item["type"].get<std::string>();
    if (type == "message") begun["content"] = Json::array();
    if (type == "function_call") begun["arguments"] = "";
    if (type == "custom_tool_call") begun["input"] = "";
    event("response.output_item.added", Json{{"output_index", index}, {"item", begun}});
    if (type == "message")
      deltas(index, item, "response.output_text", item["content"][0]["text"].get<std::string>());
    if (type == "function_call")
      deltas(index, item, "response.function_call_arguments", item["arguments"].get<std::string>());
    if (type == "custom_tool_call")
      deltas(index, item, "response.custom_tool_call_input", item["input"].get<std::string>());
    event("response.output_item.done", Json{{"output_index", index}, {"item", item}});
  }

  std::string out_;
  int number_ = 0;
};

Json messages_content(const ScriptedTurn& turn) {
  Json blocks = Json::array();
  if (turn.thinks)
    blocks.push_back(
        Json{{"type", "thinking"}, {"thinking", thought(turn)}, {"signature", signature(turn)}});
  if (!turn.text.empty()) blocks.push_back(Json{{"type", "text"}, {"text", turn.text}});
  for (const ScriptedCall& call : turn.calls)
    blocks.push_back(Json{{"type", "tool_use"},
                          {"id", call.id},
                          {"name", call.name},
                          {"input", Json::parse(call.text)}});
  return blocks;
}

Json messages_body(const ScriptedTurn& turn) {
  return Json{{"id", fmt::format("msg_{}", turn.number)},
              {"type", "message"},
              {"role", "assistant"},
              {"model", "m"},
              {"content", messages_content(turn)},
              {"stop_reason", turn.calls.empty() ? "end_turn" : "tool_use"},
              {"stop_sequence", nullptr},
              {"usage", {{"input_tokens", 90}, {"output_tokens", 9}}}};
}

std::string messages_stream(const ScriptedTurn& turn) {
  std::string out;
  auto event = [&](const std::string& type, Json fields) {
    fields["type"] = type;
    out += "event: " + type + "\n" + data(fields);
  };
  Json body = messages_body(turn);
  Json begun = body;
  begun["content"] = Json::array();
  begun["stop_reason"] = nullptr;
  event("message_start", Json{{"message", begun}});
  event("ping", Json::object());
  std::size_t index = 0;
  for (const Json& block : body["content"]) {
    const std::string type = block["type"].get<std::string>();
    Json empty = block;
    auto delta = [&](const char* kind, const char* member, const Json& value) {
      event("content_block_delta",
            Json{{"index", index}, {"delta", {{"type", kind}, {member, value}}}});
    };
    if (type == "tool_use") empty["input"] = Json::object();
    if (type == "text") empty["text"] = "";
    if (type == "thinking") empty["thinking"] = empty["signature"] = "";
    event("content_block_start", Json{{"index", index}, {"content_block", empty}});
    if (type == "text")
      for (const std::string& piece : pieces(block["text"].get<std::string>()))
        delta("text_delta", "text", piece);
    if (type == "thinking") {
      delta("thinking_delta", "thinking", block["thinking"]);
      delta("signature_delta", "signature", block["signature"]);
    }
    if (type == "tool_use")
      for (const std::string& piece : pieces(dump(block["input"])))
        delta("input_json_delta", "partial_json", piece);
    event("content_block_stop", Json{{"index", index++}});
  }
  event("message_delta",
        Json{{"delta", {{"stop_reason", body["stop_reason"]}}}, {"usage", {{"output_tokens", 9}}}});
  event("message_stop", Json::object());
  return out;
}

Json chat_body(const ScriptedTurn& turn) {
  Json message{{"role", "assistant"}};
  message["content"] = turn.text.empty() ? Json() : Json(turn.text);
  if (turn.thinks) message["reasoning_content"] = thought(turn);
  for (const ScriptedCall& call : turn.calls) {
    const char* type = call.custom ? "custom" : "function";
    Json made{{"id", call.id}, {"type", type}};
    made[type] = Json{{"name", call.name}, {call.custom ? "input" : "arguments", call.text}};
    if (turn.signs && !message.contains("tool_calls"))
      made["extra_content"] = Json{{"google", {{"thought_signature", signature(turn)}}}};
    message["tool_calls"].push_back(std::move(made));
  }
  Json choice{{"index", 0}, {"message", std::move(message)}};
  choice["finish_reason"] = turn.calls.empty() ? "stop" : "tool_calls";
  return Json{{"id", fmt::format("chatcmpl-{}", turn.number)},
              {"object", "chat.completion"},
              {"created", 1795000000},
              {"model", "m"},
              {"choices", Json::array({std::move(choice)})},
              {"usage", {{"prompt_tokens", 90}, {"completion_tokens", 9}, {"total_tokens", 99}}}};
}

}  // namespace

std::string scripted_stream(Dialect upstream, const ScriptedTurn& turn) {
  switch (upstream) {
    case Dialect::chat:
      return chat_stream(turn);
    case Dialect::responses:
      return ResponsesStream().run(turn);
    case Dialect::messages:
      return messages_stream(turn);
  }
  return {};
}

std::string scripted_body(Dialect upstream, const ScriptedTurn& turn) {
  switch (upstream) {
    case Dialect::chat:
      return dump(chat_body(turn));
    case Dialect::responses:
      return dump(responses_body(turn));
    case Dialect::messages:
      return dump(messages_body(turn));
  }
  return {};
}

}  // namespace litegw::testing

using namespace litegw;

TEST_CASE("scripted answers say what they were told, streamed or whole") {
  using testing::ScriptedTurn;
  for (const auto upstream :
       {providers::Dialect::chat, providers::Dialect::responses, providers::Dialect::messages})
    for (const bool streamed : {true, false}) {
      ScriptedTurn turn{3, true, "Gr\u00fc\u00dfe", {{"c1", "f", false, R"({"a":"\u00e4"})"}}};
      const auto decoder = providers::make_decoder(upstream);
      dialects::Events events;
      decoder->feed(streamed ? testing::scripted_stream(upstream, turn)
                             : testing::scripted_body(upstream, turn),
                    events);
      decoder->finish(events);
      dialects::AnswerCollector collector;
      for (const dialects::Event& event : events)
        collector.see(event);
      const dialects::Answer answer = collector.take();
      CAPTURE(static_cast<int>(upstream));
      CAPTURE(streamed);
      CHECK_FALSE(answer.failure.has_value());
      REQUIRE(answer.parts.size() == 3);
      CHECK(answer.parts[0].as<dialects::Reasoning>()->text == "thought 3");
      CHECK(answer.parts[1].as<dialects::Text>()->text == "Gr\u00fc\u00dfe");
      CHECK(Json::parse(answer.parts[2].as<dialects::ToolCall>()->arguments)["a"] == "\u00e4");
      CHECK(answer.reason() == dialects::StopReason::tools);
    }
}
