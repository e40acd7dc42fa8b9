// A client's dialect on one side, an upstream's on the other, and everything between in one place.
// Pure functions and per-request values; nothing here waits, reads the clock or knows sockets.
//
// The shell uses it so, for each request that cannot be passed on as bytes:
//   Request request   = parse_request(dialect, body)          once; 400 with `param` on failure
//   Translation t     = translate(request, upstream, target, recall)   per deployment tried
//   send t.written.body to api_base + t.written.path, with the provider's credential
//   AnswerTranslator  = AnswerTranslator(dialect, upstream, std::move(t.tools), options, ...)
//   feed(bytes) -> bytes for the client ... finish() -> last bytes; then outcome(), kept_states()
// Errors before the first byte to the client: `outcome().failure` is set and `begun()` is false, so
// the shell can still retry, fall back or answer with a status.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "daemon/dialects/neutral/answer.h"
#include "daemon/dialects/neutral/continuity.h"
#include "daemon/dialects/neutral/lowering.h"
#include "daemon/dialects/neutral/request.h"
#include "daemon/providers/decoder.h"
#include "daemon/providers/pass_through.h"
#include "daemon/providers/written.h"

namespace litegw::providers {

// Cursor's bodies go through dialects::cursor::parse instead. `counts_only`: Messages'
// count_tokens, which takes no max_tokens.
Result<dialects::Request> parse_request(Dialect client, std::string_view body,
                                        bool counts_only = false);

struct Translation {
  Written written;
  dialects::ToolMap tools;
  dialects::Recalled continuity;
};

// `recall` may be empty. The request is copied: another deployment may be tried after this one.
Result<Translation> translate(const dialects::Request& request, Dialect upstream,
                              const Target& target, const dialects::Recall& recall);

std::unique_ptr<AnswerDecoder> make_decoder(Dialect upstream);
std::unique_ptr<dialects::AnswerEncoder> make_encoder(Dialect client,
                                                      dialects::AnswerOptions options);

struct Outcome {
  ledger::Usage usage;  // reported, else estimated
  std::optional<dialects::Stop> stop;
  std::optional<dialects::AnswerFailure> failure;
  std::string upstream_model, upstream_id;
};

class AnswerTranslator {
 public:
  struct Settings {
    Dialect client = Dialect::chat;
    Dialect upstream = Dialect::chat;
    bool stream = false;
    bool passthrough = false;    // both sides speak the same: see PassThrough
    bool keep_text = false;      // for `text`
    bool may_end_early = false;  // `end_at_limit` may be called
    dialects::KeeperSettings keeper;
    std::string_view credential;       // the deployment's; no failure that quotes it goes on
    std::int64_t estimated_input = 0;  // tokens, for upstreams that report no usage
  };
  AnswerTranslator(Settings settings, dialects::ToolMap tools, dialects::AnswerOptions options);

  // Bytes of the upstream's body, split anywhere. Appends what goes to the client.
  void feed(std::string_view bytes, std::string& out);
  // Starts the client's answer before the upstream said anything: the shell waits no longer.
  void begin(std::string& out);
  // The upstream's body is over, or broke off because of `broken`. Appends the rest. Once.
  void finish(const std::optional<Error>& broken, std::string& out);
  bool finished() const { return finished_; }
  // Ends the answer in form as if the model had reached its output limit: no more is paid for.
  // Appends the rest; `finish` does nothing after it.
  void end_at_limit(std::string& out);
  // Bytes of text, reasoning and tool arguments so far.
  std::uint64_t output_bytes() const { return output_bytes_; }
  // All of them, with Settings::keep_text.
  const std::string& text() const { return text_; }

  // Anything but the start of an answer has gone to the client.
  bool begun() const { return begun_; }
  const Outcome& outcome() const { return outcome_; }
  // To be stored before the last bytes go out.
  std::vector<dialects::KeptState> kept_states() { return keeper_.take(); }
  // They are not all: the answer had more than dialects::max_state_bytes.
  bool lost_states() const { return keeper_.is_full(); }

 private:
  void pass(dialects::Events& events, std::string& out);
  void encode(const dialects::Event& event, std::string& out);
  void note(dialects::Event& event);
  void count(std::string_view text);
  void follow(const dialects::Event& event);
  void settle_usage();
  void choose_form();
  void end_broken(std::string& out);

  Settings settings_;
  dialects::AnswerOptions options_;
  std::unique_ptr<AnswerDecoder> decoder_;
  std::unique_ptr<dialects::AnswerEncoder> encoder_;  // streams only
  dialects::AnswerCollector collector_;               // whole answers only
  dialects::ToolRestorer restorer_;
  dialects::StateKeeper keeper_;
  dialects::Events events_, restored_, held_;
  Outcome outcome_;
  PassThrough pass_through_;
  std::string passed_;  // bytes that wait for the first visible event
  std::string text_;
  std::uint64_t output_bytes_ = 0;
  bool begun_ = false;
  bool finished_ = false;
};

}  // namespace litegw::providers
