#include <filesystem>

#include <doctest/doctest.h>

#include "tests/daemon/providers/recorded_answers.h"

using namespace litegw;
using namespace litegw::testing;
using dialects::StopReason;
using providers::Dialect;

namespace {

StopReason reason_of(const std::string& word) {
  if (word == "max_tokens") return StopReason::length;
  if (word == "tool_use") return StopReason::tools;
  if (word == "stop_sequence") return StopReason::stop_sequence;
  if (word == "refusal") return StopReason::filter;
  return StopReason::stop;
}

}  // namespace

TEST_CASE("recorded Messages answers are decoded as an independent reader reads them") {
  for (const auto& folder : cases("providers/anthropic")) {
    if (!std::filesystem::exists(folder / "expect.json")) continue;
    check_recording(Dialect::messages, folder);
    Json expect = read_json(folder / "expect.json");
    bool is_stream = std::filesystem::exists(folder / "response.sse");
    dialects::Answer answer = decode(
        Dialect::messages, read_all(folder / (is_stream ? "response.sse" : "response.json")), 4096);
    CHECK(answer.stop->reason == reason_of(expect["stop"].get<std::string>()));
    const Json& usage = expect["usage"];
    CHECK(answer.usage.input == count(usage, "input_tokens"));
    CHECK(answer.usage.cache_read == count(usage, "cache_read_input_tokens"));
    CHECK(answer.usage.cache_write + answer.usage.cache_write_1h ==
          count(usage, "cache_creation_input_tokens"));
    CHECK(answer.usage.cache_write_1h ==
          count(nested(usage, "cache_creation"), "ephemeral_1h_input_tokens"));
    CHECK(answer.usage.total_output() == count(usage, "output_tokens"));
  }
}

TEST_CASE("an overloaded Claude fails with its own word, before and after it began") {
  const std::string error =
      "event: error\ndata: "
      "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"
      "\n\n";
  dialects::Answer answer = decode(Dialect::messages, error, 3);
  REQUIRE(answer.failure);
  CHECK(answer.failure->type == "overloaded_error");
}

TEST_CASE("a ping inside a block, an empty first delta and a call without arguments are read") {
  const std::string stream =
      "event: message_start\ndata: "
      "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"c\",\"usage\":{\"input_"
      "tokens\":3}}}\n\n"
      "event: content_block_start\ndata: "
      "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\","
      "\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n"
      "event: ping\ndata: {\"type\":\"ping\"}\n\n"
      "event: content_block_delta\ndata: "
      "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\","
      "\"partial_json\":\"\"}}\n\n"
      "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
      "event: message_delta\ndata: "
      "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_"
      "tokens\":4}}\n\n"
      "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    dialects::Answer answer = decode(Dialect::messages, stream, piece);
    Said out = said(answer);
    REQUIRE(out.calls.size() == 1);
    CHECK(out.calls[0]["arguments"] == Json::object());
    CHECK(answer.usage.input == 3);
    CHECK(answer.usage.output == 4);
  }
}

TEST_CASE("a second message_start in the middle does not start the answer anew") {
  std::filesystem::path base = fixtures("providers/anthropic");
  if (base.empty()) return;
  dialects::Answer answer = decode(
      Dialect::messages, read_all(base / "vercel-spliced-message-start-stream/response.sse"), 13);
  CHECK(answer.start.id == "msg_first");
  CHECK(said(answer).calls.size() == 2);
  CHECK_FALSE(answer.failure);
}
