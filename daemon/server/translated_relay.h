// Passes an upstream's answer on in another dialect: steps 10 to 12 of the straight line where the
// sides do not speak the same. Nothing is sent before the first event that a client can see, or the
// end of `hold`; silence is filled with comments.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/providers/failure.h"
#include "daemon/providers/translate.h"
#include "daemon/server/exchange.h"
#include "daemon/server/outcome.h"
#include "daemon/server/relay.h"
#include "daemon/server/services.h"
#include "daemon/upstream/body_source.h"

namespace litegw::server {

struct TranslatedRelaySettings {
  bool stream = false;
  bool ends_in_form = false;  // a failed stream ends as its dialect says, not with a cut
  std::string first_comment;  // before the first event of a stream
  Duration keepalive{};       // silence after which a comment goes out; 0 = none does
  Duration hold{};            // longest wait for the first event before the status goes out
  Headers headers;            // beside Content-Type and the like
  std::function<void()> before_begin;  // the request is not needed any more
  // What the upstream will want back; called before the last bytes go out. Empty = not wanted.
  std::function<void(std::vector<dialects::KeptState>)> keep_states;
};

class TranslatedRelay {
 public:
  TranslatedRelay(Exchange& exchange, Services& services, Outcome& outcome,
                  providers::AnswerTranslator translator, TranslatedRelaySettings settings);

  // nullopt: the client has its answer, good or visibly failed, and the outcome says which. A
  // Failure: nothing was sent, the caller may try elsewhere or answer with it.
  net::Task<MaybeFailure> run(upstream::BodySource& source);

 private:
  bool take_all(upstream::BodySource& source);
  net::Task<Status> wait(upstream::BodySource& source);
  net::Task<Status> fill_silence();
  Status begin_stream();
  net::Task<Status> send();
  net::Task<void> run_dry(upstream::BodySource& source);
  net::Task<MaybeFailure> finish_whole();
  net::Task<void> finish_stream(Status sent);
  providers::Failure failure() const;
  void note();

  Exchange& exchange_;
  Services& services_;
  Outcome& outcome_;
  providers::AnswerTranslator translator_;
  TranslatedRelaySettings settings_;
  std::string out_;
  bool begun_ = false;
};

}  // namespace litegw::server
