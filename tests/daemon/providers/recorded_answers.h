// Decodes one recorded answer and compares it with what an independent accumulator made of it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "daemon/dialects/neutral/answer.h"
#include "daemon/providers/translate.h"
#include "tests/support/fixtures.h"

namespace litegw::testing {

inline dialects::Answer decode(providers::Dialect dialect, const std::string& bytes,
                               std::size_t piece) {
  auto decoder = providers::make_decoder(dialect);
  dialects::AnswerCollector collector;
  dialects::Events events;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    decoder->feed(std::string_view(bytes).substr(at, piece), events);
  decoder->finish(events);
  for (const dialects::Event& event : events)
    collector.see(event);
  return collector.take();
}

struct Said {
  std::string text, reasoning, refusal;
  Json calls = Json::array();
  std::int64_t signatures = 0, redacted = 0;
};

inline Said said(const dialects::Answer& answer) {
  Said out;
  for (const dialects::Part& part : answer.parts) {
    if (auto* text = part.as<dialects::Text>()) out.text += text->text;
    if (auto* refusal = part.as<dialects::Refusal>()) out.refusal += refusal->text;
    if (auto* reasoning = part.as<dialects::Reasoning>()) {
      out.reasoning += reasoning->text;
      if (reasoning->state.redacted)
        ++out.redacted;
      else if (!reasoning->state.blob.empty())
        ++out.signatures;
    }
    if (auto* call = part.as<dialects::ToolCall>()) {
      bool custom = call->kind == dialects::ToolKind::custom;
      Json arguments =
          custom ? Json(call->arguments) : Json::parse(call->arguments, nullptr, false);
      out.calls.push_back(Json{{"id", call->id},
                               {"name", call->name},
                               {"kind", custom ? "custom" : "function"},
                               {"arguments", std::move(arguments)}});
    }
  }
  return out;
}

inline void check_answer(const Json& expect, const dialects::Answer& answer) {
  Said out = said(answer);
  CHECK(out.text == expect["text"].get<std::string>());
  CHECK(out.reasoning == expect["reasoning_text"].get<std::string>());
  CHECK(unordered(out.calls) == unordered(expect["tool_calls"]));
  if (expect.contains("refusal")) CHECK(out.refusal == expect["refusal"].get<std::string>());
  if (expect.contains("signatures"))
    CHECK(out.signatures == expect["signatures"].get<std::int64_t>());
  if (expect.contains("redacted_blocks"))
    CHECK(out.redacted == expect["redacted_blocks"].get<std::int64_t>());
  if (expect.contains("error")) {
    REQUIRE(answer.failure);
    CHECK(answer.failure->error.message.find(
              expect["error"]["message"].get<std::string>().substr(0, 40)) != std::string::npos);
    return;
  }
  CHECK_FALSE(answer.failure);
  REQUIRE(answer.stop);
}

// Whole, and split at every `step` bytes: one for short recordings.
inline void check_recording(providers::Dialect dialect, const std::filesystem::path& folder) {
  std::filesystem::path body = folder / "response.sse";
  if (!std::filesystem::exists(body)) body = folder / "response.json";
  std::string bytes = read_all(body);
  Json expect = read_json(folder / "expect.json");
  CAPTURE(folder.filename().string());
  for (std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{7}, std::size_t{1000}})
    if (piece <= bytes.size() && (piece > 1 || bytes.size() < 120000)) {
      CAPTURE(piece);
      check_answer(expect, decode(dialect, bytes, piece));
    }
}

inline std::int64_t count(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}
inline Json nested(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : Json::object();
}

}  // namespace litegw::testing
