#include "daemon/providers/mock/mock.h"

#include "common/base/json.h"
#include "common/base/text.h"

namespace litegw::providers::mock {
namespace {

constexpr int max_schema_depth = 8;

struct ToolCall {
  std::string name;
  std::string arguments;
};

struct Reply {
  std::string text;
  std::vector<ToolCall> calls;  // at most one
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

// Plain text of a message's content: a string, or the text parts of an array.
std::string text_of(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const Json& part : content)
    if (part.is_object() && part.contains("text") && part["text"].is_string())
      text += part["text"].get<std::string>();
  return text;
}

std::string role_of(const Json& message) {
  const auto found = message.find("role");
  return found != message.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// An argument that fits a JSON schema: enough for a client to run its tool.
Json example_of(const Json& schema, int depth) {
  if (!schema.is_object() || depth > max_schema_depth) return "mock";
  if (const auto values = schema.find("enum");
      values != schema.end() && values->is_array() && !values->empty())
    return values->front();
  const auto found = schema.find("type");
  const std::string type =
      found != schema.end() && found->is_string() ? found->get<std::string>() : "string";
  if (type == "integer" || type == "number") return 1;
  if (type == "boolean") return true;
  if (type == "array") return Json::array();
  if (type == "null") return nullptr;
  if (type != "object") return "mock";
  Json object = Json::object();
  const auto properties = schema.find("properties");
  const auto required = schema.find("required");
  if (properties == schema.end() || !properties->is_object()) return object;
  if (required == schema.end() || !required->is_array()) return object;
  for (const Json& name : *required) {
    if (!name.is_string()) continue;
    const auto property = properties->find(name.get<std::string>());
    object[name.get<std::string>()] =
        property == properties->end() ? Json("mock") : example_of(*property, depth + 1);
  }
  return object;
}

// Chat's {type, function:{name, parameters}}, the flat form and Anthropic's {name, input_schema}.
std::vector<ToolCall> first_call(const Json& request) {
  const auto tools = request.find("tools");
  if (tools == request.end() || !tools->is_array() || tools->empty()) return {};
  if (const auto choice = request.find("tool_choice"); choice != request.end() && *choice == "none")
    return {};
  const Json* tool = &tools->front();
  if (!tool->is_object()) return {};
  if (const auto nested = tool->find("function"); nested != tool->end() && nested->is_object())
    tool = &*nested;
  const auto name = tool->find("name");
  if (name == tool->end() || !name->is_string()) return {};
  Json schema = Json::object();
  for (const char* member : {"parameters", "input_schema"})
    if (tool->contains(member)) schema = (*tool)[member];
  if (schema.is_object() && !schema.contains("type")) schema["type"] = "object";
  return {{name->get<std::string>(), dump(example_of(schema, 0))}};
}

Result<Reply> make_reply(const MockRequest& request) {
  JsonLimits lenient;
  lenient.refuse_duplicate_names = false;
  auto parsed = parse_json(request.body, lenient);
  if (!parsed) return parsed.error();
  const Json& body = *parsed;
  if (!body.is_object())
    return make_error(ErrorCode::invalid_request, "the body must be a JSON object");
  std::string last_text;
  bool user_spoke_last = false;
  const auto messages = body.contains("messages") ? body.find("messages") : body.find("input");
  if (messages != body.end() && messages->is_string()) {
    last_text = messages->get<std::string>();
    user_spoke_last = true;
  }
  if (messages != body.end() && messages->is_array()) {
    for (const Json& message : *messages) {
      if (!message.is_object())
        return make_error(ErrorCode::invalid_request, "each message must be an object", "",
                          "messages");
      user_spoke_last = role_of(message) == "user";
      if (user_spoke_last && message.contains("content")) last_text = text_of(message["content"]);
    }
  }
  Reply reply;
  reply.prompt_tokens = static_cast<std::int64_t>((request.body.size() + 3) / 4);
  if (!request.reply.empty())
    reply.text = std::string(request.reply);
  else if (user_spoke_last)
    reply.calls = first_call(body);
  if (reply.text.empty() && reply.calls.empty())
    reply.text = "This is litegw's mock model. You said: " + shorten(last_text, 400);
  std::size_t written = reply.text.size();
  for (const ToolCall& call : reply.calls)
    written += call.name.size() + call.arguments.size();
  reply.completion_tokens = static_cast<std::int64_t>((written + 3) / 4);
  return reply;
}

Json usage_of(const Reply& reply) {
  return {{"prompt_tokens", reply.prompt_tokens},
          {"completion_tokens", reply.completion_tokens},
          {"total_tokens", reply.prompt_tokens + reply.completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", 0}}},
          {"completion_tokens_details", {{"reasoning_tokens", 0}}}};
}

Json envelope(const MockRequest& request, const char* object) {
  return {{"id", "chatcmpl-" + std::string(request.id)},
          {"object", object},
          {"created", request.created},
          {"model", std::string(request.model)}};
}

Json call_object(const ToolCall& call, std::string_view arguments) {
  Json function = {{"name", call.name}, {"arguments", std::string(arguments)}};
  return {{"id", "call_mock_1"}, {"type", "function"}, {"function", function}};
}

std::string plain(const MockRequest& request, const Reply& reply) {
  Json message = {{"role", "assistant"}, {"content", reply.text}, {"refusal", nullptr}};
  if (!reply.calls.empty()) {
    message["content"] = nullptr;
    message["tool_calls"] = Json::array({call_object(reply.calls[0], reply.calls[0].arguments)});
  }
  Json choice = {{"index", 0}, {"message", std::move(message)}, {"logprobs", nullptr}};
  choice["finish_reason"] = reply.calls.empty() ? "stop" : "tool_calls";
  Json body = envelope(request, "chat.completion");
  body["choices"] = Json::array({std::move(choice)});
  body["usage"] = usage_of(reply);
  return dump(body);
}

std::string chunk(const MockRequest& request, Json delta, Json finish_reason) {
  Json choice = {{"index", 0}, {"delta", std::move(delta)}, {"logprobs", nullptr}};
  choice["finish_reason"] = std::move(finish_reason);
  Json body = envelope(request, "chat.completion.chunk");
  body["choices"] = Json::array({std::move(choice)});
  return "data: " + dump(body) + "\n\n";
}

// Words with the space behind them.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t space = text.find(' ', begin);
    const std::size_t end = space == std::string::npos ? text.size() : space + 1;
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

std::vector<std::string> streamed(const MockRequest& request, const Reply& reply) {
  std::vector<std::string> events;
  Json start = {{"role", "assistant"}, {"content", ""}};
  events.push_back(chunk(request, std::move(start), nullptr));
  for (const std::string& word : words_of(reply.text))
    events.push_back(chunk(request, Json{{"content", word}}, nullptr));
  for (const ToolCall& call : reply.calls) {
    Json first = call_object(call, "");
    first["index"] = 0;
    Json rest = {{"index", 0}, {"function", Json{{"arguments", call.arguments}}}};
    events.push_back(chunk(request, Json{{"tool_calls", Json::array({first})}}, nullptr));
    events.push_back(chunk(request, Json{{"tool_calls", Json::array({rest})}}, nullptr));
  }
  events.push_back(chunk(request, Json::object(), reply.calls.empty() ? "stop" : "tool_calls"));
  if (request.include_usage) {
    Json body = envelope(request, "chat.completion.chunk");
    body["choices"] = Json::array();
    body["usage"] = usage_of(reply);
    events.push_back("data: " + dump(body) + "\n\n");
  }
  events.push_back("data: [DONE]\n\n");
  return events;
}

}  // namespace

Result<MockAnswer> answer(const MockRequest& request) {
  const auto reply = make_reply(request);
  if (!reply) return reply.error();
  MockAnswer made;
  made.content_type = request.stream ? "text/event-stream" : "application/json";
  if (request.stream)
    made.pieces = streamed(request, *reply);
  else
    made.pieces.push_back(plain(request, *reply));
  return made;
}

}  // namespace litegw::providers::mock
