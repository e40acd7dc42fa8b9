// Answers of OpenAI Chat Completions and of servers like it into events. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "daemon/ledger/usage.h"
#include "daemon/providers/decoder.h"

namespace litegw::providers::openai {

class ChatDecoder : public AnswerDecoder {
 protected:
  void stream_event(Json& data, dialects::Events& out) override;
  void whole_body(Json& body, dialects::Events& out) override;
  bool is_complete() const override { return stopped_; }
  void close(dialects::Events& out) override;

 private:
  struct Call {
    std::string id;
    bool has_arguments = false;
  };

  void start(const Json& body, dialects::Events& out);
  bool failure(Json& body, dialects::Events& out);
  void message(Json& message, dialects::Events& out);
  void content(Json& value, dialects::Events& out);
  void reasoning(std::string_view text, dialects::Events& out);
  void details(Json& list, dialects::Events& out);
  void end_reasoning(dialects::Events& out);
  void end_before_text(dialects::Events& out);
  void calls(Json& list, dialects::Events& out);
  void call(Json& entry, dialects::Events& out);
  int call_index(const Json& entry, bool is_new);
  void stop(const Json& choice, dialects::Events& out);

  bool is_whole_ = false;
  bool started_ = false;
  bool stopped_ = false;
  bool in_reasoning_ = false;
  bool saw_text_ = false;
  Json details_ = Json::array();  // OpenRouter's reasoning_details that wait for their end
  std::size_t details_bytes_ = 0;
  std::string id_;
  std::vector<Call> calls_;
  std::map<std::int64_t, int> places_;  // the upstream's index -> ours, for the newest call there
};

// Disjoint buckets from overlapping counts.
ledger::Usage chat_usage(const Json& usage);

}  // namespace litegw::providers::openai
