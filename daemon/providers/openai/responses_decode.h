// Answers of OpenAI Responses into events. Pure.
#pragma once

#include <map>
#include <string>

#include "daemon/ledger/usage.h"
#include "daemon/providers/decoder.h"

namespace litegw::providers::openai {

class ResponsesDecoder : public AnswerDecoder {
 protected:
  void stream_event(Json& data, dialects::Events& out) override;
  void whole_body(Json& body, dialects::Events& out) override;
  bool is_complete() const override { return terminal_; }
  void close(dialects::Events& out) override;

 private:
  // One output item, by output_index: GitHub Copilot changes item ids in mid-stream.
  struct Item {
    std::string type;
    int call = -1;
    bool has_deltas = false;
    std::size_t text_bytes = 0;  // streamed
    int summaries = 0;
  };

  void start(const Json& response, dialects::Events& out);
  void item_added(Json& data, dialects::Events& out);
  void item_done(Json& data, dialects::Events& out);
  void delta(Json& data, std::string_view type, dialects::Events& out);
  void tool_text(Item& item, Json& data, std::string_view member, bool is_delta,
                 dialects::Events& out);
  void whole_item(Json& item, dialects::Events& out);
  void begin_call(Item& item, const Json& value, dialects::Events& out);
  void finish_item(Item& item, Json& value, dialects::Events& out);
  void terminal(Json& response, dialects::Events& out);

  bool started_ = false;
  bool terminal_ = false;
  int calls_ = 0;
  std::map<std::int64_t, Item> items_;
};

ledger::Usage responses_usage(const Json& usage);

}  // namespace litegw::providers::openai
