// A gross regression of what translation costs is seen here, in a build without optimisation and
// with sanitizers; the true figures are bench_translate's (docs/performance.md).
#include <time.h>

#include <doctest/doctest.h>

#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/translate.h"
#include "tests/support/agent_body.h"

using namespace litegw;
using providers::Dialect;

namespace {

double cpu_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

}  // namespace

TEST_CASE("a body of 100 KiB is translated for Anthropic in far less than a quarter of a second") {
  const std::string text = testing::agent_body();
  REQUIRE(text.size() > 100 * 1024);
  const double begin = cpu_milliseconds();
  auto parsed = dialects::cursor::parse(Json::parse(text), true);
  REQUIRE(parsed.has_value());
  providers::Target target;
  target.model = "claude-opus-5";
  const auto translated = providers::translate(parsed->request, Dialect::messages, target, {});
  REQUIRE(translated.has_value());
  CHECK(dump(translated->written.body).size() > 100 * 1024);
  CHECK(cpu_milliseconds() - begin < 250);
}

TEST_CASE("a chunk of a translated stream costs far less than half a millisecond") {
  providers::AnswerTranslator::Settings settings;
  settings.upstream = Dialect::messages;
  settings.stream = true;
  providers::AnswerTranslator translator(settings, {}, {});
  std::string out;
  translator.feed(
      "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
      "{\"type\":\"text\",\"text\":\"\"}}\n\n",
      out);
  const std::string chunk =
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
      "\"delta\":{\"type\":\"text_delta\",\"text\":\" word\"}}\n\n";
  const double begin = cpu_milliseconds();
  for (int i = 0; i < 1000; ++i)
    translator.feed(chunk, out);
  CHECK(cpu_milliseconds() - begin < 500);
  CHECK(out.size() > 1000 * 100);
}
