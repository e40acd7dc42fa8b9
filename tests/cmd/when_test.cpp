#include "cmd/when.h"

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::cmd;

namespace {

const Time now = *parse_rfc3339("2026-11-23T10:00:00Z");

std::string since(std::string_view text) {
  Result<Time> time = parse_when(text, Edge::since, now, "--since");
  return time ? to_rfc3339(*time) : "none";
}

std::string until(std::string_view text) {
  Result<Time> time = parse_when(text, Edge::until, now, "--until");
  return time ? to_rfc3339(*time) : "none";
}

}  // namespace

TEST_CASE("a time is typed as people say it") {
  CHECK(since("10m") == "2026-11-23T09:50:00Z");
  CHECK(since("30d") == "2026-10-24T10:00:00Z");
  CHECK(since("now") == "2026-11-23T10:00:00Z");
  CHECK(since("today") == "2026-11-23T00:00:00Z");
  CHECK(since("yesterday") == "2026-11-22T00:00:00Z");
  CHECK(since("2026-11") == "2026-11-01T00:00:00Z");
  CHECK(since("2026-11-20") == "2026-11-20T00:00:00Z");
  CHECK(since("2026-11-20 09:30") == "2026-11-20T09:30:00Z");
  CHECK(since("2026-11-20 09:30:05") == "2026-11-20T09:30:05Z");
  CHECK(since("2026-11-20T09:30:00+02:00") == "2026-11-20T07:30:00Z");
}

TEST_CASE("as an end, a period means its end") {
  CHECK(until("2026-11") == "2026-12-01T00:00:00Z");
  CHECK(until("2026-12") == "2027-01-01T00:00:00Z");
  CHECK(until("2026-11-20") == "2026-11-21T00:00:00Z");
  CHECK(until("yesterday") == "2026-11-23T00:00:00Z");
  CHECK(until("today") == "2026-11-24T00:00:00Z");
  CHECK(until("10m") == "2026-11-23T09:50:00Z");
}

TEST_CASE("what is no time is refused") {
  for (const char* text : {"", "soon", "2026-13", "2026-00", "2026-11-31", "2026-02-30", "20261120",
                           "2026-11-20 9:30", "2026-11-20 24:00", "10", "-5m", "5y"})
    CHECK_MESSAGE(since(text) == "none", text);
}

TEST_CASE("a key expires ahead, never in the past") {
  CHECK(to_rfc3339(parse_expiry("90d", now).value()) == "2027-02-21T10:00:00Z");
  CHECK(to_rfc3339(parse_expiry("2027-01-01", now).value()) == "2027-01-01T00:00:00Z");
  CHECK(parse_expiry("2026-11-23", now).has_error());
  CHECK(parse_expiry("2026-11-23T09:59:59Z", now).has_error());
  CHECK(parse_expiry("tomorrow", now).has_error());
}
