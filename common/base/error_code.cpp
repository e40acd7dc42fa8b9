#include "common/base/error_code.h"

#include <stdexcept>
#include <string>

#include "common/base/result.h"

namespace litegw {
namespace {

using enum ErrorCode;

// Statuses and types of the first two groups follow LiteLLM 1.86 and later.
constexpr std::array catalogue{
    ErrorInfo{missing_key, "missing_api_key", 401, 401, "auth_error", 4, false},
    ErrorInfo{malformed_key, "malformed_api_key", 401, 401, "auth_error", 4, false},
    ErrorInfo{invalid_key, "invalid_api_key", 401, 401, "token_not_found_in_db", 4, false},
    ErrorInfo{expired_key, "expired_key", 401, 400, "expired_key", 4, false},
    ErrorInfo{blocked_key, "blocked_key", 401, 400, "auth_error", 4, false},
    ErrorInfo{model_not_allowed, "model_not_allowed", 403, 400, "key_model_access_denied", 4,
              false},
    ErrorInfo{team_model_not_allowed, "team_model_not_allowed", 403, 400,
              "team_model_access_denied", 4, false},
    ErrorInfo{user_model_not_allowed, "user_model_not_allowed", 403, 400,
              "user_model_access_denied", 4, false},
    ErrorInfo{unknown_model, "model_not_found", 400, 404, "invalid_request_error", 5, false},
    ErrorInfo{invalid_json, "invalid_json", 400, 400, "invalid_request_error", 2, false},
    ErrorInfo{invalid_request, "invalid_request", 400, 400, "invalid_request_error", 2, false},
    ErrorInfo{missing_parameter, "missing_required_parameter", 400, 400, "invalid_request_error", 2,
              false},
    ErrorInfo{body_too_large, "request_too_large", 413, 413, "invalid_request_error", 2, false},
    ErrorInfo{header_too_large, "header_too_large", 431, 431, "invalid_request_error", 2, false},
    ErrorInfo{target_too_long, "target_too_long", 414, 414, "invalid_request_error", 2, false},
    ErrorInfo{length_required, "length_required", 411, 411, "invalid_request_error", 2, false},
    ErrorInfo{request_timeout, "request_timeout", 408, 408, "invalid_request_error", 124, true},
    ErrorInfo{expectation_failed, "expectation_failed", 417, 417, "invalid_request_error", 2,
              false},
    ErrorInfo{unsupported_media_type, "unsupported_media_type", 415, 415, "invalid_request_error",
              2, false},
    ErrorInfo{unsupported_encoding, "unsupported_encoding", 415, 415, "invalid_request_error", 2,
              false},
    ErrorInfo{not_implemented, "not_implemented", 501, 501, "invalid_request_error", 1, false},
    ErrorInfo{http_version, "http_version_not_supported", 505, 505, "invalid_request_error", 1,
              false},
    ErrorInfo{route_not_found, "not_found", 404, 404, "invalid_request_error", 5, false},
    ErrorInfo{method_not_allowed, "method_not_allowed", 405, 405, "invalid_request_error", 2,
              false},
    ErrorInfo{context_too_long, "context_length_exceeded", 400, 400, "invalid_request_error", 7,
              false},
    ErrorInfo{budget_exceeded, "budget_exceeded", 429, 400, "budget_exceeded", 7, false},
    ErrorInfo{rate_limited, "rate_limit_exceeded", 429, 429, "rate_limit_error", 7, true},
    ErrorInfo{unpriced_model, "unpriced_model", 403, 400, "invalid_request_error", 7, false},
    ErrorInfo{upstream_unreachable, "upstream_unreachable", 502, 502, "api_connection_error", 1,
              true},
    ErrorInfo{upstream_timeout, "upstream_timeout", 504, 504, "timeout_error", 124, true},
    ErrorInfo{upstream_bad_response, "upstream_bad_response", 502, 502, "api_error", 1, true},
    ErrorInfo{upstream_error, "upstream_error", 502, 502, "api_error", 1, true},
    ErrorInfo{upstream_rate_limited, "upstream_rate_limited", 429, 429, "throttling_error", 1,
              true},
    ErrorInfo{upstream_credential, "upstream_credential_refused", 502, 400, "api_error", 1, false},
    ErrorInfo{unsupported_provider, "unsupported_provider", 501, 400, "invalid_request_error", 1,
              false},
    ErrorInfo{client_closed, "client_closed", 499, 499, "client_closed", 1, false},
    ErrorInfo{store_full, "store_full", 507, 507, "api_error", 1, true},
    ErrorInfo{store_unavailable, "store_unavailable", 503, 503, "api_error", 1, true},
    ErrorInfo{overloaded, "overloaded", 503, 503, "api_error", 1, true},
    ErrorInfo{shutting_down, "shutting_down", 503, 503, "api_error", 1, true},
    ErrorInfo{internal, "internal_error", 500, 500, "internal_server_error", 1, false},
    ErrorInfo{io_error, "io_error", 500, 500, "internal_server_error", 1, false},
    ErrorInfo{ErrorCode::not_found, "no_such_object", 404, 404, "not_found_error", 5, false},
    ErrorInfo{already_exists, "already_exists", 409, 409, "bad_request_error", 6, false},
    ErrorInfo{conflict, "conflict", 409, 409, "bad_request_error", 6, false},
    ErrorInfo{not_permitted, "not_permitted", 403, 403, "permission_error", 4, false},
    ErrorInfo{invalid_argument, "invalid_argument", 400, 400, "bad_request_error", 2, false},
    ErrorInfo{config_invalid, "config_invalid", 422, 422, "bad_request_error", 8, false},
    ErrorInfo{usage, "usage", 400, 400, "bad_request_error", 2, false},
    ErrorInfo{daemon_not_running, "daemon_not_running", 503, 503, "api_error", 3, true},
    ErrorInfo{socket_not_permitted, "socket_not_permitted", 403, 403, "permission_error", 4, false},
    ErrorInfo{version_skew, "version_skew", 409, 409, "bad_request_error", 1, false},
    ErrorInfo{check_failed, "check_failed", 422, 422, "bad_request_error", 8, false},
    ErrorInfo{timed_out, "timed_out", 504, 504, "timeout_error", 124, true},
    ErrorInfo{interrupted, "interrupted", 499, 499, "api_error", 130, false},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < catalogue.size(); ++i)
    if (catalogue[i].code != static_cast<ErrorCode>(i)) return false;
  return catalogue.back().code == interrupted;
}
static_assert(in_enum_order(), "the catalogue has one row per code, in the order of the enum");

}  // namespace

const ErrorInfo& error_info(ErrorCode code) {
  return catalogue[static_cast<std::size_t>(code)];
}

std::optional<ErrorCode> error_code_from_name(std::string_view name) {
  for (const ErrorInfo& info : catalogue)
    if (info.name == name) return info.code;
  return std::nullopt;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(std::string(where.function_name()) +
                         ": unchecked error: " + error.message);
}

}  // namespace litegw
