// Reasoning state carried inside a client's own fields, and back: "lgw1." + base64url of a JSON
// object. A client sends it back as an Anthropic signature or a Responses encrypted_content.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/json.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects {

// Bytes of reasoning state that one answer may leave for the next turn: what waits for its end is
// held in memory, and the store takes no larger value.
inline constexpr std::size_t max_state_bytes = 1u << 20;

std::string wrap_state(const ReasoningState& state);
bool is_wrapped_state(std::string_view text);
// nullopt for a broken or foreign envelope: it is dropped, not forwarded.
std::optional<ReasoningState> unwrap_state(std::string_view text);

// What Gemini wants back beside a tool call in Chat's spelling, as the text of an object:
// {"extra_content":{...}}, or LiteLLM's {"provider_specific_fields":{...}}. Empty when the call
// carries no thought signature.
std::string call_state(Json& call);

Json state_to_json(const ReasoningState& state);
std::optional<ReasoningState> state_from_json(const Json& value);

}  // namespace litegw::dialects
