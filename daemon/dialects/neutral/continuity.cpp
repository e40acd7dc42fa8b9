#include "daemon/dialects/neutral/continuity.h"

#include <iterator>
#include <utility>

#include "common/base/json.h"
#include "daemon/dialects/neutral/state.h"

namespace litegw::dialects {
namespace {

// OpenAI's encrypted_content opens only for the organisation that made it. OpenRouter's
// reasoning_details are an unknown member to servers that did not give them.
bool is_usable(const ReasoningState& state, std::string_view family, std::string_view deployment) {
  if (state.family != family) return false;
  if (family == "openrouter") return deployment.empty() || state.deployment == deployment;
  bool is_bound = family == "openai" && !state.deployment.empty();
  return !is_bound || state.deployment == deployment;
}

struct Stored {
  bool after_text = false;
  std::vector<Part> parts;
  std::string call_state, call_deployment;
};

std::optional<Stored> read_stored(const std::string& value) {
  Result<Json> parsed = parse_json(value);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  Stored stored;
  if (const auto call = parsed->find("c"); call != parsed->end() && call->is_object()) {
    stored.call_state = call->value("s", std::string());
    stored.call_deployment = call->value("d", std::string());
  }
  auto blocks = parsed->find("r");
  if (blocks == parsed->end()) return stored;
  if (!blocks->is_array()) return std::nullopt;
  stored.after_text = parsed->contains("a");
  for (const Json& block : *blocks) {
    std::optional<ReasoningState> state = state_from_json(block);
    if (!state) return std::nullopt;
    std::string text = block.value("t", std::string());
    stored.parts.push_back(Part{Reasoning{std::move(text), std::move(*state)}, {}});
  }
  return stored;
}

}  // namespace

// Half of a reasoning is refused by those who sign it, so what has no room goes as a whole.
bool StateKeeper::has_room_for(std::size_t size) {
  bytes_ += size;
  if (!is_full()) return true;
  std::string().swap(text_);
  open_.clear();
  return false;
}

void StateKeeper::see(Event& event) {
  if (auto* tool = std::get_if<ToolStart>(&event)) {
    start(*tool);
  } else if (std::holds_alternative<TextDelta>(event)) {
    saw_text_ = true;
  } else if (const auto* end = std::get_if<ReasoningEnd>(&event)) {
    const bool is_kept = settings_.reasoning || end->state.family == "openrouter";
    if (!is_kept || !has_room_for(end->state.blob.size())) return;
    if (text_.empty() && open_.empty()) after_text_ = settings_.reasoning && saw_text_;
    open_.push_back(Reasoning{std::exchange(text_, {}), end->state});
  } else if (const auto* delta = std::get_if<ReasoningDelta>(&event)) {
    if (!settings_.reasoning || !has_room_for(delta->text.size())) return;
    if (text_.empty() && open_.empty()) after_text_ = saw_text_;
    text_ += delta->text;
  }
}

Json StateKeeper::reasoning() {
  Json blocks = Json::array();
  for (Reasoning& reasoning : open_) {
    if (reasoning.state.family.empty()) continue;
    if (reasoning.state.deployment.empty()) reasoning.state.deployment = settings_.deployment;
    Json block = state_to_json(reasoning.state);
    block["t"] = std::move(reasoning.text);
    blocks.push_back(std::move(block));
  }
  open_.clear();
  return blocks;
}

std::vector<KeptState> StateKeeper::take() {
  std::erase_if(open_, [](const Reasoning& late) { return late.state.family != "openrouter"; });
  if (Json late = reasoning(); !late.empty() && !last_call_.empty()) {
    const bool has_state = !kept_.empty() && kept_.back().call_id == last_call_;
    if (!has_state) kept_.push_back(KeptState{last_call_, "{}"});
    Json value = Json::parse(kept_.back().value);
    for (Json& block : late)
      value["r"].push_back(std::move(block));
    kept_.back().value = dump(value);
  }
  return std::move(kept_);
}

void StateKeeper::start(ToolStart& start) {
  Json value = Json::object();
  if (Json blocks = reasoning(); !blocks.empty()) {
    if (after_text_) value["a"] = true;
    value["r"] = std::move(blocks);
  }
  if (!start.state.empty() && has_room_for(start.state.size()))
    value["c"] = Json{{"d", settings_.deployment}, {"s", start.state}};
  std::string kept = value.empty() ? std::string() : dump(value);
  const bool may_rename = settings_.recall && !settings_.suffix.empty();
  const auto known = may_rename ? settings_.recall(start.id) : std::nullopt;
  if (known && *known != kept) start.id += "_" + settings_.suffix;
  last_call_ = start.id;
  if (!kept.empty()) kept_.push_back(KeptState{start.id, std::move(kept)});
}

namespace {

// One assistant turn. True when something was put back.
bool restore_turn(Message& message, std::string_view family, std::string_view deployment,
                  const Recall& recall) {
  std::vector<Part> out;
  bool found = false;
  for (Part& part : message.parts) {
    const ToolCall* call = part.as<ToolCall>();
    std::optional<std::string> value = call && recall ? recall(call->id) : std::nullopt;
    std::optional<Stored> stored = value ? read_stored(*value) : std::nullopt;
    if (stored && !stored->parts.empty() &&
        is_usable(stored->parts[0].as<Reasoning>()->state, family, deployment)) {
      bool at_front = !found && !stored->after_text;
      out.insert(at_front ? out.begin() : out.end(), std::make_move_iterator(stored->parts.begin()),
                 std::make_move_iterator(stored->parts.end()));
      found = true;
    }
    out.push_back(std::move(part));
  }
  message.parts = std::move(out);
  return found;
}

}  // namespace

Recalled restore_states(Request& request, std::string_view family, std::string_view deployment,
                        const Recall& recall) {
  Recalled result;
  for (Message& message : request.messages) {
    if (message.role == Role::user) result.missed_now = 0;
    if (message.role != Role::assistant) continue;
    bool has_state = false, has_calls = false;
    for (const Part& part : message.parts) {
      const Reasoning* reasoning = part.as<Reasoning>();
      has_state = has_state || (reasoning && is_usable(reasoning->state, family, deployment));
      has_calls = has_calls || part.as<ToolCall>();
    }
    if (!has_calls || has_state) continue;
    if (restore_turn(message, family, deployment, recall)) {
      ++result.restored;
      continue;
    }
    ++result.missed;
    ++result.missed_now;
  }
  return result;
}

namespace {

// "thought_signature" of histories that are not Gemini's own: Google's skip_thought_signature_
// validator in base 64, as the field holds bytes.
constexpr const char* any_signature =
    R"({"extra_content":{"google":{"thought_signature":"c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="}}})";

std::string recalled_call_state(const ToolCall& call, CallStates wanted,
                                std::string_view deployment, const Recall& recall) {
  const std::optional<std::string> value = recall ? recall(call.id) : std::nullopt;
  std::optional<Stored> stored = value ? read_stored(*value) : std::nullopt;
  if (!stored) return {};
  if (wanted == CallStates::own && stored->call_deployment != deployment) return {};
  return std::move(stored->call_state);
}

}  // namespace

Recalled restore_call_states(Request& request, CallStates wanted, std::string_view deployment,
                             const Recall& recall) {
  Recalled result;
  for (Message& message : request.messages) {
    if (message.role == Role::user) result.missed_now = 0;
    bool is_first = true;
    for (Part& part : message.parts) {
      ToolCall* call = part.as<ToolCall>();
      if (!call) continue;
      // Whose a state in the body is nobody knows; only Gemini gives them to clients.
      if (wanted == CallStates::none || wanted == CallStates::own) call->state.clear();
      if (wanted == CallStates::none) continue;
      if (call->state.empty()) call->state = recalled_call_state(*call, wanted, deployment, recall);
      const bool was_first = std::exchange(is_first, false);
      if (!call->state.empty()) {
        ++result.restored;
      } else if (was_first && wanted == CallStates::demanded) {
        call->state = any_signature;
        ++result.missed;
        ++result.missed_now;
      }
    }
  }
  return result;
}

void strip_states(Request& request) {
  for (Message& message : request.messages)
    for (Part& part : message.parts)
      if (ToolCall* call = part.as<ToolCall>()) call->state.clear();
  for (Message& message : request.messages)
    std::erase_if(message.parts, [](const Part& part) { return part.as<Reasoning>() != nullptr; });
  std::erase_if(request.messages, [](const Message& message) { return message.parts.empty(); });
}

void drop_foreign_states(Request& request, std::string_view family, std::string_view deployment) {
  for (Message& message : request.messages)
    std::erase_if(message.parts, [&](const Part& part) {
      const Reasoning* reasoning = part.as<Reasoning>();
      return reasoning && !is_usable(reasoning->state, family, deployment);
    });
  std::erase_if(request.messages, [](const Message& message) { return message.parts.empty(); });
}

}  // namespace litegw::dialects
