#include "daemon/providers/registry.h"

#include <algorithm>
#include <array>

namespace litegw::providers {
namespace {

// Sorted by name.
constexpr std::array rows{
    Provider{.name = "anthropic",
             .api_base = "https://api.anthropic.com",
             .api_key_variable = "ANTHROPIC_API_KEY",
             .api_base_variable = "ANTHROPIC_API_BASE",
             .api = Api::anthropic},
    Provider{.name = "cerebras",
             .api_base = "https://api.cerebras.ai/v1",
             .api_key_variable = "CEREBRAS_API_KEY"},
    Provider{.name = "custom_openai", .api_base = ""},
    Provider{.name = "deepinfra",
             .api_base = "https://api.deepinfra.com/v1/openai",
             .api_key_variable = "DEEPINFRA_API_KEY"},
    Provider{.name = "deepseek",
             .api_base = "https://api.deepseek.com",
             .api_key_variable = "DEEPSEEK_API_KEY"},
    Provider{.name = "fireworks_ai",
             .api_base = "https://api.fireworks.ai/inference/v1",
             .api_key_variable = "FIREWORKS_API_KEY"},
    Provider{.name = "groq",
             .api_base = "https://api.groq.com/openai/v1",
             .api_key_variable = "GROQ_API_KEY"},
    Provider{.name = "hosted_vllm",
             .api_base = "",
             .api_key_variable = "HOSTED_VLLM_API_KEY",
             .api_base_variable = "HOSTED_VLLM_API_BASE"},
    Provider{.name = "huggingface",
             .api_base = "https://router.huggingface.co/v1",
             .api_key_variable = "HF_TOKEN"},
    Provider{.name = "litellm_proxy",
             .api_base = "",
             .api_key_variable = "LITELLM_PROXY_API_KEY",
             .api_base_variable = "LITELLM_PROXY_API_BASE"},
    Provider{.name = "llamafile", .api_base = "http://127.0.0.1:8080/v1"},
    Provider{.name = "lm_studio",
             .api_base = "http://localhost:1234/v1",
             .api_key_variable = "LM_STUDIO_API_KEY",
             .api_base_variable = "LM_STUDIO_API_BASE"},
    Provider{.name = "mistral",
             .api_base = "https://api.mistral.ai/v1",
             .api_key_variable = "MISTRAL_API_KEY",
             .ask_usage = false},
    Provider{.name = "mock", .api_base = "", .api = Api::mock},
    Provider{.name = "moonshot",
             .api_base = "https://api.moonshot.ai/v1",
             .api_key_variable = "MOONSHOT_API_KEY"},
    Provider{.name = "nvidia_nim",
             .api_base = "https://integrate.api.nvidia.com/v1",
             .api_key_variable = "NVIDIA_NIM_API_KEY"},
    Provider{.name = "openai",
             .api_base = "https://api.openai.com/v1",
             .api_key_variable = "OPENAI_API_KEY",
             .api_base_variable = "OPENAI_API_BASE",
             .rename_max_tokens = true},
    Provider{.name = "openai_like", .api_base = ""},
    Provider{.name = "openrouter",
             .api_base = "https://openrouter.ai/api/v1",
             .api_key_variable = "OPENROUTER_API_KEY"},
    Provider{.name = "perplexity",
             .api_base = "https://api.perplexity.ai",
             .api_key_variable = "PERPLEXITYAI_API_KEY",
             .ask_usage = false},
    Provider{.name = "sambanova",
             .api_base = "https://api.sambanova.ai/v1",
             .api_key_variable = "SAMBANOVA_API_KEY"},
    Provider{.name = "together_ai",
             .api_base = "https://api.together.xyz/v1",
             .api_key_variable = "TOGETHERAI_API_KEY"},
    Provider{.name = "vllm", .api_base = ""},
    Provider{.name = "xai", .api_base = "https://api.x.ai/v1", .api_key_variable = "XAI_API_KEY"},
    Provider{.name = "zai",
             .api_base = "https://api.z.ai/api/paas/v4",
             .api_key_variable = "ZAI_API_KEY"},
};

constexpr bool by_name(const Provider& a, const Provider& b) {
  return a.name < b.name;
}
static_assert(std::is_sorted(rows.begin(), rows.end(), by_name));

}  // namespace

std::span<const Provider> all() {
  return rows;
}

const Provider* find(std::string_view name) {
  const auto found = std::lower_bound(rows.begin(), rows.end(), Provider{name, ""}, by_name);
  return found != rows.end() && found->name == name ? &*found : nullptr;
}

}  // namespace litegw::providers
