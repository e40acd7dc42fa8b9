#include "daemon/dialects/chat/scan.h"

#include <doctest/doctest.h>

namespace litegw::dialects::chat {
namespace {

Result<Scan> scanned(std::string_view body, const ScanRules& rules = {}) {
  static JsonReader reader;
  return scan(reader, body, rules);
}

const char* const minimal = R"({"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]})";

TEST_CASE("a plain body gives its model and defaults") {
  const auto scan = scanned(minimal);
  REQUIRE(scan.has_value());
  CHECK(scan->model == "gpt-4o");
  CHECK_FALSE(scan->stream);
  CHECK_FALSE(scan->include_usage);
  CHECK(scan->has_messages);
  CHECK(scan->find("messages")->value_at.in(minimal) == R"([{"role":"user","content":"hi"}])");
}

TEST_CASE("limits, user, tier and stream options are read wherever they stand") {
  const auto scan = scanned(
      R"({"n":2,"messages":[{}],"max_tokens":10,"max_completion_tokens":20,"user":"u","service_tier":"flex",)"
      R"("stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true},"tools":[{}],"model":"m"})");
  REQUIRE(scan.has_value());
  CHECK(scan->n == 2);
  CHECK(scan->max_tokens == 10);
  CHECK(scan->max_completion_tokens == 20);
  CHECK(scan->user == "u");
  CHECK(scan->service_tier == "flex");
  CHECK(scan->stream);
  CHECK(scan->include_usage);
  CHECK(scan->has_tools);
}

TEST_CASE("a whole number may be written as a float") {
  for (const char* limit : {"4096", "4096.0", "4.096e3", "40960E-1"}) {
    CAPTURE(limit);
    const std::string body =
        R"({"model":"m","messages":[{}],"max_tokens":)" + std::string(limit) + "}";
    const auto scan = scanned(body);
    REQUIRE(scan.has_value());
    CHECK(scan->max_tokens == 4096);
  }
  for (const char* limit : {"4096.5", "1e300", "1e400", "9007199254740993.0", "\"4096\"", "true"}) {
    CAPTURE(limit);
    const std::string body =
        R"({"model":"m","messages":[{}],"max_tokens":)" + std::string(limit) + "}";
    const auto scan = scanned(body);
    REQUIRE_FALSE(scan.has_value());
    CHECK(scan.error().param == "max_tokens");
  }
}

TEST_CASE("null counts as absent for everything but the model") {
  const auto scan = scanned(
      R"({"model":"m","messages":[{}],"tools":null,"stream":null,"stream_options":null,"n":null,"user":null})");
  REQUIRE(scan.has_value());
  CHECK_FALSE(scan->stream);
  CHECK_FALSE(scan->has_tools);
}

TEST_CASE("a member name written with escapes is the same name") {
  CHECK(scanned(R"({"mod\u0065l":"x","messages":[{}]})")->model == "x");
  const auto twice = scanned(R"({"model":"a","mod\u0065l":"b","messages":[{}]})");
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().param == "model");
}

TEST_CASE("a model given twice is refused whichever a provider would take") {
  const auto scan = scanned(R"({"model":"a","messages":[{}],"model":"b"})");
  REQUIRE_FALSE(scan.has_value());
  CHECK(scan.error().code == ErrorCode::invalid_request);
  CHECK(scan.error().message == "'model' is given more than once");
}

struct BadCase {
  const char* body;
  ErrorCode code;
  const char* param;
};

// litellm.md section 11: "500 for bad input".
TEST_CASE("bad input is the client's error and names the field, never a 500") {
  const BadCase cases[] = {
      {"null", ErrorCode::invalid_request, ""},
      {"[]", ErrorCode::invalid_request, ""},
      {"\"text\"", ErrorCode::invalid_request, ""},
      {"12", ErrorCode::invalid_request, ""},
      {"", ErrorCode::invalid_json, ""},
      {"{", ErrorCode::invalid_json, ""},
      {"{}", ErrorCode::missing_parameter, "model"},
      {R"({"model":"m"})", ErrorCode::missing_parameter, "messages"},
      {R"({"model":"m","messages":null})", ErrorCode::missing_parameter, "messages"},
      {R"({"model":"m","messages":[]})", ErrorCode::missing_parameter, "messages"},
      {R"({"model":"m","messages":"hi"})", ErrorCode::invalid_request, "messages"},
      {R"({"model":null,"messages":[{}]})", ErrorCode::invalid_request, "model"},
      {R"({"model":["m"],"messages":[{}]})", ErrorCode::invalid_request, "model"},
      {R"({"model":"","messages":[{}]})", ErrorCode::missing_parameter, "model"},
      {R"({"model":"\ud800","messages":[{}]})", ErrorCode::invalid_json, ""},
      {R"({"model":"m","messages":[{}],"stream":"true"})", ErrorCode::invalid_request, "stream"},
      {R"({"model":"m","messages":[{}],"stream":1})", ErrorCode::invalid_request, "stream"},
      {R"({"model":"m","messages":[{}],"n":"2"})", ErrorCode::invalid_request, "n"},
      {R"({"model":"m","messages":[{}],"n":1.5})", ErrorCode::invalid_request, "n"},
      {R"({"model":"m","messages":[{}],"max_tokens":-1})", ErrorCode::invalid_request,
       "max_tokens"},
      {R"({"model":"m","messages":[{}],"user":7})", ErrorCode::invalid_request, "user"},
      {R"({"model":"m","messages":[{}],"tools":{}})", ErrorCode::invalid_request, "tools"},
      {R"({"model":"m","messages":[{}],"stream_options":[]})", ErrorCode::invalid_request,
       "stream_options"},
      {R"({"model":"m","messages":[{}],"stream_options":{"include_usage":"yes"}})",
       ErrorCode::invalid_request, "stream_options.include_usage"},
      {R"({"model":"m","messages":[{"content":NaN}]})", ErrorCode::invalid_json, ""},
      {R"({"model":"m","messages":[{}]} trailing)", ErrorCode::invalid_json, ""},
      {"{\"model\":\"m\",\"messages\":[\"\xE9\"]}", ErrorCode::invalid_json, ""},
      {"\x1F\x8B\x08 gzip", ErrorCode::invalid_json, ""},
  };
  for (const BadCase& bad : cases) {
    CAPTURE(bad.body);
    const auto scan = scanned(bad.body);
    REQUIRE_FALSE(scan.has_value());
    CHECK(scan.error().code == bad.code);
    CHECK(scan.error().param == bad.param);
    CHECK(error_info(scan.error().code).status == 400);
  }
}

TEST_CASE("a deeply nested message is refused and called what it is") {
  const std::string bomb =
      R"({"model":"m","messages":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
  CHECK(scanned(bomb).error().message.find("nested too deeply") != std::string::npos);
}

TEST_CASE("a Responses-shaped body passes where the route allows it") {
  const char* const body = R"({"model":"m","input":"hi"})";
  CHECK_FALSE(scanned(body).has_value());
  ScanRules cursor;
  cursor.accept_input = true;
  CHECK(scanned(body, cursor)->has_input);
}

TEST_CASE("what stands in messages beside an input is no matter") {
  ScanRules cursor;
  cursor.accept_input = true;
  for (const char* nothing : {"null", "[]", "\"\"", "{}", "0", "false"}) {
    CAPTURE(nothing);
    const std::string body = R"({"model":"m","messages":)" + std::string(nothing);
    const auto scan = scanned(body + R"(,"input":"hi"})", cursor);
    REQUIRE(scan.has_value());
    CHECK(scan->has_input);
    CHECK_FALSE(scan->has_messages);
    CHECK(scanned(body + "}", cursor).error().param == "messages");
    CHECK(scanned(body + R"(,"input":"hi"})").error().param == "messages");
  }
}

TEST_CASE("members that steer a LiteLLM proxy are known by name") {
  for (const char* name : {"api_base", "base_url", "custom_llm_provider", "extra_headers",
                           "user_config", "deployment_id", "mock_response", "api_key"})
    CHECK(is_proxy_control(name));
  for (const char* name : {"model", "messages", "metadata", "temperature", "tools"})
    CHECK_FALSE(is_proxy_control(name));
}

}  // namespace
}  // namespace litegw::dialects::chat
