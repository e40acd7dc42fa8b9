#include "daemon/server/errors.h"

#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/dialects/messages/encode.h"

namespace litegw::server {
namespace {

// LiteLLM and OpenAI have null where nothing is to blame, LiteLLM's auth errors the text "None".
Json param_of(const Error& error) {
  return error.param.empty() ? Json() : Json(error.param);
}

// Cursor's own wording for a key that it cannot use.
constexpr std::string_view paste_a_key =
    "Invalid litegw key. Paste a key that starts with sk- (see: litegw key list).";

void append_sentence(std::string& text, std::string_view sentence) {
  if (sentence.empty()) return;
  if (!text.empty() && !text.ends_with(' ')) text.append(" ");
  text.append(escape_control(sentence));
  if (!text.ends_with('.')) text.append(".");
}

// What a person reads in Cursor: one line, who speaks, what to do, and the id to ask about.
std::string cursor_message(const Error& error, bool unknown_caller, std::string_view request_id) {
  std::string message = error.message.starts_with("litegw:") ? "" : "litegw: ";
  append_sentence(message, unknown_caller ? paste_a_key : std::string_view(error.message));
  append_sentence(message, unknown_caller ? std::string_view() : std::string_view(error.hint));
  return message.append(" (").append(request_id).append(")");
}

}  // namespace

int error_status(const Error& error, Style style, int policy_status) {
  const ErrorInfo& info = error_info(error.code);
  if (style != Style::cursor) return info.status;
  const bool is_policy = info.cursor_status == 400 && info.status != 400 && info.status < 500;
  return is_policy ? policy_status : info.cursor_status;
}

std::string error_body(const Error& error, Style style, std::string_view request_id) {
  if (style == Style::anthropic) return dialects::messages::error_body(error, request_id);
  const ErrorInfo& info = error_info(error.code);
  Json inner = Json::object();
  if (style == Style::cursor) {
    const bool unknown_caller = info.cursor_status == 401;
    inner["message"] = cursor_message(error, unknown_caller, request_id);
    inner["type"] = unknown_caller ? "invalid_request_error" : info.openai_type;
    inner["param"] = unknown_caller ? Json() : param_of(error);
    inner["code"] = unknown_caller ? "invalid_api_key" : info.name;
  } else {
    inner["message"] = error.message;
    inner["type"] = info.openai_type;
    inner["param"] = param_of(error);
    inner["code"] = std::to_string(info.status);
  }
  Json body = Json::object();
  body["error"] = std::move(inner);
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace litegw::server
