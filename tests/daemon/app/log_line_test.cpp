#include "daemon/app/log_line.h"

#include <doctest/doctest.h>

#include "common/base/json.h"

using namespace litegw;
using app::log_line;
using app::LogStyle;

namespace {

const Time noon = *parse_rfc3339("2026-11-23T12:00:00Z");

}  // namespace

TEST_CASE("a log event is one logfmt line: words, then pairs") {
  CHECK(log_line({}, noon, spdlog::level::warn, "restart needed for=\"server.listen\" count=2") ==
        "time=2026-11-23T12:00:00.000Z level=warning msg=\"restart needed\" "
        "for=\"server.listen\" count=2\n");
  CHECK(log_line({}, noon, spdlog::level::info, "a = \"b\"") ==
        "time=2026-11-23T12:00:00.000Z level=info msg=\"a = \\\"b\\\"\"\n");
}

TEST_CASE("journald gets its priority and no time") {
  LogStyle journal;
  journal.journal = true;
  CHECK(log_line(journal, noon, spdlog::level::err, "it failed") ==
        "<3>level=error msg=\"it failed\"\n");
  CHECK(log_line(journal, noon, spdlog::level::debug, "x").starts_with("<7>"));
}

TEST_CASE("a log event is one JSON object with its pairs as members") {
  LogStyle style;
  style.json = true;
  const std::string line =
      log_line(style, noon, spdlog::level::info, "listening address=1.2.3.4:5 why=\"two words\"");
  CHECK(
      line ==
      R"({"time":"2026-11-23T12:00:00.000Z","level":"info","msg":"listening","address":"1.2.3.4:5","why":"two words"})"
      "\n");
}

TEST_CASE("control bytes from outside cannot forge a second line") {
  for (const bool json : {false, true}) {
    LogStyle style;
    style.json = json;
    const std::string line =
        log_line(style, noon, spdlog::level::info, "path=\"/a\nlevel=error msg=forged\x1b[2J\"");
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(line.find('\x1b') == std::string::npos);
  }
}
