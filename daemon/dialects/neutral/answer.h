// The answering side of a client dialect: options of one answer, the encoder every dialect
// implements for streams, and a whole answer gathered from events.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/dialects/neutral/event.h"

namespace litegw::dialects {

struct AnswerOptions {
  std::string id;            // of the answer, with the dialect's prefix; empty = the upstream's
  std::string model;         // what the client asked for
  std::int64_t created = 0;  // seconds since 1970
  std::string request_id;    // ours, named in errors
  bool include_usage = false;
  // Chat only
  config::Reasoning reasoning = config::Reasoning::field;
  config::CustomCalls custom_calls = config::CustomCalls::custom;
  // Cursor turns an error object inside a stream into "invalid_argument": the text goes in instead.
  bool errors_as_text = false;
};

// Events into the bytes of a stream. One per answer; not thread-safe.
class AnswerEncoder {
 public:
  virtual ~AnswerEncoder() = default;
  virtual void encode(const Event& event, std::string& out) = 0;
  // After the last event: what ends the stream.
  virtual void finish(std::string& out) = 0;
};

// A whole answer: what a body that is not streamed says.
struct Answer {
  Start start;
  std::vector<Part> parts;
  std::vector<Json> annotations;
  ledger::Usage usage;
  std::optional<Stop> stop;
  std::optional<AnswerFailure> failure;

  bool has_calls() const;
  // Tools were called, whatever the upstream said: Gemini and Ollama say "stop" then too.
  StopReason reason() const;
};

// Gathers events into an Answer.
class AnswerCollector {
 public:
  void see(const Event& event);
  Answer take() { return std::move(answer_); }
  const Answer& answer() const { return answer_; }

 private:
  ToolCall* call(int index);

  Answer answer_;
  std::vector<std::size_t> calls_;  // by tool index: place in parts
  bool text_open_ = false;
  bool reasoning_open_ = false;
};

}  // namespace litegw::dialects
