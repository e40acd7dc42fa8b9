#include "common/http/writer.h"

#include <optional>
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

TEST_CASE("a block of fields is written as it was added, or refuses the whole head") {
  FieldBlock block;
  CHECK(block.empty());
  block.add("x-left", std::int64_t{-7});
  block.add("x-reset", std::int64_t{42}, "s");
  block.add("x-spent", "0.25");
  block.add_other(std::string("x-left-") + "gpt-4o", 3);
  const auto written = [](const FieldBlock& fields) -> std::optional<std::string> {
    std::string out;
    HeadWriter writer(out);
    writer.status_line(200);
    writer.fields(fields);
    const Status done = writer.finish();
    CHECK(done.has_value() != out.empty());
    if (!done) return std::nullopt;
    return out;
  };
  CHECK(
      written(block) ==
      "HTTP/1.1 200 OK\r\nx-left: -7\r\nx-reset: 42s\r\nx-spent: 0.25\r\nx-left-gpt-4o: 3\r\n\r\n");

  FieldBlock bad_value = block;
  bad_value.add("x-name", "a\r\nSet-Cookie: b");
  CHECK(!written(bad_value));
  FieldBlock bad_unit = block;
  bad_unit.add("x-reset", std::int64_t{1}, "\n");
  CHECK(!written(bad_unit));
  FieldBlock bad_name = block;
  bad_name.add_other("x-left:", 3);
  CHECK(!written(bad_name));
}
