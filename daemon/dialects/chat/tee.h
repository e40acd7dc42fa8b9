// Watches a Chat Completions event stream on its way from the upstream to the client: judges each
// event, writes the model's name that the client asked for, takes the usage chunk out when only we
// asked for it, and collects usage and finish reason. Events leave whole, bytes may come split
// anywhere. Pure; one per streamed answer, on its event loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/dialects/chat/answer.h"

namespace litegw::dialects::chat {

struct TeeSettings {
  std::string_view model_json;  // quoted name to write; empty = leave the upstream's. Must outlive
  bool drop_usage_chunk = false;
  std::size_t max_event = std::size_t{16} << 20;
};

class Tee {
 public:
  Tee(JsonReader& reader, const TeeSettings& settings) : reader_(reader), settings_(settings) {}

  // Appends what the client gets to `out`. Fails with upstream_bad_response (no chat chunk, event
  // too large) or upstream_error (an error object, see `error`); events before that one are in
  // `out`.
  Status feed(std::string_view bytes, std::string& out);
  // The upstream ended its body. Fails with upstream_bad_response unless the answer was finished:
  // an end in mid-answer must not look like success. Completes a missing [DONE].
  Status finish(std::string& out);

  std::uint64_t chunks() const { return chunks_; }  // JSON events seen
  bool done() const { return done_; }               // [DONE] has come
  bool finished() const { return done_ || !finish_reason_.empty(); }
  bool has_usage() const { return has_usage_; }
  const ledger::Usage& usage() const { return usage_; }
  const std::string& finish_reason() const { return finish_reason_; }
  const std::string& service_tier() const { return service_tier_; }
  std::uint64_t output_bytes() const { return output_bytes_; }
  const AnswerError& error() const { return error_; }
  // The data of the first chunk; empty when it was unusually long.
  const std::string& first_chunk() const { return first_chunk_; }
  // Nothing is held back: a good moment to be idle in.
  bool between_events() const { return pending_.empty(); }

 private:
  static std::size_t event_end(std::string_view bytes, std::size_t line, std::size_t clean);
  void remember(std::string_view rest);
  Status take_events(std::string_view bytes, std::size_t& used, std::string& out);
  Status take_event(std::string_view event, std::string& out);
  Status take_data(std::string_view event, std::string_view data, std::string& out);
  void append_renamed(std::string_view event, Range model, std::string& out) const;

  JsonReader& reader_;
  TeeSettings settings_;
  std::string pending_;    // the start of an event whose end has not come
  std::size_t line_ = 0;   // where its last line starts
  std::size_t clean_ = 0;  // up to where that is known to hold no line end
  std::string joined_;     // data of an event that has several data lines
  std::string first_chunk_;
  std::uint64_t chunks_ = 0;
  std::uint64_t output_bytes_ = 0;
  bool done_ = false;
  bool has_usage_ = false;
  ledger::Usage usage_;
  std::string finish_reason_;
  std::string service_tier_;
  AnswerError error_;
};

}  // namespace litegw::dialects::chat
