// What clients forget between turns and providers demand back: reasoning with its signatures. Kept
// under the id of each tool call, which every client returns. Pure: the store behind `Recall` is
// the shell's (keyed by virtual key, model and tool call id, with a lifetime).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/dialects/neutral/event.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects {

struct KeptState {
  std::string call_id;
  std::string value;  // opaque to the store
};

// Watches the events of one answer. Ask `take` before the last byte goes to the client.
class StateKeeper {
 public:
  explicit StateKeeper(std::string deployment) : deployment_(std::move(deployment)) {}
  void see(const Event& event);
  std::vector<KeptState> take() { return std::move(kept_); }

 private:
  std::string deployment_;
  std::string text_;
  std::vector<Reasoning> open_;  // since the last call
  bool after_text_ = false;      // text came before `open_`
  bool saw_text_ = false;
  std::vector<KeptState> kept_;
};

using Recall = std::function<std::optional<std::string>(std::string_view call_id)>;

struct Recalled {
  int restored = 0;
  int missed = 0;      // assistant turns with calls and without any reasoning to send back
  int missed_now = 0;  // those behind the last user message: the upstream may insist on them
};

// Puts kept reasoning back in front of the calls it led to, where the request does not carry it.
// State of another family than the upstream's, or bound to another deployment, stays out. An empty
// `recall` finds nothing.
Recalled restore_states(Request& request, std::string_view family, std::string_view deployment,
                        const Recall& recall);

// Drops reasoning that the upstream could not use: of another family, text only, or bound to
// another deployment.
void drop_foreign_states(Request& request, std::string_view family, std::string_view deployment);

// All of it: an upstream has refused what came back.
void strip_states(Request& request);

}  // namespace litegw::dialects
