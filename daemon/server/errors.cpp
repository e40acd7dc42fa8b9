#include "daemon/server/errors.h"

#include "common/base/json.h"
#include "common/base/text.h"

namespace litegw::server {
namespace {

// LiteLLM and OpenAI have null where nothing is to blame, LiteLLM's auth errors the text "None".
Json param_of(const Error& error) {
  return error.param.empty() ? Json() : Json(error.param);
}

// What a person reads in Cursor: one line, who speaks, what to do, and the id to ask about.
std::string cursor_message(const Error& error, std::string_view request_id) {
  std::string message = escape_control(error.message);
  if (!message.starts_with("litegw:")) message.insert(0, "litegw: ");
  if (!error.hint.empty()) message.append(" ").append(escape_control(error.hint)).append(".");
  return message.append(" (").append(request_id).append(")");
}

}  // namespace

int error_status(const Error& error, Style style) {
  const ErrorInfo& info = error_info(error.code);
  return style == Style::cursor ? info.cursor_status : info.status;
}

std::string error_body(const Error& error, Style style, std::string_view request_id) {
  const ErrorInfo& info = error_info(error.code);
  Json inner = Json::object();
  if (style == Style::cursor) {
    const bool unknown_caller = info.cursor_status == 401;
    inner["message"] = cursor_message(error, request_id);
    inner["type"] = unknown_caller ? "invalid_request_error" : info.openai_type;
    inner["param"] = error.param == "None" ? Json() : param_of(error);
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
