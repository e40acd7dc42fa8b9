#include "daemon/providers/failure.h"

#include <array>
#include <initializer_list>

#include "common/base/text.h"

namespace litegw::providers {
namespace {

using dialects::chat::AnswerError;

struct Row {
  FailureKind kind;
  int status;  // 0 = the upstream's
  ErrorCode code;
  std::string_view type;  // empty = the upstream's
  std::string_view error_code;
  bool retry_same;
  bool fall_back;
};

// In the order of the enum.
constexpr std::array rows{
    Row{FailureKind::context_too_long, 400, ErrorCode::context_too_long, "invalid_request_error",
        "context_length_exceeded", false, true},
    Row{FailureKind::content_policy, 400, ErrorCode::upstream_error, "invalid_request_error",
        "content_policy_violation", false, true},
    Row{FailureKind::quota, 429, ErrorCode::upstream_rate_limited, "insufficient_quota",
        "insufficient_quota", false, true},
    Row{FailureKind::rate_limited, 429, ErrorCode::upstream_rate_limited, "throttling_error",
        "rate_limit_exceeded", true, true},
    Row{FailureKind::overloaded, 503, ErrorCode::upstream_error, "server_error", "overloaded", true,
        true},
    Row{FailureKind::credential, 502, ErrorCode::upstream_credential, "api_error",
        "upstream_authentication_error", false, true},
    Row{FailureKind::permission, 403, ErrorCode::upstream_error, "permission_error", "", false,
        true},
    Row{FailureKind::model_missing, 404, ErrorCode::upstream_error, "invalid_request_error",
        "model_not_found", false, true},
    Row{FailureKind::body_too_large, 413, ErrorCode::upstream_error, "invalid_request_error",
        "request_too_large", false, false},
    Row{FailureKind::timeout, 504, ErrorCode::upstream_timeout, "timeout_error", "timeout", false,
        true},
    Row{FailureKind::server, 502, ErrorCode::upstream_error, "server_error", "", true, true},
    Row{FailureKind::bad_request, 0, ErrorCode::upstream_error, "", "", false, false},
};

bool contains_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  for (const std::string_view needle : needles)
    if (text.find(needle) != std::string_view::npos) return true;
  return false;
}

// All in lower case: wordings of OpenAI, Anthropic, Gemini, Bedrock, vLLM, llama.cpp, OpenRouter.
bool is_context(std::string_view text, const AnswerError& error) {
  if (error.code == "context_length_exceeded" || error.type == "exceed_context_size_error")
    return true;
  return contains_any(
      text, {"maximum context length", "context window", "prompt is too long", "input token count",
             "exceeds the maximum number of tokens", "input tokens exceeded",
             "exceeds the available context size", "context size has been exceeded",
             "prompt too long", "maximum input length", "total length of all messages"});
}

bool is_policy(std::string_view text, const AnswerError& error) {
  return error.code == "content_filter" || error.code == "content_policy_violation" ||
         contains_any(text, {"responsibleaipolicyviolation", "content management policy"});
}

bool is_quota(int status, std::string_view text, const AnswerError& error) {
  if (status == 402) return true;
  if (status != 429 && status != 403) return false;
  return error.code == "insufficient_quota" || error.type == "insufficient_quota" ||
         contains_any(text, {"billing", "credit balance", "exceeded your current quota"});
}

bool is_credential(int status, std::string_view text, const AnswerError& error) {
  if (status == 401) return true;
  if (error.code == "invalid_api_key") return true;
  return (status == 400 || status == 403) &&
         contains_any(text, {"api key", "api_key_invalid", "apikey", "unrecognizedclient"});
}

FailureKind kind_of_status(int status, std::string_view text, const AnswerError& error) {
  switch (status) {
    case 403:
      return FailureKind::permission;
    case 404:
      return FailureKind::model_missing;
    case 408:
    case 504:
      return FailureKind::timeout;
    case 413:
      return error.code == "rate_limit_exceeded" ? FailureKind::rate_limited
                                                 : FailureKind::body_too_large;
    case 429:
      return FailureKind::rate_limited;
    case 503:
    case 529:
      return FailureKind::overloaded;
    default:
      break;
  }
  if (error.code == "model_not_found") return FailureKind::model_missing;
  if (error.type == "overloaded_error" || contains_any(text, {"server is overloaded"}))
    return FailureKind::overloaded;
  if (error.code == "rate_limit_exceeded" || error.code == "429") return FailureKind::rate_limited;
  return status >= 400 && status < 500 ? FailureKind::bad_request : FailureKind::server;
}

FailureKind kind_of(int status, const AnswerError& error) {
  if (error.is_page && status >= 500) return FailureKind::server;
  const std::string text = to_lower(error.message);
  if (is_context(text, error)) return FailureKind::context_too_long;
  if (is_policy(text, error)) return FailureKind::content_policy;
  if (is_quota(status, text, error)) return FailureKind::quota;
  if (is_credential(status, text, error)) return FailureKind::credential;
  return kind_of_status(status, text, error);
}

}  // namespace

std::string without_credential(std::string message, std::string_view credential) {
  if (credential.empty() || message.find(credential) == std::string::npos) return message;
  return "the upstream's message held a secret";
}

Failure classify(int status, const AnswerError& error, std::string_view deployment_key) {
  Failure failure;
  failure.kind = kind_of(status, error);
  const Row& row = rows[static_cast<std::size_t>(failure.kind)];
  failure.upstream_status = status;
  failure.status = row.status != 0 ? row.status : status;
  failure.code = row.code;
  failure.type = row.type.empty() ? error.type : std::string(row.type);
  if (failure.type.empty()) failure.type = "invalid_request_error";
  failure.error_code = row.error_code.empty() ? error.code : std::string(row.error_code);
  failure.param = error.param;
  failure.retry_same = row.retry_same;
  failure.fall_back = row.fall_back;
  failure.message = error.message;
  // What is left of a key in such a message may still be too much: parts are quoted as well.
  if (failure.kind == FailureKind::credential)
    failure.message = "the upstream refused the gateway's credential (status " +
                      std::to_string(status) + "); this is not about your key";
  failure.message = without_credential(std::move(failure.message), deployment_key);
  return failure;
}

bool is_about_reasoning_state(const Failure& failure) {
  if (failure.kind != FailureKind::bad_request) return false;
  if (failure.error_code == "invalid_encrypted_content") return true;
  return contains_any(to_lower(failure.message),
                      {"thought_signature", "`thinking`", "thinking block", "redacted_thinking",
                       "invalid signature", "invalid `signature`", "reasoning_content",
                       "of type 'reasoning'", "encrypted content", "encrypted_content"});
}

int cursor_status(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::credential:
    case FailureKind::permission:
      return 400;
    case FailureKind::overloaded:
      return 502;
    case FailureKind::context_too_long:
    case FailureKind::content_policy:
    case FailureKind::quota:
    case FailureKind::rate_limited:
    case FailureKind::model_missing:
    case FailureKind::body_too_large:
    case FailureKind::timeout:
    case FailureKind::server:
    case FailureKind::bad_request:
      break;
  }
  return failure.status;
}

}  // namespace litegw::providers
