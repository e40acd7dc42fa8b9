#include "daemon/providers/pass_through.h"

#include <doctest/doctest.h>

using namespace litegw::providers;

namespace {

std::string passed(bool stream, const std::string& bytes, std::size_t step,
                   std::string_view credential = "sk-secret") {
  PassThrough pass(stream, "team \"x\"", credential);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += step)
    pass.feed(std::string_view(bytes).substr(at, step), out);
  pass.finish(out);
  return out;
}

const std::string events =
    ": hello\n\nevent: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\", "
    "\"model\" : \"claude-5\",\"new\":[1, 2.50]}}\n\n"
    "event: delta\r\ndata: {\"text\":\"the \\\"model\\\": is sk-secret\"}\r\n\r\n"
    "data: {\"response\":{\"model\":\"claude-5\",\"tools\":[{\"model\":\"inner\"}]}}\n\n"
    "data: [DONE]\n\n";

}  // namespace

TEST_CASE("a passed stream has the client's model, no credential, and is otherwise as it came") {
  const std::string expected =
      ": hello\n\nevent: message_start\ndata: "
      "{\"type\":\"message_start\",\"message\":{\"id\":\"m\", "
      "\"model\" : \"team \\\"x\\\"\",\"new\":[1, 2.50]}}\n\n"
      "event: delta\r\ndata: {\"text\":\"the \\\"model\\\": is [secret]\"}\r\n\r\n"
      "data: {\"response\":{\"model\":\"team \\\"x\\\"\",\"tools\":[{\"model\":\"inner\"}]}}\n\n"
      "data: [DONE]\n\n";
  for (std::size_t step = 1; step <= events.size(); ++step)
    REQUIRE(passed(true, events, step) == expected);
}

TEST_CASE("an event goes on as soon as it is whole, not sooner") {
  PassThrough pass(true, "m", "");
  std::string out;
  pass.feed("data: {\"a\":1}\n", out);
  CHECK(out.empty());
  pass.feed("\ndata: {\"b\"", out);
  CHECK(out == "data: {\"a\":1}\n\n");
  pass.finish(out);
  CHECK(out == "data: {\"a\":1}\n\ndata: {\"b\"");
}

TEST_CASE("a passed body is renamed at its top and in its answer only") {
  const std::string body =
      R"({"model":"claude-5","content":[{"model":"inner"}],"message":{"model":"claude-5"}})";
  CHECK(passed(false, body, 7) ==
        R"({"model":"team \"x\"","content":[{"model":"inner"}],"message":{"model":"team \"x\""}})");
  CHECK(passed(false, "{\"model\": broken", 3) == "{\"model\": broken");
  CHECK(passed(false, "", 1).empty());
}
