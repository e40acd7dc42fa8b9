#include "daemon/dialects/neutral/state.h"

#include <cstdint>
#include <span>

#include "common/base/base64.h"
#include "common/base/ids.h"

namespace litegw::dialects {
namespace {

constexpr std::string_view prefix = "lgw1.";

std::string text_of(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string call_state(Json& call) {
  constexpr std::size_t longest = 64 * 1024;  // signatures seen have up to 8 KB
  for (const char* name : {"extra_content", "provider_specific_fields"}) {
    const auto found = call.find(name);
    if (found == call.end() || !found->is_object()) continue;
    std::string text = dump(Json{{name, std::move(*found)}});
    if (text.find("\"thought_signature\":") != std::string::npos && text.size() <= longest)
      return text;
  }
  return {};
}

Json state_to_json(const ReasoningState& state) {
  Json value = Json::object();
  value["f"] = state.family;
  if (!state.deployment.empty()) value["d"] = state.deployment;
  value["s"] = state.blob;
  if (!state.item_id.empty()) value["i"] = state.item_id;
  if (state.redacted) value["r"] = true;
  return value;
}

std::optional<ReasoningState> state_from_json(const Json& value) {
  if (!value.is_object()) return std::nullopt;
  ReasoningState state;
  state.family = text_of(value, "f");
  if (state.family.empty()) return std::nullopt;
  state.deployment = text_of(value, "d");
  state.blob = text_of(value, "s");
  state.item_id = text_of(value, "i");
  state.redacted = value.contains("r");
  return state;
}

std::string wrap_state(const ReasoningState& state) {
  std::string text = dump(state_to_json(state));
  auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  return std::string(prefix) + base64url(std::span(bytes, text.size()));
}

bool is_wrapped_state(std::string_view text) {
  return text.starts_with(prefix);
}

std::optional<ReasoningState> unwrap_state(std::string_view text) {
  if (!is_wrapped_state(text)) return std::nullopt;
  std::optional<std::string> decoded = base64_decode(text.substr(prefix.size()));
  if (!decoded) return std::nullopt;
  Result<Json> value = parse_json(*decoded);
  if (!value) return std::nullopt;
  return state_from_json(*value);
}

}  // namespace litegw::dialects
