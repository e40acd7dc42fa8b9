#include "daemon/dialects/responses/parse.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/dialects/chat/parse.h"
#include "daemon/dialects/neutral/content.h"
#include "daemon/dialects/neutral/options.h"
#include "daemon/dialects/neutral/reader.h"
#include "daemon/dialects/neutral/state.h"
#include "daemon/dialects/neutral/tools.h"

namespace litegw::dialects::responses {
namespace {

// Of tools that OpenAI runs itself, and what it keeps between turns; no other upstream reads them.
bool is_hosted_item(std::string_view type) {
  constexpr std::array<std::string_view, 22> types{"web_search_call",
                                                   "file_search_call",
                                                   "image_generation_call",
                                                   "code_interpreter_call",
                                                   "computer_call",
                                                   "computer_call_output",
                                                   "local_shell_call",
                                                   "local_shell_call_output",
                                                   "shell_call",
                                                   "shell_call_output",
                                                   "apply_patch_call",
                                                   "apply_patch_call_output",
                                                   "mcp_call",
                                                   "mcp_list_tools",
                                                   "mcp_approval_request",
                                                   "mcp_approval_response",
                                                   "tool_search_call",
                                                   "tool_search_output",
                                                   "program",
                                                   "program_output",
                                                   "compaction",
                                                   "additional_tools"};
  return std::ranges::find(types, type) != types.end();
}

class ItemReader {
 public:
  ItemReader(Reader& reader, Request& request)
      : reader_(reader), request_(request), content_{reader, request.warnings} {}

  void read(Json& item, const Place& at) {
    if (item.is_string()) return text_message(reader_.text(item, at));
    if (!reader_.is_object(item, at)) return;
    std::string type = reader_.text_member(item, "type", at);
    if (type.empty() && !Reader::member(item, "role"))
      return reader_.fail(Place(at, "type"), "is missing", ErrorCode::missing_parameter);
    if (type.empty() || type == "message") return message(item, at);
    if (type == "function_call") return call(item, at, ToolKind::function);
    if (type == "custom_tool_call") return call(item, at, ToolKind::custom);
    if (type == "function_call_output") return output(item, at, ToolKind::function);
    if (type == "custom_tool_call_output") return output(item, at, ToolKind::custom);
    if (type == "reasoning") return reasoning(item, at);
    if (is_part(type)) return lone_part(item, at);
    if (type == "item_reference") {
      request_.warnings.push_back(at.text() +
                                  ": item_reference was dropped, nothing is stored here");
      return;
    }
    if (!is_hosted_item(type)) {
      request_.warnings.push_back(fmt::format("{}: an item of the unknown type '{}' was dropped",
                                              at.text(), escape_control(shorten(type, 60))));
      return;
    }
    item["type"] = std::move(type);
    assistant().parts.push_back(Part{Opaque{"openai", std::move(item)}, {}});
  }

 private:
  // A part of content without the message around it.
  static bool is_part(std::string_view type) {
    constexpr std::array<std::string_view, 7> types{
        "text", "input_text", "input_image", "image_url", "image", "input_file", "file"};
    return std::ranges::find(types, type) != types.end();
  }

  void lone_part(Json& item, const Place& at) {
    Message message{.role = Role::user, .as_list = true};
    content_.part(item, at, message.parts);
    request_.messages.push_back(std::move(message));
  }

  // Some send no id but the item's own.
  std::string call_id(Json& item, const Place& at) {
    const bool has_own = !Reader::member(item, "call_id") && Reader::member(item, "id");
    return reader_.needed_text(item, has_own ? "id" : "call_id", at);
  }

  Message& assistant() {
    bool is_open = !request_.messages.empty() && request_.messages.back().role == Role::assistant;
    if (!is_open) request_.messages.push_back(Message{.role = Role::assistant});
    return request_.messages.back();
  }

  void text_message(std::string text) {
    Message message{.role = Role::user};
    message.parts.push_back(Part{Text{std::move(text), {}}, {}});
    request_.messages.push_back(std::move(message));
  }

  void message(Json& item, const Place& at) {
    std::string role = reader_.needed_text(item, "role", at);
    const bool is_chat = role == "tool" || role == "function" || Reader::member(item, "tool_calls");
    if (is_chat) {
      item["role"] = std::move(role);
      return chat::read_message(item, at, reader_, request_);
    }
    std::string phase = reader_.text_member(item, "phase", at);
    Json* content = Reader::member(item, "content");
    std::vector<Part> parts;
    bool as_list = content && content_.read(*content, Place(at, "content"), parts);
    if (!reader_.ok() || parts.empty()) return;
    if (role == "assistant") {
      Message& open = assistant();
      for (Part& part : parts) {
        if (Text* text = part.as<Text>()) text->phase = phase;
        open.parts.push_back(std::move(part));
      }
      return;
    }
    Message message{.role = Role::user, .parts = std::move(parts), .as_list = as_list};
    if (role == "user") return chat::add_user_message(std::move(message), request_.messages);
    if (role != "system" && role != "developer")
      return reader_.fail(Place(at, "role"), "must be system, developer, user or assistant");
    message.role = Role::system;
    request_.messages.push_back(std::move(message));
  }

  void call(Json& item, const Place& at, ToolKind kind) {
    ToolCall call{.kind = kind};
    call.id = call_id(item, at);
    call.name = reader_.needed_text(item, "name", at);
    call.arguments = kind == ToolKind::custom ? reader_.text_member(item, "input", at)
                                              : arguments_text(Reader::member(item, "arguments"),
                                                               reader_, Place(at, "arguments"));
    assistant().parts.push_back(Part{std::move(call), {}});
  }

  void output(Json& item, const Place& at, ToolKind kind) {
    ToolResult result;
    result.kind = kind;
    result.call_id = call_id(item, at);
    if (Json* value = Reader::member(item, "output"))
      content_.read_result(*value, Place(at, "output"), result.parts);
    Message message{.role = Role::tool};
    message.parts.push_back(Part{std::move(result), {}});
    request_.messages.push_back(std::move(message));
  }

  std::string texts_of(Json& item, const char* name, const Place& at) {
    std::string out;
    Json* list = Reader::member(item, name);
    Place where(at, name);
    if (!list || !reader_.is_array(*list, where)) return out;
    for (std::size_t i = 0; i < list->size(); ++i) {
      Place part(where, i);
      if (!reader_.is_object((*list)[i], part)) return out;
      if (!out.empty()) out += "\n\n";
      out += reader_.text_member((*list)[i], "text", part);
    }
    return out;
  }

  void reasoning(Json& item, const Place& at) {
    Reasoning reasoning;
    reasoning.text = texts_of(item, "summary", at);
    if (std::string raw = texts_of(item, "content", at); reasoning.text.empty())
      reasoning.text = std::move(raw);
    std::string blob = reader_.text_member(item, "encrypted_content", at);
    if (is_wrapped_state(blob)) {
      if (std::optional<ReasoningState> state = unwrap_state(blob))
        reasoning.state = std::move(*state);
    } else {
      reasoning.state = ReasoningState{.family = "openai", .blob = std::move(blob)};
      reasoning.state.item_id = reader_.text_member(item, "id", at);
    }
    assistant().parts.push_back(Part{std::move(reasoning), {}});
  }

  Reader& reader_;
  Request& request_;
  ContentReader content_;
};

void read_instructions(Json& body, Reader& reader, Request& request) {
  for (const char* name : {"instructions", "system"}) {
    Json* value = Reader::member(body, name);
    if (!value) continue;
    Message message{.role = Role::system};
    ContentReader content{reader, request.warnings};
    content.read(*value, Place(Place(), name), message.parts);
    if (!message.parts.empty()) request.messages.push_back(std::move(message));
  }
}

}  // namespace

bool is_item(const Json& value) {
  constexpr std::array<std::string_view, 6> types{"function_call",    "function_call_output",
                                                  "custom_tool_call", "custom_tool_call_output",
                                                  "reasoning",        "item_reference"};
  if (!value.is_object() || value.contains("role")) return false;
  const auto type = value.find("type");
  return type != value.end() && type->is_string() &&
         std::ranges::find(types, type->get_ref<const std::string&>()) != types.end();
}

void read_item(Json& value, const Place& at, Reader& reader, Request& request) {
  ItemReader(reader, request).read(value, at);
}

Result<Request> parse(Json body) {
  Reader reader;
  Request request;
  Place root;
  if (!reader.is_object(body, root)) return reader.error();
  read_instructions(body, reader, request);

  ItemReader items(reader, request);
  Json* input = Reader::member(body, "input");
  Place at(root, "input");
  if (!input) {
    reader.fail(at, "is missing", ErrorCode::missing_parameter);
  } else if (input->is_array()) {
    if (input->empty()) reader.fail(at, "must not be empty", ErrorCode::missing_parameter);
    for (std::size_t i = 0; i < input->size() && reader.ok(); ++i)
      items.read((*input)[i], Place(at, i));
  } else if (input->is_string() || input->is_object()) {
    items.read(*input, at);
  } else {
    reader.fail(at, fmt::format("must be a string or a list of items, not {}", json_kind(*input)));
  }
  read_tooling(body, reader, request);
  read_options(body, reader, request);
  if (!reader.ok()) return reader.error();
  mark_custom_calls(request);
  return request;
}

}  // namespace litegw::dialects::responses
