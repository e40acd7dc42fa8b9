#include "daemon/dialects/neutral/continuity.h"

#include <iterator>
#include <utility>

#include "common/base/json.h"
#include "daemon/dialects/neutral/state.h"

namespace litegw::dialects {
namespace {

// OpenAI's encrypted_content opens only for the organisation that made it.
bool is_usable(const ReasoningState& state, std::string_view family, std::string_view deployment) {
  if (state.family != family) return false;
  bool is_bound = family == "openai" && !state.deployment.empty();
  return !is_bound || state.deployment == deployment;
}

struct Stored {
  bool after_text = false;
  std::vector<Part> parts;
};

std::optional<Stored> read_stored(const std::string& value) {
  Result<Json> parsed = parse_json(value);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  auto blocks = parsed->find("r");
  if (blocks == parsed->end() || !blocks->is_array()) return std::nullopt;
  Stored stored;
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

void StateKeeper::see(const Event& event) {
  if (const auto* delta = std::get_if<ReasoningDelta>(&event)) {
    if (text_.empty() && open_.empty()) after_text_ = saw_text_;
    text_ += delta->text;
  } else if (const auto* end = std::get_if<ReasoningEnd>(&event)) {
    if (text_.empty() && open_.empty()) after_text_ = saw_text_;
    open_.push_back(Reasoning{std::exchange(text_, {}), end->state});
  } else if (std::holds_alternative<TextDelta>(event)) {
    saw_text_ = true;
  } else if (const auto* start = std::get_if<ToolStart>(&event)) {
    if (open_.empty()) return;
    Json value = Json::object();
    if (after_text_) value["a"] = true;
    Json blocks = Json::array();
    for (Reasoning& reasoning : open_) {
      if (reasoning.state.family.empty()) continue;
      if (reasoning.state.deployment.empty()) reasoning.state.deployment = deployment_;
      Json block = state_to_json(reasoning.state);
      block["t"] = std::move(reasoning.text);
      blocks.push_back(std::move(block));
    }
    open_.clear();
    if (blocks.empty()) return;
    value["r"] = std::move(blocks);
    kept_.push_back(KeptState{start->id, dump(value)});
  }
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

void strip_states(Request& request) {
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
