#include "daemon/server/errors.h"

#include <doctest/doctest.h>

#include "common/base/json.h"

using namespace litegw;
using server::Style;

namespace {

Json inner(const Error& error, Style style) {
  return parse_json(server::error_body(error, style, "req_1")).value()["error"];
}

}  // namespace

TEST_CASE("errors have LiteLLM's envelope, with the status as text in code") {
  const Error error = make_error(ErrorCode::model_not_allowed, "key not allowed", {}, "model");
  CHECK(server::error_status(error, Style::litellm) == 403);
  CHECK(
      inner(error, Style::litellm).dump() ==
      R"({"message":"key not allowed","type":"key_model_access_denied","param":"model","code":"403"})");
  const Error plain = make_error(ErrorCode::invalid_json, "broken");
  CHECK(inner(plain, Style::litellm)["param"].is_null());
}

TEST_CASE("on Cursor routes refusals by policy are 400, say who speaks and end with the id") {
  const Error error =
      make_error(ErrorCode::budget_exceeded, "budget of key 'a' is spent", "Ask the admin");
  CHECK(server::error_status(error, Style::litellm) == 429);
  CHECK(server::error_status(error, Style::cursor) == 400);
  CHECK(
      inner(error, Style::cursor).dump() ==
      R"x({"message":"litegw: budget of key 'a' is spent. Ask the admin. (req_1)","type":"budget_exceeded","param":null,"code":"budget_exceeded"})x");
}

TEST_CASE("on Cursor routes an unknown caller reads OpenAI's code and what to paste") {
  const Error error = make_error(ErrorCode::invalid_key, "Authentication Error, ...", {}, "key");
  const Json shown = inner(error, Style::cursor);
  CHECK(server::error_status(error, Style::cursor) == 401);
  CHECK(shown["code"] == "invalid_api_key");
  CHECK(shown["type"] == "invalid_request_error");
  CHECK(shown["param"].is_null());
  CHECK(shown["message"].get<std::string>().find("Paste a key that starts with sk-") !=
        std::string::npos);
}

TEST_CASE("a message with line breaks or broken UTF-8 is still one valid JSON line") {
  const Error error = make_error(ErrorCode::upstream_error, "bad\r\n\xff\x01text");
  for (const Style style : {Style::litellm, Style::cursor}) {
    const std::string body = server::error_body(error, style, "req_1");
    CHECK(parse_json(body).has_value());
    CHECK(body.find('\n') == std::string::npos);
  }
}
