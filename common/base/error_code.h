// The one catalogue of errors: each code has one HTTP status, one OpenAI `type` and `code`, one
// exit code of the CLI, and says whether trying again can help. Statuses of Cursor routes differ:
// see `cursor_status`.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace litegw {

enum class ErrorCode {
  // who is calling
  missing_key,
  malformed_key,
  invalid_key,
  expired_key,
  blocked_key,
  // what they may call
  model_not_allowed,
  team_model_not_allowed,
  user_model_not_allowed,
  unknown_model,
  // the request itself
  invalid_json,
  invalid_request,
  missing_parameter,
  body_too_large,
  header_too_large,
  target_too_long,
  length_required,
  request_timeout,
  expectation_failed,
  unsupported_media_type,
  unsupported_encoding,
  not_implemented,
  http_version,
  route_not_found,
  method_not_allowed,
  context_too_long,
  // money and limits
  budget_exceeded,
  rate_limited,
  unpriced_model,
  // upstream
  upstream_unreachable,
  upstream_timeout,
  upstream_bad_response,
  upstream_error,
  upstream_rate_limited,
  upstream_credential,
  unsupported_provider,
  client_closed,
  // this daemon
  store_full,
  store_unavailable,
  overloaded,
  shutting_down,
  internal,
  io_error,
  // administration
  not_found,
  already_exists,
  conflict,
  not_permitted,
  invalid_argument,
  config_invalid,
  // the CLI
  usage,
  daemon_not_running,
  socket_not_permitted,
  version_skew,
  check_failed,
  timed_out,
  interrupted,
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;  // stable, snake_case; `code` of the error object on Cursor routes and the
                          // control socket
  int status;             // HTTP status on every route but Cursor's
  int cursor_status;      // HTTP status on Cursor routes: Cursor hides the text of 429 and 5xx
  std::string_view openai_type;  // `type` of the error object
  int exit_code;                 // of the CLI
  bool retryable;                // may the same request succeed later, unchanged?
};

const ErrorInfo& error_info(ErrorCode code);
inline std::string_view error_name(ErrorCode code) {
  return error_info(code).name;
}

// The code with that name, as read from a control-socket answer.
std::optional<ErrorCode> error_code_from_name(std::string_view name);

}  // namespace litegw
