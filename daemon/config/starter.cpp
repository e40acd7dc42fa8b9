#include "daemon/config/starter.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace litegw::config {
namespace {

struct StarterModel {
  std::string_view provider;
  std::string_view variable;
  std::string_view public_name;
  std::string_view upstream_model;
};

// One or two models of each provider that many people have a key for; the file is there to be
// edited.
constexpr std::array<StarterModel, 13> starters{{
    {"openai", "OPENAI_API_KEY", "gpt-4o", "gpt-4o"},
    {"openai", "OPENAI_API_KEY", "gpt-4o-mini", "gpt-4o-mini"},
    {"anthropic", "ANTHROPIC_API_KEY", "claude-sonnet", "claude-sonnet-4-5"},
    {"gemini", "GEMINI_API_KEY", "gemini-flash", "gemini-2.5-flash"},
    {"mistral", "MISTRAL_API_KEY", "mistral-large", "mistral-large-latest"},
    {"groq", "GROQ_API_KEY", "llama-70b", "llama-3.3-70b-versatile"},
    {"deepseek", "DEEPSEEK_API_KEY", "deepseek-chat", "deepseek-chat"},
    {"xai", "XAI_API_KEY", "grok", "grok-4"},
    {"openrouter", "OPENROUTER_API_KEY", "openrouter-auto", "openrouter/auto"},
    {"perplexity", "PERPLEXITYAI_API_KEY", "sonar", "sonar"},
    {"together_ai", "TOGETHERAI_API_KEY", "together-llama",
     "meta-llama/Llama-3.3-70B-Instruct-Turbo"},
    {"fireworks_ai", "FIREWORKS_AI_API_KEY", "fireworks-llama",
     "accounts/fireworks/models/llama-v3p3-70b-instruct"},
    {"cerebras", "CEREBRAS_API_KEY", "cerebras-llama", "llama-3.3-70b"},
}};

constexpr std::string_view head =
    R"(# Configuration of litegwd. Check it with `litegw config check`, take it over with `litegw reload`.
# All keys: litegw.yaml(5). A LiteLLM config.yaml works here as it is.

# What clients may ask for. `model_name` is the public name; the same name several times shares the
# load. A provider's key is best given as os.environ/NAME, file:/path or cred:name.
model_list:
)";

constexpr std::string_view tail = R"(
server:
  listen: ["127.0.0.1:4000"]
  # public_url: https://llm.example.com   # what Cursor reaches; see `litegw cursor setup`
  # tls: {certificate: /etc/litegw/chain.pem, key: /etc/litegw/key.pem}

# Keys for clients are made by `litegw key create --name NAME --budget 100/month`.
)";

std::string entry(const StarterModel& model) {
  return fmt::format(
      "  - model_name: {}\n    litellm_params: {{model: {}/{}, api_key: os.environ/{}}}\n",
      model.public_name, model.provider, model.upstream_model, model.variable);
}

}  // namespace

std::string starter_file(const Environment& environment, const LoadOptions& options) {
  std::string out(head);
  std::string missing;
  bool any = false;
  for (const StarterModel& model : starters) {
    std::optional<std::string> key = environment.variable(model.variable);
    if (!key || key->empty()) continue;
    bool known = std::any_of(options.providers.begin(), options.providers.end(),
                             [&](const KnownProvider& one) { return one.name == model.provider; });
    if (known) {
      out += entry(model);
      any = true;
    } else {
      missing += fmt::format("# {} is set, but provider '{}' is not supported yet.\n",
                             model.variable, model.provider);
    }
  }
  if (!any) {
    out +=
        "  # No provider's key was found in the environment. This model answers offline.\n"
        "  - model_name: mock\n"
        "    litellm_params: {model: mock/mock}\n"
        "  # - model_name: gpt-4o\n"
        "  #   litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}\n";
  }
  out += missing;
  out += tail;
  return out;
}

}  // namespace litegw::config
