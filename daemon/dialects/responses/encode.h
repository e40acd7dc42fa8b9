// Events into OpenAI Responses answers: typed events with rising sequence numbers, or one response
// object. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "daemon/dialects/neutral/answer.h"

namespace litegw::dialects::responses {

class StreamEncoder : public AnswerEncoder {
 public:
  explicit StreamEncoder(AnswerOptions options) : options_(std::move(options)) {}
  void encode(const Event& event, std::string& out) override;
  void finish(std::string& out) override;

 private:
  enum class Open { nothing, message, reasoning };
  struct Call {
    std::size_t output_index = 0;
    std::string item_id;
    ToolCall call;
    bool done = false;
  };

  void begin(const Start& start, std::string& out);
  void event(std::string_view type, Json fields, std::string& out);
  std::size_t add_item(Json item, std::string& out);
  void item_done(std::size_t index, Json item, std::string& out);
  void text(std::string_view member, const std::string& delta, std::string& out);
  void reasoning(const std::string& delta, std::string& out);
  void close_message(std::string& out);
  void close_reasoning(const ReasoningState& state, std::string& out);
  void close_open(std::string& out);
  void tool_start(const ToolStart& start, std::string& out);
  void tool_delta(const ToolDelta& delta, std::string& out);
  void tool_end(Call& call, std::string& out);
  Json part() const;
  std::string item_id(std::string_view prefix) const;

  AnswerOptions options_;
  Json response_;  // without output and usage
  std::vector<Json> output_;
  std::map<int, Call> calls_;
  std::int64_t sequence_ = 0;
  Open open_ = Open::nothing;
  bool refusal_ = false;  // the open part is a refusal
  std::string text_;      // of the open item
  std::string phase_;
  std::vector<Json> annotations_;
  ledger::Usage usage_;
  std::optional<Stop> stop_;
  std::optional<AnswerFailure> failure_;
};

Json whole_answer(const Answer& answer, const AnswerOptions& options);
Json usage_json(const ledger::Usage& usage);

}  // namespace litegw::dialects::responses
