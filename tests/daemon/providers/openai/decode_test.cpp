#include <filesystem>

#include <doctest/doctest.h>

#include "tests/daemon/providers/recorded_answers.h"

using namespace litegw;
using namespace litegw::testing;
using providers::Dialect;

namespace {

std::vector<std::filesystem::path> recorded(const std::string& api) {
  std::vector<std::filesystem::path> out;
  for (const auto& folder : cases("providers/openai"))
    if (std::filesystem::exists(folder / "expect.json") &&
        read_json(folder / "meta.json")["api"] == api)
      out.push_back(folder);
  return out;
}

}  // namespace

TEST_CASE("recorded Chat answers are decoded as an independent reader reads them") {
  for (const auto& folder : recorded("chat")) {
    check_recording(Dialect::chat, folder);
    Json expect = read_json(folder / "expect.json");
    bool is_stream = std::filesystem::exists(folder / "response.sse");
    dialects::Answer answer = decode(
        Dialect::chat, read_all(folder / (is_stream ? "response.sse" : "response.json")), 4096);
    CHECK(answer.stop->detail == expect["stop"].get<std::string>());
    if (!expect["usage"].is_object()) continue;
    CHECK(answer.usage.total_input() == count(expect["usage"], "prompt_tokens"));
    CHECK(answer.usage.total_output() == count(expect["usage"], "completion_tokens"));
    CHECK(answer.usage.cache_read ==
          count(nested(expect["usage"], "prompt_tokens_details"), "cached_tokens"));
    CHECK(answer.usage.cache_write ==
          count(nested(expect["usage"], "prompt_tokens_details"), "cache_write_tokens"));
    CHECK(answer.usage.reasoning ==
          count(nested(expect["usage"], "completion_tokens_details"), "reasoning_tokens"));
  }
}

TEST_CASE("recorded Responses answers are decoded as an independent reader reads them") {
  for (const auto& folder : recorded("responses")) {
    check_recording(Dialect::responses, folder);
    Json expect = read_json(folder / "expect.json");
    bool is_stream = std::filesystem::exists(folder / "response.sse");
    dialects::Answer answer =
        decode(Dialect::responses,
               read_all(folder / (is_stream ? "response.sse" : "response.json")), 4096);
    if (answer.failure) continue;
    CHECK(answer.stop->detail == expect["stop"].get<std::string>());
    if (!expect["usage"].is_object()) continue;
    CHECK(answer.usage.total_input() == count(expect["usage"], "input_tokens"));
    CHECK(answer.usage.total_output() == count(expect["usage"], "output_tokens"));
    CHECK(answer.usage.cache_read ==
          count(nested(expect["usage"], "input_tokens_details"), "cached_tokens"));
    CHECK(answer.usage.reasoning ==
          count(nested(expect["usage"], "output_tokens_details"), "reasoning_tokens"));
  }
}

TEST_CASE("answers of servers that copied OpenAI are decoded too") {
  for (const char* provider :
       {"alibaba", "cerebras", "deepseek", "gpustack-vllm", "groq", "llamacpp-or-local", "lmstudio",
        "mistral", "moonshot", "openrouter", "perplexity", "together", "xai", "zai", "azure",
        "anthropic-openai-compat", "bedrock-mantle"})
    for (const auto& folder : cases(std::string("providers/") + provider)) {
      if (!std::filesystem::exists(folder / "expect.json")) continue;
      std::string api = read_json(folder / "meta.json")["api"].get<std::string>();
      CAPTURE(folder.string());
      // The reference read Together's text twice: chunks have it in `delta` and in `text`.
      if (folder.filename() == "chat-text_stream" && provider == std::string_view("together"))
        continue;
      if (api == "chat") check_recording(Dialect::chat, folder);
      if (api == "responses") check_recording(Dialect::responses, folder);
    }
}

TEST_CASE("a Chat stream that ends without a finish reason is a failure, not a short answer") {
  dialects::Answer answer = decode(
      Dialect::chat,
      "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n", 5);
  REQUIRE(answer.failure);
  CHECK(answer.failure->error.code == ErrorCode::upstream_bad_response);
}

TEST_CASE("HTML, garbage and nothing at all are failures") {
  for (const char* body :
       {"<html>502</html>", "hello", "{\"a\":", "", "[]", "{}", "data: nonsense\n\n"}) {
    CAPTURE(body);
    for (Dialect dialect : {Dialect::chat, Dialect::responses, Dialect::messages})
      CHECK(decode(dialect, body, 3).failure);
  }
}

TEST_CASE("an error object in a 200 answer is a failure with the provider's word") {
  dialects::Answer answer = decode(
      Dialect::chat, R"({"error":{"message":"busy","type":"overloaded_error","code":null}})", 9);
  REQUIRE(answer.failure);
  CHECK(answer.failure->type == "overloaded_error");
  CHECK(answer.failure->error.message == "busy");
}

TEST_CASE("calls without an index, and whole calls that share one, stay apart") {
  dialects::Answer answer =
      decode(Dialect::chat,
             "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":"
             "\"f\",\"arguments\":\"{}\"}}]}}]}\n\n"
             "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"b\",\"function\":{\"name\":"
             "\"g\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"stop\"}]}\n\n",
             11);
  Said out = said(answer);
  REQUIRE(out.calls.size() == 2);
  CHECK(out.calls[0]["id"] == "a");
  CHECK(out.calls[1]["name"] == "g");
  CHECK(answer.reason() == dialects::StopReason::tools);
}
