#include "common/http/url.h"

#include <string>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::http;

TEST_CASE("a URL is taken apart") {
  Url url = parse_url("HTTPS://Gateway.Example.com:8443/cursor/v1").value();
  CHECK(url.scheme == "https");
  CHECK(url.host == "gateway.example.com");
  CHECK(url.port == 8443);
  CHECK(url.path == "/cursor/v1");
  CHECK(url.authority() == "gateway.example.com:8443");
}

TEST_CASE("port and path have the scheme's defaults") {
  CHECK(parse_url("http://h").value().port == 80);
  CHECK(parse_url("https://h").value().port == 443);
  CHECK(parse_url("https://h:443").value().authority() == "h");
  CHECK(parse_url("https://h").value().path == "/");
}

TEST_CASE("an IPv6 address stands in brackets") {
  Url url = parse_url("http://[::1]:4000/x").value();
  CHECK(url.host == "::1");
  CHECK(url.authority() == "[::1]:4000");
  CHECK(parse_url("http://[::1").has_error());
  CHECK(parse_url("http://[x]/").has_error());
}

TEST_CASE("a query is taken only when it is asked for") {
  CHECK(parse_url("http://h/a?b=c").has_error());
  CHECK(parse_url("http://h/a?b=c", true).value().query == "b=c");
  CHECK(parse_url("http://h?b", true).value().path == "/");
}

TEST_CASE("what is no usable URL is refused with a reason") {
  for (const char* text : {"", "h:80", "ftp://h", "http://", "http:///x", "http://h:0",
                           "http://h:65536", "http://h:", "http://h:8x", "http://h/a b",
                           "http://h/#x", "http://a b/", "http://h/\r\nX: y"}) {
    CAPTURE(text);
    Result<Url> url = parse_url(text);
    REQUIRE(url.has_error());
    CHECK(url.error().code == ErrorCode::invalid_argument);
    CHECK_FALSE(url.error().hint.empty());
  }
}

TEST_CASE("a password in a URL is refused and not repeated") {
  Result<Url> url = parse_url("http://me:hunter2@h/");
  REQUIRE(url.has_error());
  CHECK(url.error().message.find("hunter2") == std::string::npos);
}
