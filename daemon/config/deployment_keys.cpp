// The keys of litellm_params.
#include <algorithm>
#include <array>

#include "daemon/config/litellm_keys.h"

namespace litegw::config {
namespace {

constexpr std::string_view no_limits = "limits of deployments are not kept yet";

const LitellmSection deployment{
    "litellm_params",
    {
        {"model", Use::read, ""},
        {"api_key", Use::read, ""},
        {"api_base", Use::read, ""},
        {"base_url", Use::read, ""},
        {"api_version", Use::read, ""},
        {"organization", Use::read, ""},
        {"custom_llm_provider", Use::read, ""},
        {"litellm_credential_name", Use::read, ""},
        {"rpm", Use::read, no_limits},
        {"tpm", Use::read, no_limits},
        {"weight", Use::read, ""},
        {"order", Use::read, ""},
        {"max_parallel_requests", Use::read, no_limits},
        {"timeout", Use::read, ""},
        {"request_timeout", Use::read, ""},
        {"stream_timeout", Use::read, ""},
        {"mock_response", Use::read, ""},
        {"extra_headers", Use::read, ""},
        {"headers", Use::read, ""},
        {"extra_body", Use::read, ""},
        {"model_info", Use::read, ""},
        {"itpm", Use::unsupported, "write tpm"},
        {"otpm", Use::unsupported, "write tpm"},
        {"ttft_timeout", Use::unsupported, "write `upstream: {first_byte_timeout: ...}`"},
        {"stream_idle_timeout", Use::unsupported, "write `upstream: {stall_timeout: ...}`"},
        {"max_retries", Use::silent, ""},
        {"num_retries", Use::silent, ""},
        {"cooldown_time", Use::silent, ""},
        {"max_budget", Use::unsupported, "deployments have no budgets; keys have"},
        {"budget_duration", Use::silent, ""},
        {"tags", Use::unsupported, "deployments are not chosen by tag"},
        {"tag_regex", Use::unsupported, "deployments are not chosen by tag"},
        {"drop_params", Use::silent, ""},
        {"additional_drop_params", Use::unsupported,
         "parameters are sent as the client wrote them"},
        {"allowed_openai_params", Use::silent, ""},
        {"merge_reasoning_content_in_choices", Use::unsupported,
         "see `cursor: {reasoning: think}` for Cursor"},
        {"use_in_pass_through", Use::unsupported, "pass-through routes are not served"},
        {"use_litellm_proxy", Use::silent, ""},
        {"use_chat_completions_api", Use::silent, ""},
        {"ssl_verify", Use::unsupported, "upstream certificates are always verified"},
        {"hf_model_name", Use::silent, ""},
        {"supports_system_message", Use::silent, ""},
        {"caching_groups", Use::silent, ""},
        {"cache_control_injection_points", Use::unsupported, "prompts are sent as they came"},
        {"configurable_clientside_auth_params", Use::unsupported,
         "clients cannot choose the upstream"},
        {"default_api_key_rpm_limit", Use::unsupported, "give keys their limits"},
        {"default_api_key_tpm_limit", Use::unsupported, "give keys their limits"},
        {"max_file_size_mb", Use::silent, ""},
        {"litellm_trace_id", Use::silent, ""},
        {"guardrails", Use::unsupported, "guardrails are NOT applied to any request"},
        {"prompt_id", Use::unsupported, "prompts are not managed"},
        {"auto_router_config_path", Use::unsupported, "models are not chosen by content"},
        {"auto_router_config", Use::unsupported, "models are not chosen by content"},
        {"auto_router_default_model", Use::silent, ""},
        {"auto_router_embedding_model", Use::silent, ""},
        {"complexity_router_config", Use::unsupported, "models are not chosen by content"},
        {"complexity_router_default_model", Use::silent, ""},
        {"adaptive_router_config", Use::unsupported, "models are not chosen by content"},
        {"adaptive_router_default_model", Use::silent, ""},
        {"quality_router_config", Use::unsupported, "models are not chosen by content"},
        {"quality_router_default_model", Use::silent, ""},
    }};

// LiteLLM's providers: a prefix among these is a provider's name, not a part of a model's.
constexpr std::array litellm_providers{"openai",
                                       "text-completion-openai",
                                       "azure",
                                       "azure_text",
                                       "azure_ai",
                                       "anthropic",
                                       "anthropic_text",
                                       "bedrock",
                                       "bedrock_converse",
                                       "bedrock_mantle",
                                       "sagemaker",
                                       "sagemaker_chat",
                                       "gemini",
                                       "vertex_ai",
                                       "vertex_ai_beta",
                                       "palm",
                                       "mistral",
                                       "codestral",
                                       "text-completion-codestral",
                                       "groq",
                                       "huggingface",
                                       "openrouter",
                                       "cohere",
                                       "cohere_chat",
                                       "perplexity",
                                       "together_ai",
                                       "hosted_vllm",
                                       "vllm",
                                       "ollama",
                                       "ollama_chat",
                                       "nvidia_nim",
                                       "xai",
                                       "deepseek",
                                       "cerebras",
                                       "fireworks_ai",
                                       "replicate",
                                       "databricks",
                                       "watsonx",
                                       "watsonx_text",
                                       "ai21",
                                       "ai21_chat",
                                       "cloudflare",
                                       "deepinfra",
                                       "anyscale",
                                       "baseten",
                                       "voyage",
                                       "jina_ai",
                                       "xinference",
                                       "friendliai",
                                       "github",
                                       "github_copilot",
                                       "galadriel",
                                       "sambanova",
                                       "snowflake",
                                       "lm_studio",
                                       "llamafile",
                                       "litellm_proxy",
                                       "empower",
                                       "predibase",
                                       "nlp_cloud",
                                       "aleph_alpha",
                                       "petals",
                                       "maritalk",
                                       "triton",
                                       "clarifai",
                                       "volcengine",
                                       "dashscope",
                                       "moonshot",
                                       "minimax",
                                       "zai",
                                       "v0",
                                       "nebius",
                                       "novita",
                                       "lambda_ai",
                                       "inception",
                                       "featherless_ai",
                                       "nscale",
                                       "morph",
                                       "meta_llama",
                                       "hyperbolic",
                                       "oci",
                                       "gradient_ai",
                                       "vercel_ai_gateway",
                                       "wandb",
                                       "ovhcloud",
                                       "cometapi",
                                       "aiml",
                                       "heroku",
                                       "infinity",
                                       "deepgram",
                                       "elevenlabs",
                                       "assemblyai",
                                       "topaz",
                                       "recraft",
                                       "bytez",
                                       "datarobot",
                                       "custom",
                                       "custom_openai",
                                       "chatgpt",
                                       "docker_model_runner",
                                       "poe",
                                       "chutes",
                                       "synthetic",
                                       "mock",
                                       "llamagate",
                                       "gigachat",
                                       "publicai",
                                       "amazon_nova",
                                       "ragflow",
                                       "langgraph",
                                       "manus",
                                       "stability",
                                       "fal_ai",
                                       "runwayml",
                                       "black_forest_labs",
                                       "apertis",
                                       "nano-gpt",
                                       "abliteration",
                                       "xiaomi_mimo",
                                       "compactifai",
                                       "siliconflow",
                                       "helicone",
                                       "sap",
                                       "a2a",
                                       "pg_vector"};

constexpr std::array request_parameters{"temperature",
                                        "top_p",
                                        "top_k",
                                        "min_p",
                                        "n",
                                        "max_tokens",
                                        "max_completion_tokens",
                                        "max_output_tokens",
                                        "presence_penalty",
                                        "frequency_penalty",
                                        "repetition_penalty",
                                        "seed",
                                        "stop",
                                        "user",
                                        "logit_bias",
                                        "logprobs",
                                        "top_logprobs",
                                        "response_format",
                                        "tools",
                                        "tool_choice",
                                        "parallel_tool_calls",
                                        "functions",
                                        "function_call",
                                        "reasoning_effort",
                                        "reasoning",
                                        "thinking",
                                        "service_tier",
                                        "store",
                                        "metadata",
                                        "verbosity",
                                        "modalities",
                                        "audio",
                                        "prediction",
                                        "stream_options",
                                        "web_search_options",
                                        "dimensions",
                                        "encoding_format",
                                        "input_type",
                                        "num_ctx",
                                        "num_predict",
                                        "num_gpu",
                                        "keep_alive",
                                        "think",
                                        "safety_settings",
                                        "safe_prompt",
                                        "provider",
                                        "providers",
                                        "transforms",
                                        "models",
                                        "route",
                                        "plugins",
                                        "usage",
                                        "enable_thinking",
                                        "chat_template_kwargs",
                                        "guided_json",
                                        "system",
                                        "cache_control",
                                        "extra_query",
                                        "quality",
                                        "size",
                                        "style",
                                        "voice",
                                        "speed",
                                        "language",
                                        "prompt_cache_key",
                                        "prompt_cache_retention",
                                        "safety_identifier",
                                        "truncation",
                                        "include"};

constexpr std::array provider_prefixes{"aws_",    "vertex_", "watsonx_", "s3_", "gcs_",
                                       "milvus_", "azure_",  "oci_",     "sap_"};
constexpr std::array provider_names{
    "region_name", "tenant_id", "client_id",  "client_secret", "azure_ad_token",  "vector_store_id",
    "project",     "location",  "account_id", "model_id",      "bedrock_model_id"};
constexpr std::array other_price_keys{"tiered_pricing", "search_context_cost_per_query",
                                      "cache_creation_input_token_cost",
                                      "cache_read_input_token_cost", "max_tokens_price"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

const LitellmSection& deployment_keys() {
  return deployment;
}

bool is_litellm_provider(std::string_view name) {
  return contains(litellm_providers, name);
}

bool is_price_key(std::string_view name) {
  return name.find("cost_per_") != std::string_view::npos ||
         name.find("_token_cost") != std::string_view::npos ||
         name.find("_audio_token_cost") != std::string_view::npos ||
         contains(other_price_keys, name);
}

bool is_request_parameter(std::string_view name) {
  return contains(request_parameters, name);
}

bool is_provider_setting(std::string_view name) {
  return contains(provider_names, name) ||
         std::any_of(provider_prefixes.begin(), provider_prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

const std::vector<std::string>& deployment_names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names = deployment.names();
    names.insert(names.end(), request_parameters.begin(), request_parameters.end());
    names.insert(names.end(), provider_names.begin(), provider_names.end());
    for (const char* name :
         {"aws_region_name", "aws_access_key_id", "aws_secret_access_key", "vertex_project",
          "vertex_location", "vertex_credentials", "input_cost_per_token", "output_cost_per_token"})
      names.emplace_back(name);
    return names;
  }();
  return all;
}

}  // namespace litegw::config
