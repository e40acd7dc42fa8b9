#include "common/http/body.h"

#include <string>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::http;

namespace {

constexpr Framing chunked{Framing::Kind::chunked, 0};

// Everything decoded; what is behind the body is left in `input`.
Result<std::string> read_all(BodyReader& reader, std::string_view& input) {
  std::string body;
  while (true) {
    Result<BodyReader::Piece> piece = reader.feed(input);
    if (!piece) return piece.error();
    body += piece.value().data;
    input.remove_prefix(piece.value().consumed);
    if (piece.value().done || piece.value().consumed == 0) return body;
  }
}

ErrorCode refusal_of(std::string_view input, const BodyLimits& limits = {}) {
  BodyReader reader(chunked, limits);
  Result<std::string> body = read_all(reader, input);
  REQUIRE(body.has_error());
  CHECK(reader.feed("0\r\n\r\n").has_error());
  return body.error().code;
}

}  // namespace

TEST_CASE("a body of known length ends there and leaves the next request") {
  BodyReader reader({Framing::Kind::length, 5}, {});
  std::string_view input = "helloGET /";
  Result<std::string> body = read_all(reader, input);
  CHECK(body.value() == "hello");
  CHECK(reader.done());
  CHECK(input == "GET /");
}

TEST_CASE("chunks are joined, extensions and trailers dropped") {
  BodyReader reader(chunked, {});
  std::string_view input =
      "5\r\nhello\r\n6;name=\"a;b\"\r\n world\r\n0;last\r\nX-Sum: 1\r\n\r\nGET /";
  Result<std::string> body = read_all(reader, input);
  CHECK(body.value() == "hello world");
  CHECK(reader.done());
  CHECK(input == "GET /");
}

TEST_CASE("a whole small chunked body takes one call") {
  BodyReader reader(chunked, {});
  std::string_view input = "5\r\nhello\r\n0\r\n\r\n";
  BodyReader::Piece piece = reader.feed(input).value();
  CHECK(piece.data == "hello");
  CHECK(piece.data.data() == input.data() + 3);
  CHECK(piece.consumed == input.size());
  CHECK(piece.done);
}

TEST_CASE("chunked framing that two programs could read differently is refused") {
  for (std::string_view input : {"\r\n",
                                 "g\r\n",
                                 "0x5\r\nhello\r\n",
                                 "-1\r\n",
                                 "+5\r\nhello\r\n",
                                 "5 \r\nhello\r\n",
                                 " 5\r\nhello\r\n",
                                 "5\nhello\r\n",
                                 "5\r\nhello\n",
                                 "5\r\nhelloo",
                                 "5;a\nhello\r\n",
                                 "5\rhello",
                                 "11111111111111111\r\n",
                                 "ffffffffffffffff\r\n",
                                 "0\r\n X: folded\r\n\r\n",
                                 "0\r\nX\r\n\r\n",
                                 "0\r\nX: a\n\r\n",
                                 "0\r\nX: a\rb\r\n\r\n",
                                 "0\r\n\n",
                                 "5;a\rb\r\nhello"}) {
    CAPTURE(std::string(input));
    CHECK(refusal_of(input) == ErrorCode::invalid_request);
  }
}

TEST_CASE("extensions and trailers are bounded") {
  CHECK(refusal_of("5;" + std::string(1024, 'a')) == ErrorCode::invalid_request);
  CHECK(refusal_of("0\r\nX: " + std::string(8192, 'a')) == ErrorCode::invalid_request);
  std::string many;
  for (int i = 0; i < 30; ++i)
    many += "1;" + std::string(1000, 'a') + "\r\nx\r\n";
  CHECK(refusal_of(many) == ErrorCode::invalid_request);
}

TEST_CASE("a body over its limit is refused before it is read") {
  CHECK(refusal_of("b\r\nh", {.max_body = 10}) == ErrorCode::body_too_large);
  BodyReader reader({Framing::Kind::length, 11}, {.max_body = 10});
  CHECK(reader.feed("h").error().code == ErrorCode::body_too_large);
  BodyReader endless({Framing::Kind::until_close, 0}, {.max_body = 10});
  CHECK(endless.feed("0123456789").has_value());
  CHECK(endless.feed("a").error().code == ErrorCode::body_too_large);
}

TEST_CASE("a body that is cut is no body") {
  BodyReader counted({Framing::Kind::length, 5}, {});
  CHECK(counted.feed("hell").has_value());
  CHECK(counted.finish().has_error());
  BodyReader in_chunks(chunked, {});
  CHECK(in_chunks.feed("5\r\nhello\r\n").has_value());
  CHECK(in_chunks.finish().has_error());
  BodyReader endless({Framing::Kind::until_close, 0}, {});
  CHECK(endless.feed("hello").has_value());
  CHECK(endless.finish().has_value());
  CHECK(endless.done());
}

TEST_CASE("no body is done before it starts") {
  BodyReader reader({}, {});
  CHECK(reader.done());
  CHECK(reader.feed("GET /").value().consumed == 0);
}

TEST_CASE("a chunk header is the size in hexadecimal") {
  CHECK(chunk_header(26) == "1a\r\n");
  CHECK(chunk_header(SIZE_MAX) == "ffffffffffffffff\r\n");
}
