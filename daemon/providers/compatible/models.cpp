#include "daemon/providers/compatible/models.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/text.h"

namespace litegw::providers::compatible {
namespace {

constexpr std::array<std::string_view, 20> families{
    "claude",   "codestral", "command-", "deepseek", "devstral", "gemini", "gemma",
    "glm-",     "gpt-oss",   "granite",  "grok",     "kimi",     "llama",  "magistral",
    "mistral-", "mixtral",   "minimax",  "nemotron", "phi-",     "qwen"};

}  // namespace

bool is_foreign(std::string_view model) {
  const std::string name = to_lower(model);
  return std::ranges::any_of(
      families, [&](std::string_view family) { return name.find(family) != std::string::npos; });
}

dialects::CallStates call_states_of(std::string_view model) {
  constexpr std::string_view family = "gemini-";
  const std::string name = to_lower(model);
  const std::size_t at = name.find(family);
  if (at == std::string::npos) return dialects::CallStates::own;
  // "gemini-2.5-flash" takes them, "gemini-3-pro" insists; "gemini-flash-latest" is the newest.
  const char generation = at + family.size() < name.size() ? name[at + family.size()] : '0';
  const bool is_old = generation >= '0' && generation <= '2';
  return is_old ? dialects::CallStates::gemini : dialects::CallStates::demanded;
}

}  // namespace litegw::providers::compatible
