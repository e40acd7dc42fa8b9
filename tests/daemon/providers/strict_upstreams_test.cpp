#include "tests/support/strict_upstreams.h"

#include <doctest/doctest.h>

#include "tests/support/fixtures.h"
#include "tests/support/strict_checks.h"

namespace litegw::testing {
namespace {

std::string chat_part(const Json& part) {
  std::string type = type_of(part);
  if (type == "text") {
    PASS_ON(unknown_member(part, {"type", "text", "prompt_cache_breakpoint"}, "text part"));
    return is_empty_text(part["text"]) ? "empty text part" : "";
  }
  if (type == "image_url") {
    PASS_ON(unknown_member(part, {"type", "image_url"}, "image part"));
    return unknown_member(part["image_url"], {"url", "detail"}, "image_url");
  }
  if (type == "file")
    return unknown_member(part["file"], {"file_data", "file_id", "filename"}, "file");
  return "unknown part " + type;
}

std::string chat_content(const Json& content) {
  if (content.is_string()) return "";
  REFUSE_IF(!content.is_array() || content.empty(), "Expected an array with minimum length 1");
  for (const Json& part : content)
    PASS_ON(chat_part(part));
  return "";
}

std::string chat_assistant(const Json& message, Calls& calls, bool is_openai) {
  PASS_ON(
      unknown_member(message, {"role", "content", "refusal", "tool_calls"}, "assistant message"));
  bool has_calls = message.contains("tool_calls");
  bool has_content = message.contains("content") && !message["content"].is_null();
  REFUSE_IF(!has_calls && !has_content, "assistant message without content");
  if (has_content) PASS_ON(chat_content(message["content"]));
  if (!has_calls) return "";
  for (const Json& call : message["tool_calls"]) {
    std::string type = type_of(call);
    REFUSE_IF(type != "function" && type != "custom", "unknown call type " + type);
    PASS_ON(unknown_member(call, {"id", "type", type}, "tool call"));
    PASS_ON(unknown_member(call[type], {"name", type == "custom" ? "input" : "arguments"}, type));
    REFUSE_IF(type == "function" && !Json::accept(call[type]["arguments"].get<std::string>()),
              "arguments are no JSON");
    REFUSE_IF(is_openai && call["id"].get<std::string>().size() > 40,
              "tool_calls.id: string too long");
    PASS_ON(calls.call(call["id"].get<std::string>()));
  }
  return "";
}

std::string chat_tool(const Json& tool) {
  std::string type = type_of(tool);
  REFUSE_IF(type != "function" && type != "custom", "unknown tool type " + type);
  PASS_ON(unknown_member(tool, {"type", type}, "tool"));
  const Json& body = tool[type];
  if (type == "function")
    PASS_ON(unknown_member(body, {"name", "description", "parameters", "strict"}, "function"));
  else
    PASS_ON(unknown_member(body, {"name", "description", "format"}, "custom"));
  if (type == "custom") {
    PASS_ON(unknown_member(body["format"], {"type", "grammar"}, "format"));
    REFUSE_IF(type_of(body["format"]) == "grammar" && !body["format"].contains("grammar"),
              "grammar missing");
  }
  if (type == "function" && body.contains("parameters")) {
    PASS_ON(schema_problem(body["parameters"]));
    REFUSE_IF(!body["parameters"].contains("properties"), "object schema missing properties");
  }
  return tool_name_problem(body["name"]);
}

}  // namespace

std::string chat_problem(const Json& body, bool is_openai) {
  PASS_ON(unknown_member(body,
                         {"model",
                          "messages",
                          "tools",
                          "tool_choice",
                          "parallel_tool_calls",
                          "max_tokens",
                          "max_completion_tokens",
                          "temperature",
                          "top_p",
                          "n",
                          "stop",
                          "stream",
                          "stream_options",
                          "response_format",
                          "reasoning_effort",
                          "verbosity",
                          "frequency_penalty",
                          "presence_penalty",
                          "logit_bias",
                          "logprobs",
                          "top_logprobs",
                          "seed",
                          "store",
                          "service_tier",
                          "prompt_cache_key",
                          "prompt_cache_options",
                          "prompt_cache_retention",
                          "safety_identifier",
                          "prediction",
                          "modalities",
                          "audio",
                          "web_search_options",
                          "moderation"},
                         "body"));
  REFUSE_IF(!body["messages"].is_array() || body["messages"].empty(), "no messages");
  Calls calls;
  for (const Json& message : body["messages"]) {
    std::string role = message["role"].get<std::string>();
    if (role != "tool") PASS_ON(calls.closed());
    if (role == "assistant") {
      PASS_ON(chat_assistant(message, calls, is_openai));
    } else if (role == "tool") {
      PASS_ON(unknown_member(message, {"role", "tool_call_id", "content"}, "tool message"));
      PASS_ON(calls.answer(message["tool_call_id"].get<std::string>()));
      if (message["content"] != Json("")) PASS_ON(chat_content(message["content"]));
    } else {
      REFUSE_IF(role != "system" && role != "user" && role != "developer", "unknown role " + role);
      PASS_ON(unknown_member(message, {"role", "content", "name"}, role + " message"));
      REFUSE_IF(message.value("name", "a").find_first_of(" <|\\/>") != std::string::npos,
                "name does not match");
      PASS_ON(chat_content(message["content"]));
    }
  }
  PASS_ON(calls.closed());
  Names names;
  if (body.contains("tools"))
    for (const Json& tool : body["tools"]) {
      PASS_ON(chat_tool(tool));
      REFUSE_IF(!names.insert(tool[type_of(tool)]["name"].get<std::string>()).second,
                "tool name twice");
    }
  REFUSE_IF(body.contains("tool_choice") && names.empty(), "tool_choice without tools");
  if (body.contains("tool_choice") && body["tool_choice"].is_object()) {
    const std::string type = type_of(body["tool_choice"]);
    REFUSE_IF(type != "allowed_tools" &&
                  !names.contains(body["tool_choice"][type]["name"].get<std::string>()),
              "tool_choice names no tool");
  }
  REFUSE_IF(is_openai && body.contains("verbosity") &&
                !body["model"].get<std::string>().starts_with("gpt-5"),
            "Unsupported value: 'verbosity' does not support this model");
  bool is_old =
      body.contains("max_tokens") && body["model"].get<std::string>().starts_with("gpt-5");
  REFUSE_IF(is_old, "Use 'max_completion_tokens' instead.");
  return "";
}

namespace {

std::string responses_content(const Json& content, bool is_output) {
  if (content.is_string()) return "";
  REFUSE_IF(!content.is_array() || content.empty(), "empty content");
  for (const Json& part : content) {
    std::string type = type_of(part);
    if (type == (is_output ? "output_text" : "input_text")) {
      PASS_ON(unknown_member(part, {"type", "text", "annotations", "logprobs"}, type));
      REFUSE_IF(is_empty_text(part["text"]), "empty text");
    } else if (is_output) {
      REFUSE_IF(type != "refusal", "unknown output part " + type);
    } else if (type == "input_image") {
      PASS_ON(unknown_member(part, {"type", "image_url", "file_id", "detail"}, type));
    } else {
      REFUSE_IF(type != "input_file", "unknown part " + type);
      PASS_ON(unknown_member(part, {"type", "file_data", "file_id", "file_url", "filename"}, type));
    }
  }
  return "";
}

std::string responses_tool(const Json& tool) {
  std::string type = type_of(tool);
  if (type == "function") {
    PASS_ON(unknown_member(tool, {"type", "name", "description", "parameters", "strict"},
                           "function tool"));
    PASS_ON(schema_problem(tool["parameters"]));
    REFUSE_IF(!tool["parameters"].contains("properties"), "object schema missing properties");
    return tool_name_problem(tool["name"]);
  }
  const Names hosted{"web_search",
                     "web_search_preview",
                     "file_search",
                     "code_interpreter",
                     "mcp",
                     "image_generation",
                     "local_shell",
                     "computer_use_preview",
                     "computer",
                     "web_search_2025_08_26",
                     "web_search_preview_2025_03_11",
                     "shell",
                     "apply_patch",
                     "tool_search",
                     "namespace"};
  REFUSE_IF(type != "custom" && !hosted.contains(type), "unknown tool type " + type);
  if (type != "custom") return "";
  PASS_ON(tool_name_problem(tool["name"]));
  PASS_ON(unknown_member(tool, {"type", "name", "description", "format"}, "custom tool"));
  return unknown_member(tool["format"], {"type", "syntax", "definition"}, "format");
}

std::string responses_item(const Json& item, const Json* next, Calls& calls) {
  std::string type = type_of(item);
  bool custom = type.starts_with("custom");
  if (type == "function_call" || type == "custom_tool_call") {
    PASS_ON(unknown_member(
        item, {"type", "id", "call_id", "name", custom ? "input" : "arguments", "status"}, type));
    REFUSE_IF(item["call_id"].get<std::string>().size() > 64, "call_id: string too long");
    REFUSE_IF(!custom && !Json::accept(item["arguments"].get<std::string>()),
              "arguments are no JSON");
    if (custom) calls.custom(item["call_id"].get<std::string>());
    return calls.call(item["call_id"].get<std::string>());
  }
  if (type == "function_call_output" || type == "custom_tool_call_output") {
    PASS_ON(unknown_member(item, {"type", "id", "call_id", "output", "status"}, type));
    PASS_ON(calls.answer(item["call_id"].get<std::string>()));
    REFUSE_IF(calls.is_custom(item["call_id"].get<std::string>()) != custom,
              "No tool call found for " + type);
    return item["output"] == Json("") ? "" : responses_content(item["output"], false);
  }
  if (type == "reasoning") {
    PASS_ON(unknown_member(item, {"type", "id", "summary", "content", "encrypted_content"}, type));
    REFUSE_IF(!item.contains("summary"), "reasoning without summary");
    bool is_followed =
        next && (type_of(*next).ends_with("_call") || type_of(*next) == "reasoning" ||
                 next->value("role", "") == "assistant");
    return is_followed ? "" : "reasoning was provided without its required following item";
  }
  if (type != "message" && !type.empty())
    return type.ends_with("_call") ? "" : "unknown item " + type;
  PASS_ON(unknown_member(item, {"type", "id", "role", "content", "status", "phase"}, "message"));
  std::string role = item["role"].get<std::string>();
  REFUSE_IF(role != "user" && role != "system" && role != "developer" && role != "assistant",
            "unknown role " + role);
  return responses_content(item["content"], role == "assistant");
}

}  // namespace

std::string responses_problem(const Json& body) {
  PASS_ON(unknown_member(body,
                         {"model",
                          "input",
                          "instructions",
                          "max_output_tokens",
                          "temperature",
                          "top_p",
                          "top_logprobs",
                          "tools",
                          "tool_choice",
                          "parallel_tool_calls",
                          "text",
                          "reasoning",
                          "include",
                          "store",
                          "stream",
                          "truncation",
                          "previous_response_id",
                          "prompt_cache_key",
                          "prompt_cache_options",
                          "prompt_cache_retention",
                          "safety_identifier",
                          "service_tier"},
                         "body"));
  if (body.contains("reasoning"))
    PASS_ON(unknown_member(body["reasoning"], {"effort", "summary"}, "reasoning"));
  if (body.contains("text")) PASS_ON(unknown_member(body["text"], {"format", "verbosity"}, "text"));
  Names names;
  if (body.contains("tools"))
    for (const Json& tool : body["tools"]) {
      PASS_ON(responses_tool(tool));
      REFUSE_IF(tool.contains("name") && !names.insert(tool["name"].get<std::string>()).second,
                "tool name twice");
    }
  if (body["input"].is_string()) return is_empty_text(body["input"]) ? "empty input" : "";
  REFUSE_IF(!body["input"].is_array() || body["input"].empty(), "no input");
  Calls calls;
  for (std::size_t i = 0; i < body["input"].size(); ++i) {
    const Json* next = i + 1 < body["input"].size() ? &body["input"][i + 1] : nullptr;
    PASS_ON(responses_item(body["input"][i], next, calls));
  }
  return calls.closed();
}

}  // namespace litegw::testing

using namespace litegw;
using namespace litegw::testing;

TEST_CASE("the strict upstreams of these tests accept every recorded request of their dialect") {
  for (const char* provider : {"openai", "anthropic", "azure"})
    for (const auto& folder : cases(std::string("providers/") + provider)) {
      Json request = read_json(folder / "request.json");
      Json meta = read_json(folder / "meta.json");
      if (!request.is_object() || meta["status"] != 200) continue;
      CAPTURE(folder.string());
      if (meta["api"] == "chat") CHECK(chat_problem(request) == "");
      if (meta["api"] == "responses") CHECK(responses_problem(request) == "");
      if (meta["api"] == "messages") CHECK(messages_problem(request) == "");
    }
}

TEST_CASE("the strict upstreams refuse what is reported as refused") {
  auto user = R"({"role":"user","content":"hi"})";
  auto with = [&](const std::string& messages, const std::string& more) {
    return Json::parse("{\"model\":\"m\",\"max_tokens\":9000,\"messages\":[" + messages + "]" +
                       more + "}");
  };
  CHECK(chat_problem(with(R"({"role":"assistant","content":[]})", "")) != "");
  CHECK(chat_problem(with(R"({"role":"tool","tool_call_id":"x","content":"r"})", ""))
            .find("orphaned") != std::string::npos);
  CHECK(chat_problem(with(user, R"(,"metadata":{})")).find("unknown") != std::string::npos);
  CHECK(chat_problem(with(
            user, R"(,"tools":[{"type":"custom","name":"f","format":{"type":"text"}}])")) != "");
  CHECK(messages_problem(with(R"({"role":"user","content":[{"type":"text","text":""}]})", "")) !=
        "");
  CHECK(
      messages_problem(
          with(
              std::string(user) +
                  R"(,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]})",
              ""))
          .find("without result") != std::string::npos);
  CHECK(
      messages_problem(
          with(
              std::string(user) +
                  R"(,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"r"}]})",
              R"(,"thinking":{"type":"enabled","budget_tokens":1024})"))
          .find("Expected `thinking`") != std::string::npos);
  CHECK(responses_problem(Json::parse(
            R"({"model":"m","input":"hi","stream_options":{"include_usage":true}})")) != "");
  CHECK(
      responses_problem(Json::parse(
          R"({"model":"m","input":[{"type":"reasoning","id":"rs","summary":[]},{"role":"user","content":"x"}]})")) !=
      "");
  const std::string called =
      std::string(user) +
      R"(,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","is_error":true}]})";
  const std::string tools = R"(,"tools":[{"name":"f","input_schema":{"type":"object"}}])";
  CHECK(messages_problem(with(called, tools)).find("content cannot be empty") != std::string::npos);
  CHECK(messages_problem(with(called, "")) != "");
  CHECK(messages_problem(with(user, tools + R"(,"tool_choice":{"type":"tool","name":"g"})")) != "");
  CHECK(
      messages_problem(
          with(
              R"({"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"text/plain","data":"aGk="}}]})",
              ""))
          .find("media_type") != std::string::npos);
  CHECK(
      responses_problem(Json::parse(
          R"({"model":"m","input":[{"type":"custom_tool_call","call_id":"c","name":"p","input":"x"},{"type":"function_call_output","call_id":"c","output":"r"}]})")) !=
      "");
}
