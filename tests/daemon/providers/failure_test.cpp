#include "daemon/providers/failure.h"

#include <doctest/doctest.h>

#include "daemon/providers/registry.h"

namespace litegw::providers {
namespace {

Failure failure(int status, const char* body) {
  return classify(status, dialects::chat::read_error(body), "sk-operators-secret");
}

TEST_CASE("a bad request keeps its status, message and field") {
  const Failure seen = failure(
      400,
      R"({"error":{"message":"'temperature' must be <= 2","type":"invalid_request_error","param":"temperature","code":"out_of_range"}})");
  CHECK(seen.kind == FailureKind::bad_request);
  CHECK(seen.status == 400);
  CHECK(seen.message == "'temperature' must be <= 2");
  CHECK(seen.param == "temperature");
  CHECK(seen.error_code == "out_of_range");
  CHECK_FALSE(seen.fall_back);
  CHECK(failure(422, R"({"detail":"bad"})").status == 422);
}

// litellm.md section 11: one upstream 401 hides its cause and hurts all.
TEST_CASE("a refused upstream credential is not the client's, and its text shows no key") {
  const Failure seen = failure(
      401,
      R"({"error":{"message":"Incorrect API key provided: sk-op***cret.","code":"invalid_api_key"}})");
  CHECK(seen.kind == FailureKind::credential);
  CHECK(seen.status == 502);
  CHECK(seen.code == ErrorCode::upstream_credential);
  CHECK(seen.message.find("sk-op") == std::string::npos);
  CHECK(cursor_status(seen) == 400);
  CHECK(failure(400, R"({"code":"x","error":"Incorrect API key provided"})").kind ==
        FailureKind::credential);
  CHECK(failure(500, R"({"error":{"message":"key sk-operators-secret crashed"}})")
            .message.find("sk-operators") == std::string::npos);
}

TEST_CASE("limits, overload, quota, context and missing models are told apart") {
  CHECK(failure(429, R"({"error":{"message":"slow down"}})").kind == FailureKind::rate_limited);
  CHECK(failure(429, R"({"error":{"code":"insufficient_quota","message":"pay"}})").kind ==
        FailureKind::quota);
  CHECK(failure(402, "").kind == FailureKind::quota);
  CHECK(failure(529, R"({"error":{"type":"overloaded_error"}})").status == 503);
  CHECK(failure(413, R"({"error":{"code":"rate_limit_exceeded"}})").kind ==
        FailureKind::rate_limited);
  CHECK(
      failure(400, R"({"error":{"message":"This model's maximum context length is 8192"}})").code ==
      ErrorCode::context_too_long);
  CHECK(failure(404, "").error_code == "model_not_found");
  CHECK(failure(400, R"({"error":{"code":"model_not_found"}})").status == 404);
  CHECK(failure(504, "").status == 504);
  CHECK(failure(500, "<html>oops</html>").status == 502);
}

TEST_CASE("an error object in an answer with status 200 is a failure") {
  CHECK(failure(200, R"({"error":{"message":"boom","code":502}})").status == 502);
  CHECK(failure(200, R"({"error":{"message":"later","code":429}})").kind ==
        FailureKind::rate_limited);
}

TEST_CASE("providers are found by LiteLLM's name") {
  REQUIRE(find("openai") != nullptr);
  CHECK(find("openai")->api_base == "https://api.openai.com/v1");
  CHECK(find("mock")->api == Api::mock);
  CHECK(find("groq") != nullptr);
  CHECK(find("bedrock") == nullptr);
  CHECK(find("") == nullptr);
}

}  // namespace
}  // namespace litegw::providers
