#include "common/http/writer.h"

#include <string>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::http;

TEST_CASE("a request and a response head are written") {
  std::string out = "before|";
  HeadWriter writer(out);
  writer.request_line("POST", "/v1/chat/completions");
  writer.field("Host", "api.example.com");
  writer.field("Content-Length", std::uint64_t{120});
  REQUIRE(writer.finish().has_value());
  CHECK(out ==
        "before|POST /v1/chat/completions HTTP/1.1\r\nHost: api.example.com\r\n"
        "Content-Length: 120\r\n\r\n");

  std::string answer;
  HeadWriter status(answer);
  status.status_line(429);
  REQUIRE(status.finish().has_value());
  CHECK(answer == "HTTP/1.1 429 Too Many Requests\r\n\r\n");
}

TEST_CASE("nothing is written of a head with a byte that could end a line") {
  auto refuses = [](auto write) {
    std::string out = "before|";
    HeadWriter writer(out);
    writer.request_line("GET", "/");
    write(writer);
    writer.field("X-After", "1");
    Status status = writer.finish();
    return status.has_error() && status.error().code == ErrorCode::internal && out == "before|";
  };
  using namespace std::string_view_literals;
  CHECK(refuses([](HeadWriter& w) { w.field("X", "a\r\nSet-Cookie: b"); }));
  CHECK(refuses([](HeadWriter& w) { w.field("X", "a\nb"); }));
  CHECK(refuses([](HeadWriter& w) { w.field("X", "a\0b"sv); }));
  CHECK(refuses([](HeadWriter& w) { w.field("X", "long enough for a word \x7f"); }));
  CHECK(refuses([](HeadWriter& w) { w.field("X Y", "a"); }));
  CHECK(refuses([](HeadWriter& w) { w.field("X:", "a"); }));
  CHECK(refuses([](HeadWriter& w) { w.field("", "a"); }));
  CHECK(refuses([](HeadWriter& w) { w.request_line("GET", "/a HTTP/1.1\r\nX: y"); }));
  CHECK(refuses([](HeadWriter& w) { w.request_line("GET\r\n", "/"); }));
  CHECK(refuses([](HeadWriter& w) { w.request_line("GET", ""); }));
  CHECK(refuses([](HeadWriter& w) { w.status_line(1000); }));
}

TEST_CASE("a tab and bytes above ASCII may stand in a value") {
  CHECK(is_field_value("caf\xc3\xa9\tx, and some more bytes"));
  for (int c = 0; c < 256; ++c) {
    for (std::size_t at : {0, 3, 8, 11}) {
      std::string value(12, 'a');
      value[at] = static_cast<char>(c);
      bool expected = c == '\t' || (c >= 0x20 && c != 0x7F);
      CAPTURE(c);
      REQUIRE(is_field_value(value) == expected);
    }
  }
}
