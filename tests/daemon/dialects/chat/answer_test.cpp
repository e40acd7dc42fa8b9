#include "daemon/dialects/chat/answer.h"

#include <doctest/doctest.h>

namespace litegw::dialects::chat {
namespace {

ledger::Usage used(const char* usage) {
  JsonReader reader;
  REQUIRE(reader.open(usage).has_value());
  ledger::Usage out;
  REQUIRE(read_usage(reader, out));
  return out;
}

TEST_CASE("usage is split into buckets that do not overlap") {
  const auto usage = used(
      R"({"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,)"
      R"("prompt_tokens_details":{"cached_tokens":30,"audio_tokens":10,"cache_write_tokens":20},)"
      R"("completion_tokens_details":{"reasoning_tokens":15,"audio_tokens":5,"rejected_prediction_tokens":0}})");
  CHECK(usage.cache_read == 30);
  CHECK(usage.cache_write == 20);
  CHECK(usage.audio_input == 10);
  CHECK(usage.input == 40);
  CHECK(usage.reasoning == 15);
  CHECK(usage.audio_output == 5);
  CHECK(usage.output == 30);
  CHECK(usage.total_input() == 100);
  CHECK(usage.total_output() == 50);
  CHECK(usage.reported);
}

TEST_CASE("reasoning that comes on top of the completion is added") {
  const auto usage = used(
      R"({"prompt_tokens":213,"completion_tokens":2,"total_tokens":471,"completion_tokens_details":{"reasoning_tokens":256}})");
  CHECK(usage.total_output() == 258);
  CHECK(usage.reasoning == 256);
}

// Google's OpenAI endpoint counts thoughts in the total alone, and leaves a completion of nothing
// out.
TEST_CASE("what only the total holds was thought, unless it is cached input") {
  const auto hidden = used(R"({"prompt_tokens":4,"completion_tokens":9,"total_tokens":37})");
  CHECK(hidden.input == 4);
  CHECK(hidden.output == 9);
  CHECK(hidden.reasoning == 24);
  const auto thought_only = used(R"({"prompt_tokens":7,"total_tokens":1031})");
  CHECK(thought_only.output == 0);
  CHECK(thought_only.reasoning == 1024);
  const auto cached = used(
      R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":65,"prompt_tokens_details":{"cached_tokens":50}})");
  CHECK(cached.total_output() == 5);
  const auto told = used(
      R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":18,"completion_tokens_details":{"reasoning_tokens":2}})");
  CHECK(told.total_output() == 5);
  for (const char* odd :
       {R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":3})", R"({"total_tokens":30})",
        R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":-9223372036854775808})"})
    CHECK(used(odd).reasoning == 0);
}

TEST_CASE("parts larger than their total and negative counts are cut") {
  const auto usage = used(
      R"({"prompt_tokens":10,"completion_tokens":-5,"prompt_tokens_details":{"cached_tokens":99},"completion_tokens_details":null})");
  CHECK(usage.cache_read == 10);
  CHECK(usage.input == 0);
  CHECK(usage.total_output() == 0);
}

TEST_CASE("DeepSeek's and Moonshot's cached tokens are found") {
  CHECK(used(R"({"prompt_tokens":10,"prompt_cache_hit_tokens":4})").cache_read == 4);
  CHECK(used(R"({"prompt_tokens":10,"cached_tokens":3})").cache_read == 3);
}

TEST_CASE("an answer gives model, finish reason, usage and how much was written") {
  const std::string text =
      R"({"id":"x","model":"real","choices":[{"message":{"role":"assistant","content":"four"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2},"service_tier":"default"})";
  JsonReader reader;
  const auto facts = read_answer(reader, text);
  REQUIRE(facts.has_value());
  CHECK(facts->model_value->in(text) == "\"real\"");
  CHECK(facts->finish_reason == "length");
  CHECK(facts->usage.output == 2);
  CHECK(facts->output_bytes == 4);
  CHECK(facts->service_tier == "default");
  CHECK_FALSE(facts->error.has_value());
}

TEST_CASE("what is no JSON object is no answer") {
  JsonReader reader;
  for (const char* text : {"", "<html>", "[]", "null", "{\"choices\":[}", "hello"})
    CHECK_FALSE(read_answer(reader, text).has_value());
}

TEST_CASE("errors are read in every shape that providers use") {
  struct Shape {
    const char* body;
    const char* message;
  };
  const Shape shapes[] = {
      {R"({"error":{"message":"bad key","type":"auth","code":"invalid_api_key","param":null}})",
       "bad key"},
      {R"({"error":"model is loading"})", "model is loading"},
      {R"({"object":"error","message":"too long","type":"BadRequest","code":400})", "too long"},
      {R"({"detail":"Unauthorized"})", "Unauthorized"},
      {R"({"detail":[{"msg":"field required"}]})", R"([{"msg":"field required"}])"},
      {R"({"code":"invalid-argument","error":"Incorrect API key"})", "Incorrect API key"},
      {R"([{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}])", "quota"},
      {R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"over capacity"}}})",
       "Provider returned error: over capacity"},
      {"<html><head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>",
       "the upstream answered with an HTML page"},
      {"upstream connect error\n", "upstream connect error"},
      {"", "no message"},
      {"{}", "{}"},
  };
  for (const Shape& shape : shapes) {
    CAPTURE(shape.body);
    CHECK(read_error(shape.body).message == shape.message);
  }
  CHECK(read_error(shapes[0].body).code == "invalid_api_key");
  CHECK(read_error(shapes[2].body).code == "400");
  CHECK(read_error(std::string(100'000, 'x')).message.size() <= 510);
}

}  // namespace
}  // namespace litegw::dialects::chat
