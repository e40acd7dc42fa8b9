// The one place where an Error becomes an answer. Two styles: LiteLLM's envelope and statuses, and
// the ones of Cursor's routes (Cursor hides the text of 429 and 5xx from its user). Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/server/route.h"

namespace litegw::server {

// `policy_status`: what refusals by budget, scope and the like get on Cursor's routes.
int error_status(const Error& error, Style style, int policy_status = 400);
// {"error":{"message","type","param","code"}}; on Cursor routes the message is one line, begins
// with "litegw:" and ends with the request id.
std::string error_body(const Error& error, Style style, std::string_view request_id);

}  // namespace litegw::server
