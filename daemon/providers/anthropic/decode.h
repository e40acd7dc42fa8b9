// Answers of Anthropic Messages into events. Pure.
#pragma once

#include <map>
#include <string>

#include "daemon/ledger/usage.h"
#include "daemon/providers/decoder.h"

namespace litegw::providers::anthropic {

class Decoder : public AnswerDecoder {
 protected:
  void stream_event(Json& data, dialects::Events& out) override;
  void whole_body(Json& body, dialects::Events& out) override;
  bool is_complete() const override { return stopped_; }
  void close(dialects::Events& out) override;

 private:
  struct Block {
    std::string type;
    int call = -1;
    std::string signature;
    std::string input;  // of a tool that runs at the provider
    Json opaque;
    bool has_input = false;
  };

  void message_start(Json& message, dialects::Events& out);
  void block_start(std::int64_t index, Json& content, dialects::Events& out);
  void block_delta(Block& block, Json& delta, dialects::Events& out);
  void block_stop(std::int64_t index, dialects::Events& out);
  void usage(const Json& value, dialects::Events& out);
  void stop(const Json& delta, dialects::Events& out);

  bool started_ = false;
  bool stopped_ = false;
  int calls_ = 0;
  std::map<std::int64_t, Block> blocks_;  // open ones
  Json usage_ = Json::object();           // merged: later values win
};

ledger::Usage messages_usage(const Json& usage);

}  // namespace litegw::providers::anthropic
