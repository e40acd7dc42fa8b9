// What Cursor gets, byte for byte where the expected files say so.
#include "daemon/dialects/cursor/answers.h"

#include <doctest/doctest.h>

#include "daemon/dialects/chat/encode.h"
#include "daemon/dialects/cursor/model_name.h"
#include "tests/support/fixtures.h"

using namespace litegw;
using namespace litegw::dialects;
using namespace litegw::testing;

namespace {

AnswerOptions options() {
  AnswerOptions out;
  out.id = "chatcmpl-lg0001";
  out.model = "gpt-5.5";
  out.created = 1795000000;
  out.request_id = "req_01";
  out.include_usage = true;
  out.reasoning = config::Reasoning::hide;
  out.custom_calls = config::CustomCalls::function;
  out.errors_as_text = true;
  return out;
}

UsageEvent usage() {
  ledger::Usage counted{
      .input = 25310 - 24832, .cache_read = 24832, .output = 30, .reasoning = 12, .reported = true};
  return UsageEvent{counted};
}

std::string encoded(const Events& events) {
  chat::StreamEncoder encoder(options());
  std::string out;
  for (const Event& event : events)
    encoder.encode(event, out);
  encoder.finish(out);
  return out;
}

std::string expected(const char* name) {
  std::filesystem::path base = fixtures("cursor/expected");
  return base.empty() ? std::string() : read_all(base / name);
}

const Start start{"up", "m", 1};
const Stop tools{StopReason::tools, {}};

}  // namespace

TEST_CASE("parallel calls stream as the expected file says") {
  std::string want = expected("stream-parallel-tools.sse");
  if (want.empty()) return;
  Events events{start,
                ToolStart{0, "call_A1", "rg", ToolKind::function},
                ToolDelta{0, "{\"pattern\":"},
                ToolDelta{0, "\"foo\"}"},
                ToolStart{1, "call_B2", "rg", ToolKind::function},
                ToolDelta{1, "{\"pattern\":\"bar\"}"},
                Stop{StopReason::stop, {}},
                usage()};
  CHECK(encoded(events) == want);
}

TEST_CASE("row 16 and 17: a custom call goes to Cursor as a function with raw text") {
  std::string want = expected("stream-custom-as-function.sse");
  if (want.empty()) return;
  Events events{start,
                ToolStart{0, "call_P1", "ApplyPatch", ToolKind::custom},
                ToolDelta{0, "*** Begin Patch\n"},
                ToolDelta{0,
                          "*** Update File: src/app.cpp\n@@\n-int main() { return 1; }\n+int "
                          "main() { return 0; }\n*** End Patch\n"},
                tools,
                usage()};
  CHECK(encoded(events) == want);
}

TEST_CASE("a failure after the first chunk is told in the text and ends in form") {
  std::string want = expected("stream-midstream-error.sse");
  if (want.empty()) return;
  ledger::Usage counted{.input = 25310, .output = 30, .estimated = true};
  AnswerFailure failure{make_error(ErrorCode::upstream_error, "Overloaded"), "overloaded_error"};
  CHECK(encoded({start, TextDelta{"Working on"}, failure, UsageEvent{counted}}) == want);
}

TEST_CASE("row 29: a context that is too long makes Cursor compact it") {
  std::string want = expected("stream-context-overflow.sse");
  if (want.empty()) return;
  CHECK(cursor::overflow_stream(options()) == want);
}

TEST_CASE("the Verify button's reply is the expected one") {
  std::string want = expected("verify-reply.json");
  if (want.empty()) return;
  AnswerOptions probe = options();
  probe.model = "default";
  CHECK(Json::parse(cursor::verify_reply(probe)) == Json::parse(want));
}

TEST_CASE("thinking is hidden, wrapped or a field, as set, and never left open") {
  Events events{start, ReasoningDelta{"hm"}, ReasoningEnd{}, TextDelta{"yes"}, Stop{}};
  for (auto [how, text] : {std::pair{config::Reasoning::hide, ""},
                           {config::Reasoning::think, "<think>"},
                           {config::Reasoning::details, "<details>"},
                           {config::Reasoning::field, "reasoning_content"}}) {
    AnswerOptions chosen = options();
    chosen.reasoning = how;
    chat::StreamEncoder encoder(chosen);
    std::string out;
    for (const Event& event : events)
      encoder.encode(event, out);
    encoder.finish(out);
    CHECK((out.find("hm") != std::string::npos) == (how != config::Reasoning::hide));
    CHECK(out.find(text) != std::string::npos);
    CHECK((out.find("</think>") != std::string::npos) == (how == config::Reasoning::think));
  }
}

TEST_CASE("row 31: suffixes of the picker lead to the public model") {
  const std::vector<std::string> visible{"gpt-5.4", "gpt-5.4-mini", "Team-Sonnet", "claude-opus-5",
                                         "odd-high"};
  auto find = [&](const char* asked) {
    return cursor::find_model(asked, visible);
  };
  CHECK(find("gpt-5.4-mini-high")->name == "gpt-5.4-mini");
  CHECK(find("gpt-5.4-mini-high")->effort == "high");
  CHECK(find("claude-opus-5-thinking-high-fast")->fast);
  CHECK(find("claude-opus-5-thinking-high-fast")->effort == "high");
  CHECK(find("claude-opus-5-thinking")->thinking);
  CHECK(find("team-sonnet")->name == "Team-Sonnet");
  CHECK(find("gpt-5.4(high)")->effort == "high");
  CHECK(find("gpt-5.4:xhigh")->effort == "xhigh");
  CHECK(find("gpt-5.4-extra")->effort == "xhigh");
  CHECK(find("gpt-5.4-extra-high")->effort == "xhigh");
  CHECK(find("gpt-5.4-thinking-extra-high-fast")->effort == "xhigh");
  CHECK(find("odd-high")->effort.empty());  // an exact name is no suffix
  CHECK_FALSE(find("gpt-9-high"));
  CHECK_FALSE(find("gpt-5.4-unknown"));
  CHECK_FALSE(find(""));
}
