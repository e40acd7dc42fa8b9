#include "daemon/dialects/chat/parse.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/dialects/neutral/content.h"
#include "daemon/dialects/neutral/options.h"
#include "daemon/dialects/neutral/state.h"
#include "daemon/dialects/neutral/tools.h"
#include "daemon/dialects/responses/parse.h"

namespace litegw::dialects::chat {
namespace {

class MessageReader {
 public:
  MessageReader(Reader& reader, Request& request)
      : reader_(reader), request_(request), content_{reader, request.warnings} {}

  void read(Json& value, const Place& at) {
    if (!reader_.is_object(value, at)) return;
    if (responses::is_item(value)) return responses::read_item(value, at, reader_, request_);
    std::string role = reader_.needed_text(value, "role", at);
    if (!reader_.ok()) return;
    if (role == "system" || role == "developer") return plain(value, at, Role::system);
    if (role == "user") return plain(value, at, Role::user);
    if (role == "assistant") return assistant(value, at);
    if (role == "tool" && has_result_blocks(value)) return plain(value, at, Role::user);
    if (role == "tool" || role == "function") return tool(value, at);
    reader_.fail(Place(at, "role"), "must be system, developer, user, assistant or tool");
  }

 private:
  // Anthropic's blocks under Chat's role: each says itself which call it answers.
  bool has_result_blocks(Json& value) {
    const Json* content = content_of(value);
    if (!content || !content->is_array() || Reader::member(value, "tool_call_id")) return false;
    return std::ranges::any_of(*content, [](const Json& part) {
      return part.is_object() && part.value("type", Json()) == "tool_result";
    });
  }

  Json* content_of(Json& value) { return Reader::member(value, "content"); }

  void plain(Json& value, const Place& at, Role role) {
    Message message{.role = role};
    message.name = reader_.text_member(value, "name", at);
    if (Json* content = content_of(value))
      message.as_list = content_.read(*content, Place(at, "content"), message.parts);
    mark_last(value, at, message);
    if (message.parts.empty()) return;  // Cursor sends []; OpenAI refuses that
    if (role == Role::user) return add_user_message(std::move(message), request_.messages);
    request_.messages.push_back(std::move(message));
  }

  // A cache_control on the message counts for its last part.
  void mark_last(Json& value, const Place& at, Message& message) {
    std::optional<CacheMark> mark = content_.cache_mark(value, at);
    if (mark && !message.parts.empty()) message.parts.back().cache = mark;
  }

  void assistant(Json& value, const Place& at) {
    Message message{.role = Role::assistant};
    message.name = reader_.text_member(value, "name", at);
    read_reasoning(value, at, message);
    if (Json* content = content_of(value))
      message.as_list = content_.read(*content, Place(at, "content"), message.parts);
    if (std::string refusal = reader_.text_member(value, "refusal", at); !refusal.empty())
      message.parts.push_back(Part{Refusal{std::move(refusal)}, {}});
    std::erase_if(message.parts, [](const Part& part) {
      const Text* text = part.as<Text>();
      return text && text->text.empty();
    });
    if (Json* calls = Reader::member(value, "tool_calls")) {
      Place list(at, "tool_calls");
      if (!reader_.is_array(*calls, list)) return;
      for (std::size_t i = 0; i < calls->size(); ++i)
        tool_call((*calls)[i], Place(list, i), message);
    }
    if (Json* call = Reader::member(value, "function_call"))
      legacy_call(*call, Place(at, "function_call"), message);
    mark_last(value, at, message);
    if (!message.parts.empty()) request_.messages.push_back(std::move(message));
  }

  // Signed blocks first; plain text only where there are none, since both may hold the same.
  void read_reasoning(Json& value, const Place& at, Message& message) {
    if (Json* blocks = Reader::member(value, "thinking_blocks")) {
      Place list(at, "thinking_blocks");
      if (!reader_.is_array(*blocks, list)) return;
      for (std::size_t i = 0; i < blocks->size(); ++i)
        content_.thinking((*blocks)[i], Place(list, i), message.parts);
    }
    if (Json* details = Reader::member(value, "reasoning_details");
        details && details->is_array() && !details->empty())
      message.parts.push_back(
          Part{Reasoning{{}, ReasoningState{.family = "openrouter", .blob = dump(*details)}}, {}});
    for (const char* name : {"reasoning_content", "reasoning"}) {
      Json* text = Reader::member(value, name);
      if (!text || !text->is_string() || !message.parts.empty()) continue;
      Reasoning reasoning{reader_.text(*text, at), {}};
      if (!reasoning.text.empty()) message.parts.push_back(Part{std::move(reasoning), {}});
    }
  }

  // The envelope says where to look; whether there is raw text shows in what it holds.
  void tool_call(Json& value, const Place& at, Message& message) {
    if (!reader_.is_object(value, at)) return;
    std::string type = reader_.text_member(value, "type", at);
    const char* envelope = Reader::member(value, "custom") ? "custom" : "function";
    ToolCall call;
    call.id = reader_.needed_text(value, "id", at);
    call.state = call_state(value);
    Json* nested = Reader::member(value, envelope);
    Place inner(at, envelope);
    if (nested && !reader_.is_object(*nested, inner)) return;
    Json& body = nested ? *nested : value;
    const Place& where = nested ? inner : at;
    call.name = reader_.needed_text(body, "name", where);
    if (type == "custom" || Reader::member(value, "custom")) call.kind = ToolKind::custom;
    if (call.kind == ToolKind::custom && !Reader::member(body, "arguments")) {
      call.arguments = reader_.text_member(body, "input", where);
    } else {
      call.arguments =
          arguments_text(Reader::member(body, "arguments"), reader_, Place(where, "arguments"));
    }
    message.parts.push_back(Part{std::move(call), {}});
  }

  void legacy_call(Json& value, const Place& at, Message& message) {
    if (!reader_.is_object(value, at)) return;
    ToolCall call;
    call.name = reader_.needed_text(value, "name", at);
    call.arguments =
        arguments_text(Reader::member(value, "arguments"), reader_, Place(at, "arguments"));
    call.id = fmt::format("call_legacy_{}", ++legacy_calls_);
    message.parts.push_back(Part{std::move(call), {}});
  }

  void tool(Json& value, const Place& at) {
    ToolResult result;
    result.call_id = reader_.text_member(value, "tool_call_id", at);
    // The old role `function` answers the call before it.
    if (result.call_id.empty() && legacy_calls_ > 0)
      result.call_id = fmt::format("call_legacy_{}", legacy_calls_);
    if (result.call_id.empty())
      return reader_.fail(Place(at, "tool_call_id"), "is missing", ErrorCode::missing_parameter);
    if (Json* content = content_of(value))
      content_.read_result(*content, Place(at, "content"), result.parts);
    result.is_error = reader_.flag(value, "is_error", at).value_or(false);
    Message message{.role = Role::tool};
    message.parts.push_back(Part{std::move(result), content_.cache_mark(value, at)});
    request_.messages.push_back(std::move(message));
  }

  Reader& reader_;
  Request& request_;
  ContentReader content_;
  int legacy_calls_ = 0;
};

void read_system(Json& value, Reader& reader, Request& request) {
  Message message{.role = Role::system};
  ContentReader content{reader, request.warnings};
  message.as_list = content.read(value, Place(Place(), "system"), message.parts);
  if (!message.parts.empty()) request.messages.push_back(std::move(message));
}

}  // namespace

void read_message(Json& value, const Place& at, Reader& reader, Request& request) {
  MessageReader(reader, request).read(value, at);
}

void add_user_message(Message message, std::vector<Message>& out) {
  Message rest{.role = Role::user, .name = std::move(message.name), .as_list = message.as_list};
  bool had_results = false;
  for (Part& part : message.parts) {
    if (!part.as<ToolResult>()) {
      rest.parts.push_back(std::move(part));
      continue;
    }
    had_results = true;
    Message result{.role = Role::tool};
    result.parts.push_back(std::move(part));
    out.push_back(std::move(result));
  }
  if (had_results) rest.as_list = false;
  if (!rest.parts.empty()) out.push_back(std::move(rest));
}

Result<Request> parse(Json body) {
  Reader reader;
  Request request;
  Place root;
  if (!reader.is_object(body, root)) return reader.error();
  for (const char* name : {"system", "instructions"})
    if (Json* value = Reader::member(body, name)) read_system(*value, reader, request);

  Json* messages = Reader::member(body, "messages");
  Place at(root, "messages");
  if (!messages) {
    reader.fail(at, "is missing", ErrorCode::missing_parameter);
  } else if (reader.is_array(*messages, at)) {
    if (messages->empty()) reader.fail(at, "must not be empty", ErrorCode::missing_parameter);
    MessageReader messages_reader(reader, request);
    request.messages.reserve(request.messages.size() + messages->size());
    for (std::size_t i = 0; i < messages->size() && reader.ok(); ++i)
      messages_reader.read((*messages)[i], Place(at, i));
  }
  read_tooling(body, reader, request);
  read_options(body, reader, request);
  if (!reader.ok()) return reader.error();
  mark_custom_calls(request);
  return request;
}

}  // namespace litegw::dialects::chat
