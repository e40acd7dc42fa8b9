#include "common/http/head.h"

#include <string>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::http;

namespace {

ErrorCode refusal_of(const std::string& head) {
  RequestHead parsed;
  Status status = parse_request_head(head, {}, parsed);
  REQUIRE(status.has_error());
  return status.error().code;
}

ErrorCode response_refusal_of(const std::string& head) {
  ResponseHead parsed;
  Status status = parse_response_head(head, {}, "GET", parsed);
  REQUIRE(status.has_error());
  return status.error().code;
}

}  // namespace

TEST_CASE("a request head is read into views") {
  std::string head =
      "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: gateway:4000\r\nContent-Length: 12\r\n"
      "Authorization:\t Bearer sk-1 \t\r\nX-Empty:\r\n\r\n";
  RequestHead parsed;
  REQUIRE(parse_request_head(head, {}, parsed).has_value());
  CHECK(parsed.method == "POST");
  CHECK(parsed.target == "/v1/chat/completions?x=1");
  CHECK(parsed.path == "/v1/chat/completions");
  CHECK(parsed.query == "x=1");
  CHECK(parsed.host == "gateway:4000");
  CHECK(parsed.framing.kind == Framing::Kind::length);
  CHECK(parsed.framing.length == 12);
  CHECK(parsed.fields.find("authorization") == "Bearer sk-1");
  CHECK(parsed.fields.find("x-empty") == "");
  CHECK_FALSE(parsed.fields.find("x-none").has_value());
  CHECK(parsed.keep_alive);
}

TEST_CASE("a head that is used again forgets the request before") {
  RequestHead parsed;
  REQUIRE(parse_request_head("POST /?a HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\n"
                             "Content-Length: 3\r\n\r\n",
                             {}, parsed)
              .has_value());
  REQUIRE(parse_request_head("GET / HTTP/1.1\r\nHost: h\r\n\r\n", {}, parsed).has_value());
  CHECK(parsed.query.empty());
  CHECK(parsed.framing.kind == Framing::Kind::none);
  CHECK(parsed.fields.size() == 1);
  CHECK(parsed.keep_alive);
  CHECK_FALSE(parsed.expect_continue);
}

TEST_CASE("Connection is read as a list and close wins") {
  RequestHead parsed;
  auto keeps = [&](const std::string& version, const std::string& fields) {
    std::string head = "GET / HTTP/" + version + "\r\nHost: h\r\n" + fields + "\r\n";
    REQUIRE(parse_request_head(head, {}, parsed).has_value());
    return parsed.keep_alive;
  };
  CHECK(keeps("1.1", ""));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
  CHECK(keeps("1.0", "Connection: te , keep-alive\r\n"));
  CHECK_FALSE(keeps("1.1", "Connection: te,Close\r\n"));
  CHECK_FALSE(keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  CHECK(keeps("1.1", "Connection: closed\r\n"));
}

TEST_CASE("the end of a head is found however it is split") {
  std::string head = "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  std::string buffer;
  std::size_t scanned = 0;
  for (std::size_t size = 1; size < head.size(); ++size) {
    buffer = head.substr(0, size);
    REQUIRE(find_head_end(buffer, scanned) == 0);
  }
  CHECK(find_head_end(head + "body", scanned) == head.size());
}

TEST_CASE("a bare LF ends the search, so that the request is refused at once") {
  std::size_t scanned = 0;
  std::string head = "GET / HTTP/1.1\nHost: h\n";
  std::size_t end = find_head_end(head, scanned);
  CHECK(end == std::string("GET / HTTP/1.1\n").size());
  CHECK(refusal_of(head.substr(0, end)) == ErrorCode::invalid_request);
}

TEST_CASE("limits have a status each") {
  std::string rest = " HTTP/1.1\r\nHost: h\r\n\r\n";
  std::string host = "GET / HTTP/1.1\r\nHost: h\r\n";
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "A: b\r\n";
  CHECK(refusal_of("GET /" + std::string(8192, 'a') + rest) == ErrorCode::target_too_long);
  CHECK(refusal_of(host + "A: " + std::string(16384, 'a') + "\r\n\r\n") ==
        ErrorCode::header_too_large);
  CHECK(refusal_of(host + many + "\r\n") == ErrorCode::header_too_large);
  CHECK(head_too_large(std::string(32768, 'a'), {}).code == ErrorCode::target_too_long);
  CHECK(head_too_large(host + std::string(32768, 'a'), {}).code == ErrorCode::header_too_large);
}

TEST_CASE("an absolute target is reduced when it names the same host") {
  RequestHead parsed;
  std::string head = "GET http://H:80/a?b HTTP/1.1\r\nHost: h\r\n\r\n";
  REQUIRE(parse_request_head(head, {}, parsed).has_value());
  CHECK(parsed.target == "/a?b");
  CHECK(refusal_of("GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n") == ErrorCode::invalid_request);
}

TEST_CASE("a response head is read into views") {
  ResponseHead parsed;
  std::string head = "HTTP/1.1 200 All right\r\nTransfer-Encoding: Chunked\r\n\r\n";
  REQUIRE(parse_response_head(head, {}, "POST", parsed).has_value());
  CHECK(parsed.status == 200);
  CHECK(parsed.reason == "All right");
  CHECK(parsed.framing.kind == Framing::Kind::chunked);
  CHECK(parsed.keep_alive);
}

TEST_CASE("a response has no body after HEAD, 204 and 304, and lasts until close without length") {
  ResponseHead parsed;
  auto kind = [&](const std::string& status, const std::string& fields, const char* method) {
    std::string head = "HTTP/1.1 " + status + "\r\n" + fields + "\r\n";
    REQUIRE(parse_response_head(head, {}, method, parsed).has_value());
    return parsed.framing.kind;
  };
  CHECK(kind("200 OK", "Content-Length: 5\r\n", "HEAD") == Framing::Kind::none);
  CHECK(kind("304 Not Modified", "Content-Length: 5\r\n", "GET") == Framing::Kind::none);
  CHECK(kind("204 No Content", "", "GET") == Framing::Kind::none);
  CHECK(kind("100", "", "POST") == Framing::Kind::none);
  CHECK(kind("200 OK", "", "GET") == Framing::Kind::until_close);
  CHECK_FALSE(parsed.keep_alive);
}

TEST_CASE("a response that two programs could read differently is refused") {
  for (std::string fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                             "Content-Length: 5\r\nContent-Length: 5\r\n", "X: a\r\n b\r\n",
                             "X : a\r\n", "X: a\nY: b\r\n"}) {
    CHECK(response_refusal_of("HTTP/1.1 200 OK\r\n" + fields + "\r\n") ==
          ErrorCode::upstream_bad_response);
  }
  CHECK(response_refusal_of("HTTP/1.1 101 Switching\r\n\r\n") == ErrorCode::upstream_bad_response);
  CHECK(response_refusal_of("HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n") ==
        ErrorCode::upstream_bad_response);
}
