#include "daemon/dialects/cursor/shape.h"

#include <utility>

#include "daemon/dialects/chat/parse.h"
#include "daemon/dialects/neutral/content.h"
#include "daemon/dialects/neutral/repair.h"
#include "daemon/dialects/responses/parse.h"

namespace litegw::dialects::cursor {
namespace {

const Json* present(const Json& body, const char* name) {
  auto found = body.find(name);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

Error no_content() {
  return make_error(ErrorCode::missing_parameter,
                    "the request has neither 'messages' (Chat Completions) nor 'input' (Responses)",
                    "send one of them, not empty", "messages");
}

Result<Shape> shape_of(const Json& body) {
  if (!body.is_object())
    return make_error(ErrorCode::invalid_request, "the request body must be a JSON object");
  const Json* messages = present(body, "messages");
  const Json* input = present(body, "input");
  // Cursor sends `messages: []` beside `input`; others send "" or {} for nothing.
  const bool has_messages = messages && messages->is_array() && !messages->empty();
  if (input && !has_messages) return Shape::responses;
  const bool is_nothing = !messages || (messages->is_array() && messages->empty());
  return is_nothing ? Result<Shape>(no_content()) : Shape::chat;
}

Result<Parsed> parse(Json body, bool repair_history) {
  Result<Shape> shape = shape_of(body);
  if (!shape) return shape.error();
  bool both = present(body, "input") && *shape == Shape::chat;
  Result<Request> request =
      *shape == Shape::chat ? chat::parse(std::move(body)) : responses::parse(std::move(body));
  if (!request) return request.error();
  if (both) request->warnings.push_back("the body has 'messages' and 'input'; 'messages' was used");
  // Nothing is stored under the ids Cursor may send, so they mean nothing.
  request->previous_response_id.clear();
  request->store.reset();  // nobody asked for what Cursor says to be kept elsewhere
  cut_mirrored_thinking(*request);
  if (says_nothing(*request)) return no_content();
  if (repair_history) repair_tool_history(*request);
  return Parsed{*shape, std::move(*request)};
}

bool is_verify_probe(const Request& request) {
  return request.messages.size() == 2 && request.tools.empty() && !request.stream &&
         request.messages[0].role == Role::system && request.messages[1].role == Role::user &&
         joined_text(request.messages[0].parts, "") == "You are a test assistant." &&
         joined_text(request.messages[1].parts, "") == "Testing. Just say hi and nothing else.";
}

}  // namespace litegw::dialects::cursor
