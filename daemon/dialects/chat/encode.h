// Events into OpenAI Chat Completions answers: chunks of a stream, or one chat.completion. What
// Cursor needs differently is chosen by the options. Pure.
#pragma once

#include <string>
#include <unordered_map>

#include "common/base/json.h"
#include "daemon/dialects/neutral/answer.h"

namespace litegw::dialects::chat {

class StreamEncoder : public AnswerEncoder {
 public:
  explicit StreamEncoder(AnswerOptions options) : options_(std::move(options)) {}
  void encode(const Event& event, std::string& out) override;
  void finish(std::string& out) override;

 private:
  void begin(const Start& start, std::string& out);
  void chunk(std::string_view delta, std::string& out);
  void text_chunk(std::string_view member, std::string_view text, std::string& out);
  void content(std::string_view text, std::string& out);
  void refusal(std::string_view text, std::string& out);
  void reasoning(std::string_view text, std::string& out);
  void end_reasoning(std::string& out);
  void tool_start(const ToolStart& start, std::string& out);
  void tool_delta(const ToolDelta& delta, std::string& out);
  void failure(std::string& out);
  void end_chunk(std::string_view finish_reason, std::string& out);

  AnswerOptions options_;
  std::string head_;  // of every chunk, up to and with `"choices":`
  std::unordered_map<int, ToolKind> tools_;
  ledger::Usage usage_;
  std::optional<Stop> stop_;
  std::optional<AnswerFailure> failure_;
  bool in_reasoning_ = false;
  bool sent_content_ = false;
};

Json whole_answer(const Answer& answer, const AnswerOptions& options);

// {"prompt_tokens":...}; the details only when the provider reported them.
Json usage_json(const ledger::Usage& usage);
std::string_view finish_reason(StopReason reason);

}  // namespace litegw::dialects::chat
