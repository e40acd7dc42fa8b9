#include "common/http/sse.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::http;

namespace {

struct Seen {
  std::string type, data, id;
  bool operator==(const Seen&) const = default;
};

// The events of `stream`, given to the parser in pieces of `step` bytes.
std::vector<Seen> events_of(std::string_view stream, std::size_t step) {
  SseParser parser;
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    Status fed = parser.feed(stream.substr(at, step), [&](const SseEvent& event) {
      seen.push_back({std::string(event.type), std::string(event.data), std::string(event.id)});
    });
    REQUIRE(fed.has_value());
  }
  return seen;
}

void check_events(std::string_view stream, const std::vector<Seen>& expected) {
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    CAPTURE(step);
    REQUIRE(events_of(stream, step) == expected);
  }
}

}  // namespace

TEST_CASE("events are told apart whatever ends their lines") {
  check_events("data: a\n\ndata: b\n\n", {{"message", "a", ""}, {"message", "b", ""}});
  check_events("data: a\r\n\r\ndata: b\r\n\r\n", {{"message", "a", ""}, {"message", "b", ""}});
  check_events("data: a\r\rdata: b\r\r", {{"message", "a", ""}, {"message", "b", ""}});
  check_events("data: a\r\n\ndata: b\r\r\n", {{"message", "a", ""}, {"message", "b", ""}});
}

TEST_CASE("type, id, several data lines and comments are read as the standard says") {
  check_events(": hello\nevent: delta\nid: 7\ndata: one\ndata:two\ndata\n\ndata:  x\n\n",
               {{"delta", "one\ntwo\n", "7"}, {"message", " x", "7"}});
  check_events("event: only\n\nretry: 5\nunknown: x\n\n", {});
  check_events("data\n\n", {{"message", "", ""}});
  check_events("data:\ndata: b\n\n", {{"message", "\nb", ""}});
  check_events("data: a\ndata:\n\n", {{"message", "a\n", ""}});
}

TEST_CASE("a byte order mark is skipped at the start only") {
  check_events(
      "\xEF\xBB\xBF"
      "data: a\n\n",
      {{"message", "a", ""}});
  check_events(
      "data: a\n\n\xEF\xBB\xBF"
      "data: b\n\n",
      {{"message", "a", ""}});
}

TEST_CASE("split characters come out whole") {
  check_events("data: gr\xC3\xBC\xC3\x9F\xE2\x82\xAC \xF0\x9F\x98\x80\n\n",
               {{"message", "gr\xC3\xBC\xC3\x9F\xE2\x82\xAC \xF0\x9F\x98\x80", ""}});
}

TEST_CASE("an event that arrives whole is not copied") {
  SseParser parser;
  std::string_view input = "data: {\"a\":1}\n\n";
  const char* data = nullptr;
  REQUIRE(parser.feed(input, [&](const SseEvent& event) { data = event.data.data(); }).has_value());
  CHECK(data == input.data() + 6);
}

TEST_CASE("an event without end is told") {
  SseParser parser;
  auto ignore = [](const SseEvent&) {
  };
  REQUIRE(parser.feed("data: a\n\n", ignore).has_value());
  CHECK_FALSE(parser.mid_event());
  REQUIRE(parser.feed("data: b", ignore).has_value());
  CHECK(parser.mid_event());
  REQUIRE(parser.feed("\n", ignore).has_value());
  CHECK(parser.mid_event());
  REQUIRE(parser.feed("\n", ignore).has_value());
  CHECK_FALSE(parser.mid_event());
}

TEST_CASE("a line or an event over the limit is refused, in one piece or many") {
  auto ignore = [](const SseEvent&) {
  };
  std::string line = "data: " + std::string(94, 'a');
  for (std::size_t step : {1, 7, 1000}) {
    CAPTURE(step);
    auto feed = [&](std::string_view stream) {
      SseParser parser(100);
      Status status;
      for (std::size_t at = 0; at < stream.size() && status.has_value(); at += step) {
        status = parser.feed(stream.substr(at, step), ignore);
      }
      return status;
    };
    std::string event = line + "\n\n";
    CHECK(feed(event + event).has_value());
    CHECK(feed(line + "a").error().code == ErrorCode::upstream_bad_response);
    CHECK(feed(line + "a\n\n").error().code == ErrorCode::upstream_bad_response);
    CHECK(feed("data: a\n" + line + "\n\n").error().code == ErrorCode::upstream_bad_response);
  }
}

TEST_CASE("a megabyte of CR line ends is read in one pass") {
  std::string stream;
  for (int i = 0; i < 100000; ++i)
    stream += "data: x\r\r";
  CHECK(events_of(stream, stream.size()).size() == 100000);
}
