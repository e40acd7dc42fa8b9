#include "daemon/server/verify_probe.h"

#include <doctest/doctest.h>

#include "common/base/json.h"

using namespace litegw;

namespace {

const std::string probe =
    R"({"messages":[{"role":"system","content":"You are a test assistant."},)"
    R"({"role":"user","content":"Testing. Just say hi and nothing else."}],"model":"default"})";

}  // namespace

TEST_CASE("Cursor's Verify probe is answered with its own model name") {
  const auto reply = server::verify_reply(probe, "req_1", Time(seconds(1'795'000'000)));
  REQUIRE(reply.has_value());
  const Json json = parse_json(*reply).value();
  CHECK(json["model"] == "default");
  CHECK(json["choices"][0]["message"]["content"] == "hi");
  CHECK(json["usage"]["total_tokens"] == 21);
  CHECK(json["created"] == 1'795'000'000);
}

TEST_CASE("a body that only resembles the probe is a request like any other") {
  std::string streamed = probe;
  streamed.insert(1, R"("stream":true,)");
  std::string other = probe;
  other.replace(other.find("hi and"), 2, "ho");
  for (const std::string& body :
       {streamed, other, std::string("{}"), std::string("nothing"), probe + std::string(5000, ' ')})
    CHECK_FALSE(server::verify_reply(body, "req_1", Time()).has_value());
}
