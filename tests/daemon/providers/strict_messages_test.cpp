// The strict upstream that speaks Anthropic's Messages; what it must accept and refuse is tested in
// strict_upstreams_test.cpp.
#include "tests/support/strict_checks.h"
#include "tests/support/strict_upstreams.h"

namespace litegw::testing {

namespace {

std::string messages_block(const Json& block, bool assistant, Calls& calls);

std::string source_problem(const Json& source, bool is_image) {
  std::string type = type_of(source);
  if (type == "base64" || type == "text") {
    const Names images{"image/png", "image/jpeg", "image/gif", "image/webp"};
    const std::string mime = source.value("media_type", "");
    const bool fits = type == "text" ? mime == "text/plain"
                      : is_image     ? images.contains(mime)
                                     : mime == "application/pdf";
    REFUSE_IF(!fits, "source.media_type: unexpected value " + mime);
    return unknown_member(source, {"type", "media_type", "data"}, "source");
  }
  REFUSE_IF(type != "url" && type != "file", "unknown source " + type);
  return unknown_member(source, {"type", type == "url" ? "url" : "file_id"}, "source");
}

std::string result_content(const Json& block, Calls& calls) {
  if (!block.contains("content") || block["content"].is_string()) return "";
  for (const Json& inner : block["content"])
    PASS_ON(messages_block(inner, false, calls));
  return "";
}

std::string messages_block(const Json& block, bool assistant, Calls& calls) {
  std::string type = type_of(block);
  if (type == "text") {
    PASS_ON(unknown_member(block, {"type", "text", "cache_control", "citations"}, type));
    return is_empty_text(block["text"]) ? "text content blocks must be non-empty" : "";
  }
  if (type == "image" || type == "document") {
    PASS_ON(unknown_member(block, {"type", "source", "cache_control", "title", "citations"}, type));
    return source_problem(block["source"], type == "image");
  }
  if (type == "thinking") {
    REFUSE_IF(!assistant, "thinking outside the assistant");
    PASS_ON(unknown_member(block, {"type", "thinking", "signature"}, type));
    return is_empty_text(block.value("signature", Json())) ? "thinking without signature" : "";
  }
  if (type == "search_result" && !assistant)
    return unknown_member(
        block, {"type", "title", "source", "content", "citations", "cache_control"}, type);
  // Of tools that Anthropic runs itself.
  if (assistant && (type == "server_tool_use" || type.ends_with("_search_tool_result"))) return "";
  if (type == "redacted_thinking") return unknown_member(block, {"type", "data"}, type);
  if (type == "tool_use") {
    REFUSE_IF(!assistant, "tool_use outside the assistant");
    PASS_ON(unknown_member(block, {"type", "id", "name", "input", "cache_control"}, type));
    REFUSE_IF(!block["input"].is_object(), "tool_use.input must be an object");
    std::string id = block["id"].get<std::string>();
    REFUSE_IF(
        id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            std::string::npos,
        "tool_use.id has a bad character");
    return calls.call(id);
  }
  REFUSE_IF(type != "tool_result" || assistant, "unknown block " + type);
  PASS_ON(
      unknown_member(block, {"type", "tool_use_id", "content", "is_error", "cache_control"}, type));
  PASS_ON(calls.answer(block["tool_use_id"].get<std::string>()));
  const bool is_silent =
      !block.contains("content") || block["content"].empty() || block["content"] == "";
  REFUSE_IF(block.value("is_error", false) && is_silent,
            "tool_result: content cannot be empty if `is_error` is true");
  return result_content(block, calls);
}

std::string message_problem(const Json& message, Calls& calls) {
  PASS_ON(unknown_member(message, {"role", "content"}, "message"));
  bool assistant = message["role"] == "assistant";
  REFUSE_IF(!assistant && message["role"] != "user", "unknown role");
  if (message["content"].is_string())
    return is_empty_text(message["content"]) ? "messages must have non-empty content" : "";
  REFUSE_IF(message["content"].empty(), "messages must have non-empty content");
  bool had_other = false;
  for (const Json& block : message["content"]) {
    bool is_result = type_of(block) == "tool_result";
    REFUSE_IF(is_result && had_other, "tool_result blocks must come first");
    had_other = had_other || !is_result;
    if (!is_result && !assistant) PASS_ON(calls.closed());
    PASS_ON(messages_block(block, assistant, calls));
  }
  return assistant ? "" : calls.closed();
}

// Thinking in the middle of tool calls: the turn must begin with its signed thinking.
std::string thinking_problem(const Json& body) {
  bool thinks = body.contains("thinking") && body["thinking"]["type"] != "disabled";
  if (!thinks) return "";
  PASS_ON(unknown_member(body["thinking"], {"type", "budget_tokens", "display"}, "thinking"));
  if (body["thinking"]["type"] == "enabled") {
    std::int64_t budget = body["thinking"]["budget_tokens"].get<std::int64_t>();
    REFUSE_IF(budget < 1024 || budget >= body["max_tokens"].get<std::int64_t>(),
              "budget_tokens out of range");
  }
  const Json& messages = body["messages"];
  for (std::size_t i = messages.size(); i-- > 0;) {
    if (messages[i]["role"] != "assistant") continue;
    if (!messages[i]["content"].is_array() || i + 1 >= messages.size()) return "";
    bool calls = false, only_results = messages[i + 1]["content"].is_array();
    for (const Json& block : messages[i]["content"])
      calls = calls || type_of(block) == "tool_use";
    if (only_results)
      for (const Json& block : messages[i + 1]["content"])
        only_results = only_results && type_of(block) == "tool_result";
    std::string first = type_of(messages[i]["content"][0]);
    bool begins = first == "thinking" || first == "redacted_thinking";
    return calls && only_results && !begins
               ? "Expected `thinking` or `redacted_thinking`, but found `" + first + "`"
               : "";
  }
  return "";
}

std::int64_t count_marks(const Json& value) {
  std::int64_t marks = 0;
  if (value.is_object() && value.contains("cache_control")) ++marks;
  if (value.is_array())
    for (const Json& inner : value)
      marks += count_marks(inner);
  // Elsewhere it is data: a schema, the arguments of a call.
  if (value.is_object())
    for (const char* name : {"tools", "system", "messages", "content"})
      if (value.contains(name)) marks += count_marks(value[name]);
  return marks;
}

}  // namespace

std::string messages_problem(const Json& body) {
  PASS_ON(unknown_member(body,
                         {"model", "max_tokens", "messages", "system", "tools", "tool_choice",
                          "stop_sequences", "temperature", "top_p", "top_k", "thinking",
                          "output_config", "metadata", "service_tier", "cache_control", "stream"},
                         "body"));
  REFUSE_IF(!body.contains("max_tokens"), "max_tokens: Field required");
  Calls calls;
  if (body.contains("system") && body["system"].is_array())
    for (const Json& block : body["system"])
      PASS_ON(messages_block(block, false, calls));
  REFUSE_IF(!body["messages"].is_array() || body["messages"].empty(), "no messages");
  REFUSE_IF(body["messages"][0]["role"] != "user", "first message must use the user role");
  for (const Json& message : body["messages"]) {
    if (message["role"] == "assistant") PASS_ON(calls.closed());
    PASS_ON(message_problem(message, calls));
  }
  PASS_ON(calls.closed());
  PASS_ON(thinking_problem(body));
  REFUSE_IF(calls.any() && (!body.contains("tools") || body["tools"].empty()),
            "Requests which have `tool_use` or `tool_result` blocks in messages must define tools");
  Names names;
  if (body.contains("tools"))
    for (const Json& tool : body["tools"]) {
      PASS_ON(unknown_member(
          tool,
          {"name", "description", "input_schema", "cache_control", "strict", "type", "max_uses"},
          "tool"));
      PASS_ON(tool_name_problem(tool["name"]));
      REFUSE_IF(!names.insert(tool["name"].get<std::string>()).second, "tool name twice");
      if (type_of(tool).empty() || type_of(tool) == "custom")
        PASS_ON(schema_problem(tool["input_schema"]));
    }
  REFUSE_IF(body.contains("tool_choice") && names.empty(), "tool_choice without tools");
  const bool is_named = body.contains("tool_choice") && type_of(body["tool_choice"]) == "tool";
  REFUSE_IF(is_named && !names.contains(body["tool_choice"]["name"].get<std::string>()),
            "tool_choice names no tool");
  REFUSE_IF(count_marks(body) > 4, "A maximum of 4 blocks with cache_control may be provided");
  return "";
}

}  // namespace litegw::testing
