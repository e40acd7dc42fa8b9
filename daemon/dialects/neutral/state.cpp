#include "daemon/dialects/neutral/state.h"

#include <array>
#include <cstdint>
#include <span>

#include "common/base/ids.h"

namespace litegw::dialects {
namespace {

constexpr std::string_view prefix = "lgw1.";

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  if (c == '_') return 63;
  return -1;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    int value = sextet(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  return out;
}

std::string text_of(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

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
  std::optional<std::string> decoded = base64url_decode(text.substr(prefix.size()));
  if (!decoded) return std::nullopt;
  Result<Json> value = parse_json(*decoded);
  if (!value) return std::nullopt;
  return state_from_json(*value);
}

}  // namespace litegw::dialects
