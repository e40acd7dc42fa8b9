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
#include "daemon/dialects/neutral/state.h"

namespace litegw::dialects {

struct KeptState {
  std::string call_id;
  std::string value;  // opaque to the store
};

using Recall = std::function<std::optional<std::string>(std::string_view call_id)>;

struct KeeperSettings {
  std::string deployment = {};
  bool reasoning = true;  // keep all of it, not only what stands beside calls or is OpenRouter's
  // With both set, a call whose id already stands for something else becomes id + "_" + suffix:
  // some servers count their calls anew in each answer, so equal ids meet across chats.
  Recall recall = {};
  std::string suffix = {};
};

// Watches the events of one answer. Ask `take` before the last byte goes to the client.
class StateKeeper {
 public:
  explicit StateKeeper(KeeperSettings settings) : settings_(std::move(settings)) {}
  // May change the id of a call.
  void see(Event& event);
  // OpenRouter's details of a call may come behind it.
  std::vector<KeptState> take();
  // There was more than `max_state_bytes`: what came from then on is not kept.
  bool is_full() const { return bytes_ > max_state_bytes; }

 private:
  bool has_room_for(std::size_t size);
  void start(ToolStart& start);
  Json reasoning();

  KeeperSettings settings_;
  std::string text_;
  std::vector<Reasoning> open_;  // since the last call
  bool after_text_ = false;      // text came before `open_`
  bool saw_text_ = false;
  std::string last_call_;
  std::vector<KeptState> kept_;
  std::size_t bytes_ = 0;
};

struct Recalled {
  int restored = 0;
  int missed = 0;      // assistant turns with calls and without any reasoning to send back
  int missed_now = 0;  // those behind the last user message: the upstream may insist on them
};

// Puts kept reasoning back in front of the calls it led to, where the request does not carry it.
// State of another family than the upstream's, or bound to another deployment, stays out. An empty
// `recall` finds nothing; an empty `deployment` takes OpenRouter's of any.
Recalled restore_states(Request& request, std::string_view family, std::string_view deployment,
                        const Recall& recall);

// Which calls in Chat's spelling go back with what came beside them.
enum class CallStates {
  none,     // the upstream refuses unknown members
  own,      // a server that copied OpenAI gets back what itself gave
  gemini,   // whatever any Gemini gave
  demanded  // Gemini 3 and later refuse the first call of a step without it
};

// The same for what stood beside calls. What is demanded and lost is replaced by the word that
// Google documents for such histories, and counted as missed.
Recalled restore_call_states(Request& request, CallStates wanted, std::string_view deployment,
                             const Recall& recall);

// Drops reasoning that the upstream could not use: of another family, text only, or bound to
// another deployment.
void drop_foreign_states(Request& request, std::string_view family, std::string_view deployment);

// All of it: an upstream has refused what came back.
void strip_states(Request& request);

}  // namespace litegw::dialects
