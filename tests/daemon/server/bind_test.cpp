// Listening sockets. That descriptors run out is an end-to-end test: the sanitizers need some
// themselves.
#include "daemon/server/bind.h"

#include <doctest/doctest.h>

using namespace litegw;

TEST_CASE("addresses to listen on are read, or refused with how to write them") {
  CHECK(server::to_text(*server::parse_listen("127.0.0.1:4000")) == "127.0.0.1:4000");
  CHECK(server::to_text(*server::parse_listen("[::1]:80")) == "[::1]:80");
  CHECK(server::to_text(*server::parse_listen(":4000")) == "0.0.0.0:4000");
  CHECK(server::to_text(*server::parse_listen("localhost:1")) == "127.0.0.1:1");
  for (const char* wrong : {"", "4000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "host:1",
                            "127.0.0.1:4000x", "::1:80:"})
    CHECK_MESSAGE(server::parse_listen(wrong).has_error(), wrong);
}

TEST_CASE("a port that another daemon serves is refused although both would share it") {
  const auto any = server::parse_listen("127.0.0.1:0");
  const auto first = server::bind_loops(*any, 2);
  REQUIRE(first.has_value());
  CHECK(first->descriptors.size() == 2);
  const auto second = server::bind_loops(first->endpoint, 2);
  REQUIRE(second.has_error());
  CHECK(second.error().message.find("in use") != std::string::npos);
}
