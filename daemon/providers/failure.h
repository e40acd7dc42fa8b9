// What an upstream's error means and what the client is told about it. Pure; used by the data path
// for answers with an error status and for error objects in answers that claim success.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/dialects/chat/answer.h"

namespace litegw::providers {

enum class FailureKind {
  context_too_long,
  content_policy,
  quota,         // the operator's account is used up
  rate_limited,  // try again later
  overloaded,
  credential,  // the upstream refused our key; the client's is fine
  permission,
  model_missing,
  body_too_large,
  timeout,
  server,
  bad_request,
};

struct Failure {
  FailureKind kind = FailureKind::server;
  int status = 502;  // for the client
  int upstream_status = 0;
  ErrorCode code = ErrorCode::upstream_error;  // for the row
  // Of the error object; never an address or a key of ours.
  std::string message, type, error_code, param;
  std::string detail;       // for the operator: may name addresses; empty = the message says all
  bool retry_same = false;  // another try at the same deployment can help
  bool fall_back = false;   // another deployment can help
};

// `message`, or a text in its place when it quotes `credential`: providers quote the key that they
// refuse, and it is the operator's. An empty credential is in no message.
std::string without_credential(std::string message, std::string_view credential);

// `status` is the upstream's; 200 for an error object in an answer that claims success.
Failure classify(int status, const dialects::chat::AnswerError& error,
                 std::string_view deployment_key);

// The upstream refused reasoning that came back to it (a signature, an encrypted item) or misses
// it: without any of it the same request can be answered.
bool is_about_reasoning_state(const Failure& failure);

// Cursor shows the text of a 400, and hides those of 401, 403, 429 and 5xx.
int cursor_status(const Failure& failure);

}  // namespace litegw::providers
