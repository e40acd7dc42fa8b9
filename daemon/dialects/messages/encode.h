// Events into Anthropic Messages answers: content blocks that never interleave, or one message.
// Pure.
#pragma once

#include <map>
#include <string>

#include "common/base/json.h"
#include "daemon/dialects/neutral/answer.h"

namespace litegw::dialects::messages {

class StreamEncoder : public AnswerEncoder {
 public:
  explicit StreamEncoder(AnswerOptions options) : options_(std::move(options)) {}
  void encode(const Event& event, std::string& out) override;
  void finish(std::string& out) override;

 private:
  enum class Open { nothing, text, thinking, tool };
  // A call whose block waits until the one before it is closed.
  struct Waiting {
    ToolStart start;
    std::string text;
    bool ended = false;
  };

  void begin(std::string& out);
  void start_block(Open kind, const Json& block, std::string& out);
  void delta(std::string_view type, std::string_view member, std::string_view text,
             std::string& out);
  void close(std::string& out);
  void text(const std::string& delta_text, std::string& out);
  void reasoning_end(const ReasoningState& state, std::string& out);
  void open_tool(const ToolStart& start, std::string& out);
  void tool_text(std::string_view piece, std::string& out);
  void tool_end(int index, std::string& out);
  void next_waiting(std::string& out);

  AnswerOptions options_;
  Start start_;
  bool begun_ = false;
  Open open_ = Open::nothing;
  int block_ = -1;
  int tool_ = -1;  // index of the open tool block
  ToolKind tool_kind_ = ToolKind::function;
  bool had_tools_ = false;
  std::map<int, Waiting> waiting_;
  std::string late_text_;  // text that came while a tool block was open
  ledger::Usage usage_;
  std::optional<Stop> stop_;
  std::optional<AnswerFailure> failure_;
};

Json whole_answer(const Answer& answer, const AnswerOptions& options);
// Input without what the cache buckets count.
Json usage_json(const ledger::Usage& usage);

// {"type":"error","error":{...},"request_id":...}: the body of every refusal in this dialect.
std::string error_body(const Error& error, std::string_view request_id);
// The dialect's word for an error: invalid_request_error, rate_limit_error, ...
std::string_view error_type(ErrorCode code);

}  // namespace litegw::dialects::messages
