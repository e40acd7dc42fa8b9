#include "daemon/dialects/chat/tee.h"

#include <doctest/doctest.h>

namespace litegw::dialects::chat {
namespace {

const std::string hello =
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"real-2024","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"real-2024","choices":[{"index":0,"delta":{"content":"say \"usage\" \"model\":\"x\" café"},"finish_reason":null}],"usage":null})"
    "\n\n";
const std::string finish =
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"real-2024","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
    "\n\n";
const std::string usage =
    R"(data: {"id":"c1","model":"real-2024","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":5}}})"
    "\n\n";
const std::string done = "data: [DONE]\n\n";

struct Watched {
  std::string out;
  Status fed;
  Status ended;
  ledger::Usage usage;
  std::string finish_reason;
  bool has_usage = false;
};

Watched watch(const std::string& stream, std::size_t cut, TeeSettings settings) {
  JsonReader reader;
  Tee tee(reader, settings);
  Watched result;
  result.fed = tee.feed(std::string(stream, 0, cut), result.out);
  if (result.fed && cut < stream.size())
    result.fed = tee.feed(std::string(stream, cut), result.out);
  if (result.fed) result.ended = tee.finish(result.out);
  result.usage = tee.usage();
  result.has_usage = tee.has_usage();
  result.finish_reason = tee.finish_reason();
  return result;
}

Watched watch(const std::string& stream, TeeSettings settings = {}) {
  return watch(stream, stream.size(), settings);
}

std::string renamed(std::string text) {
  const std::string from = R"("model":"real-2024")";
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;)
    text.replace(at, from.size(), R"("model":"gpt")");
  return text;
}

TEST_CASE("a stream passes unchanged but for the model's name, however it is split") {
  TeeSettings settings;
  settings.model_json = R"("gpt")";
  settings.drop_usage_chunk = true;
  const std::string stream = ": ping\n\n" + hello + finish + usage + done;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    const Watched seen = watch(stream, cut, settings);
    REQUIRE(seen.fed.has_value());
    REQUIRE(seen.ended.has_value());
    CHECK(seen.out == ": ping\n\n" + renamed(hello + finish) + done);
    CHECK(seen.usage.input == 40);
    CHECK(seen.usage.cache_read == 60);
    CHECK(seen.usage.output == 15);
    CHECK(seen.usage.reasoning == 5);
    CHECK(seen.finish_reason == "stop");
  }
}

TEST_CASE("a client that asked for the usage chunk gets it") {
  CHECK(watch(hello + finish + usage + done).out == hello + finish + usage + done);
}

TEST_CASE("every kind of line end separates events") {
  const auto with = [](std::string text, const std::string& end) {
    std::string changed;
    for (const char c : text)
      c == '\n' ? changed += end : changed += c;
    return changed;
  };
  for (const char* end : {"\r\n", "\r"}) {
    const std::string stream = with(hello + finish + usage + done, end);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      CAPTURE(cut);
      const Watched seen = watch(stream, cut, {});
      REQUIRE(seen.fed.has_value());
      CHECK(seen.ended.has_value());
      CHECK(seen.has_usage);
      CHECK(seen.out.ends_with("data: [DONE]\n\n"));
    }
  }
}

TEST_CASE("data spread over several lines arrives as one line") {
  const Watched seen = watch(
      "\xEF\xBB\xBF"
      "data:{\"choices\":[{\"delta\":{\"content\":\"a\"},\ndata: "
      "\"finish_reason\":\"stop\"}]}\n\n" +
      done);
  REQUIRE(seen.ended.has_value());
  CHECK(seen.out ==
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}, \"finish_reason\":\"stop\"}]}\n\n" +
            done);
}

// litellm.md section 11: "failure shown as success".
TEST_CASE("an end in mid-answer is never shown as a finished answer") {
  const Watched eof = watch(hello);
  CHECK(eof.fed.has_value());
  REQUIRE_FALSE(eof.ended.has_value());
  CHECK(eof.ended.error().code == ErrorCode::upstream_bad_response);
  CHECK(eof.out.find("[DONE]") == std::string::npos);
  CHECK_FALSE(watch(hello + finish.substr(0, 40)).ended.has_value());
}

TEST_CASE("an empty stream is an error, with and without a [DONE]") {
  CHECK_FALSE(watch("").ended.has_value());
  CHECK_FALSE(watch(done).ended.has_value());
  CHECK_FALSE(watch(": ping\n\n").ended.has_value());
  CHECK_FALSE(watch("data: {}\n\n" + done).ended.has_value());
}

TEST_CASE("a finished answer without [DONE] gets one, also without its last empty line") {
  CHECK(watch(hello + finish).out.ends_with(done));
  const std::string unended = finish.substr(0, finish.size() - 2);
  const Watched seen = watch(hello + unended);
  CHECK(seen.ended.has_value());
  CHECK(seen.out == hello + finish + done);
}

TEST_CASE("an error object in a stream is an error, and what came before it is kept") {
  const Watched seen = watch(
      hello + "data: {\"error\":{\"message\":\"out of\\nmemory\",\"type\":\"server_error\"}}\n\n" +
      done);
  REQUIRE_FALSE(seen.fed.has_value());
  CHECK(seen.fed.error().code == ErrorCode::upstream_error);
  CHECK(seen.fed.error().message == "out of memory");
  CHECK(seen.out == hello);
}

TEST_CASE("garbage and HTML in a stream are errors") {
  for (const char* garbage : {"data: hello\n\n", "data: {\"choices\":[NaN]}\n\n", "data: [1]\n\n",
                              "data: <html>\n\n", "data:\n\n"}) {
    CAPTURE(garbage);
    CHECK(watch(garbage).fed.error().code == ErrorCode::upstream_bad_response);
  }
  CHECK_FALSE(watch("<html><body>Bad Gateway</body></html>\n\n").ended.has_value());
}

TEST_CASE("an event that never ends is refused at its bound") {
  TeeSettings settings;
  settings.max_event = 1000;
  JsonReader reader;
  Tee tee(reader, settings);
  std::string out;
  Status fed = tee.feed("data: \"", out);
  for (int i = 0; i < 20 && fed; ++i)
    fed = tee.feed(std::string(100, 'x'), out);
  REQUIRE_FALSE(fed.has_value());
  CHECK(out.empty());
}

TEST_CASE("a large event in small pieces is searched once") {
  JsonReader reader;
  Tee tee(reader, {});
  std::string out;
  REQUIRE(tee.feed("data: {\"choices\":[{\"delta\":{\"content\":\"", out).has_value());
  for (int i = 0; i < 4000; ++i)
    REQUIRE(tee.feed(std::string(256, 'x'), out).has_value());
  REQUIRE(tee.feed("\"},\"finish_reason\":\"stop\"}]}\r", out).has_value());
  REQUIRE(tee.feed("\n\r\n", out).has_value());
  CHECK(tee.finish(out).has_value());
  CHECK(tee.output_bytes() == 4000 * 256);
}

}  // namespace
}  // namespace litegw::dialects::chat
