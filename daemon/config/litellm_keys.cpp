#include "daemon/config/litellm_keys.h"

namespace litegw::config {
namespace {

constexpr std::string_view no_callbacks =
    "callbacks are not run; litegw keeps its own request log and metrics";
constexpr std::string_view no_cache = "there is no response cache";
constexpr std::string_view no_redis = "litegw needs no Redis";
constexpr std::string_view no_alerts = "alerts are not sent; watch the metrics";
constexpr std::string_view no_postgres =
    "models and keys kept in Postgres are not read; see `litegw key import`";
constexpr std::string_view no_default_budgets =
    "give keys, users and teams their budgets with `litegw key create --budget`";
constexpr std::string_view no_retries =
    "each deployment of a name is tried once; nothing else is retried yet";
constexpr std::string_view no_fallbacks =
    "only the deployments of one name stand in for each other yet";
constexpr std::string_view no_cooldown = "deployments do not cool down yet";
constexpr std::string_view no_code = "Python code of the configuration is not run";

const LitellmSection top{
    "",
    {
        {"model_list", Use::read, ""},
        {"litellm_settings", Use::read, ""},
        {"router_settings", Use::read, ""},
        {"general_settings", Use::read, ""},
        {"environment_variables", Use::read, ""},
        {"credential_list", Use::read, ""},
        {"include", Use::read, ""},
        {"files_settings", Use::unsupported, "the files routes are not served"},
        {"finetune_settings", Use::unsupported, "the fine-tuning routes are not served"},
        {"assistant_settings", Use::unsupported, "the assistants routes are not served"},
        {"callback_settings", Use::unsupported, no_callbacks},
        {"guardrails", Use::unsupported, "guardrails are NOT applied to any request"},
        {"mcp_servers", Use::unsupported, "MCP servers are not connected"},
        {"mcp_tools", Use::unsupported, "MCP servers are not connected"},
        {"search_tools", Use::unsupported, "the search routes are not served"},
        {"vector_store_registry", Use::unsupported, "vector stores are not used"},
        {"prompts", Use::unsupported, "prompts are not managed"},
        {"agent_list", Use::unsupported, "agents are not served"},
        {"policies", Use::unsupported, "policies are NOT applied to any request"},
    }};

const LitellmSection litellm_settings{
    "litellm_settings",
    {
        {"drop_params", Use::silent, ""},
        {"set_verbose", Use::silent, ""},
        {"modify_params", Use::silent, ""},
        {"telemetry", Use::silent, ""},
        {"suppress_debug_info", Use::silent, ""},
        {"turn_off_message_logging", Use::silent, ""},
        {"redact_user_api_key_info", Use::silent, ""},
        {"require_auth_for_metrics_endpoint", Use::silent, ""},
        {"user_url_validation", Use::silent, ""},
        {"add_function_to_prompt", Use::silent, ""},
        {"ssl_verify", Use::unsupported, "upstream certificates are always verified"},
        {"num_retries", Use::unsupported, no_retries},
        {"request_timeout", Use::read, ""},
        {"fallbacks", Use::unsupported, no_fallbacks},
        {"default_fallbacks", Use::unsupported, no_fallbacks},
        {"context_window_fallbacks", Use::unsupported, no_fallbacks},
        {"content_policy_fallbacks", Use::unsupported, no_fallbacks},
        {"allowed_fails", Use::unsupported, no_cooldown},
        {"cooldown_time", Use::unsupported, no_cooldown},
        {"model_alias_map", Use::read, ""},
        {"success_callback", Use::unsupported, no_callbacks},
        {"failure_callback", Use::unsupported, no_callbacks},
        {"callbacks", Use::unsupported, no_callbacks},
        {"service_callback", Use::unsupported, no_callbacks},
        {"service_callbacks", Use::unsupported, no_callbacks},
        {"audit_log_callbacks", Use::unsupported, no_callbacks},
        {"langfuse_default_tags", Use::silent, ""},
        {"s3_callback_params", Use::silent, ""},
        {"cache", Use::unsupported, no_cache},
        {"cache_params", Use::silent, ""},
        {"enable_json_schema_validation", Use::silent, ""},
        {"json_logs", Use::unsupported, "write `log: {format: json}`"},
        {"max_budget", Use::unsupported, no_default_budgets},
        {"budget_duration", Use::silent, ""},
        {"max_end_user_budget", Use::unsupported, "end users have no budgets of their own"},
        {"max_end_user_budget_id", Use::unsupported, "end users have no budgets of their own"},
        {"max_internal_user_budget", Use::unsupported, no_default_budgets},
        {"internal_user_budget_duration", Use::silent, ""},
        {"default_internal_user_params", Use::unsupported, no_default_budgets},
        {"default_team_params", Use::unsupported, no_default_budgets},
        {"default_team_settings", Use::unsupported, no_default_budgets},
        {"default_end_user_params", Use::unsupported, no_default_budgets},
        {"default_key_generate_params", Use::unsupported, no_default_budgets},
        {"upperbound_key_generate_params", Use::unsupported, no_default_budgets},
        {"key_generation_settings", Use::unsupported,
         "only members of litegw-admin make keys, on the control socket"},
        {"timezone", Use::unsupported, "write `server: {timezone: ...}`"},
        {"extra_spend_tag_headers", Use::unsupported, "headers do not become tags"},
        {"cost_discount_config", Use::unsupported, "correct prices in the file of `prices.file`"},
        {"cost_margin_config", Use::unsupported, "correct prices in the file of `prices.file`"},
        {"prometheus_metrics_config", Use::unsupported, "the metrics are fixed"},
        {"prometheus_initialize_budget_metrics", Use::silent, ""},
        {"custom_prometheus_metadata_labels", Use::unsupported, "the metrics are fixed"},
        {"custom_prometheus_tags", Use::unsupported, "the metrics are fixed"},
        {"check_provider_endpoint", Use::unsupported, "wildcard models are listed as written"},
        {"guardrails", Use::unsupported, "guardrails are NOT applied to any request"},
        {"custom_provider_map", Use::unsupported, no_code},
        {"enable_preview_features", Use::silent, ""},
        {"default_max_internal_user_budget", Use::unsupported, no_default_budgets},
        {"public_model_groups", Use::silent, ""},
        {"forward_traceparent_to_llm_provider", Use::silent, ""},
        {"disable_end_user_cost_tracking", Use::silent, ""},
        {"disable_hf_tokenizer_download", Use::silent, ""},
        {"request_timeout_seconds", Use::silent, ""},
    }};

const LitellmSection router_settings{
    "router_settings",
    {
        {"routing_strategy", Use::read, ""},
        {"routing_strategy_args", Use::silent, ""},
        {"num_retries", Use::unsupported, no_retries},
        {"max_retries", Use::silent, ""},
        {"timeout", Use::read, ""},
        {"stream_timeout", Use::read, ""},
        {"retry_after", Use::unsupported, no_retries},
        {"allowed_fails", Use::unsupported, no_cooldown},
        {"cooldown_time", Use::unsupported, no_cooldown},
        {"disable_cooldowns", Use::silent, ""},
        {"fallbacks", Use::unsupported, no_fallbacks},
        {"context_window_fallbacks", Use::unsupported, no_fallbacks},
        {"content_policy_fallbacks", Use::unsupported, no_fallbacks},
        {"default_fallbacks", Use::unsupported, no_fallbacks},
        {"max_fallbacks", Use::unsupported, no_fallbacks},
        {"retry_policy", Use::unsupported, no_retries},
        {"model_group_retry_policy", Use::unsupported, no_retries},
        {"allowed_fails_policy", Use::unsupported, no_cooldown},
        {"model_group_alias", Use::read, ""},
        {"enable_pre_call_checks", Use::silent, ""},
        {"set_verbose", Use::silent, ""},
        {"debug_level", Use::silent, ""},
        {"enable_tag_filtering", Use::unsupported, "deployments are not chosen by tag"},
        {"tag_filtering_match_any", Use::silent, ""},
        {"optional_pre_call_checks", Use::unsupported, "these checks are not made"},
        {"provider_budget_config", Use::unsupported, "providers have no budgets; keys have"},
        {"routing_groups", Use::unsupported, "deployments are chosen by model name alone"},
        {"default_litellm_params", Use::unsupported, "write them into each deployment"},
        {"default_max_parallel_requests", Use::unsupported, "write it into each deployment"},
        {"client_ttl", Use::silent, ""},
        {"cache_responses", Use::unsupported, no_cache},
        {"redis_host", Use::unsupported, no_redis},
        {"redis_port", Use::unsupported, no_redis},
        {"redis_password", Use::unsupported, no_redis},
        {"redis_url", Use::unsupported, no_redis},
        {"redis_db", Use::unsupported, no_redis},
        {"cache_kwargs", Use::silent, ""},
        {"caching_groups", Use::silent, ""},
        {"alerting_config", Use::unsupported, no_alerts},
        {"assistants_config", Use::unsupported, "the assistants routes are not served"},
        {"model_group_affinity_config", Use::unsupported, "deployments have no affinity"},
    }};

const LitellmSection general_settings{
    "general_settings",
    {
        {"master_key", Use::read, ""},
        {"database_url", Use::unsupported, no_postgres},
        {"store_model_in_db", Use::unsupported, no_postgres},
        {"database_type", Use::unsupported, no_postgres},
        {"database_args", Use::silent, ""},
        {"database_connection_pool_limit", Use::silent, ""},
        {"database_connection_timeout", Use::silent, ""},
        {"database_connect_timeout", Use::silent, ""},
        {"database_connection_timeout_seconds", Use::silent, ""},
        {"allow_requests_on_db_unavailable", Use::silent, ""},
        {"supported_db_objects", Use::silent, ""},
        {"use_redis_transaction_buffer", Use::silent, ""},
        {"use_prisma_migrate", Use::silent, ""},
        {"disable_prisma_schema_update", Use::silent, ""},
        {"store_prompts_in_spend_logs", Use::unsupported,
         "write `request_log: {store_bodies: true}`"},
        {"disable_spend_logs", Use::unsupported, "every request leaves a row"},
        {"disable_error_logs", Use::unsupported, "every request leaves a row"},
        {"disable_spend_updates", Use::unsupported, "spend is always counted"},
        {"disable_reset_budget", Use::unsupported, "budgets always reset"},
        {"disable_adding_master_key_hash_to_db", Use::silent, ""},
        {"maximum_spend_logs_retention_period", Use::unsupported,
         "write `request_log: {retention: 30d}`"},
        {"maximum_spend_logs_retention_interval", Use::silent, ""},
        {"maximum_spend_logs_cleanup_cron", Use::silent, ""},
        {"proxy_batch_write_at", Use::silent, ""},
        {"proxy_budget_rescheduler_min_time", Use::silent, ""},
        {"proxy_budget_rescheduler_max_time", Use::silent, ""},
        {"fail_closed_budget_enforcement", Use::silent, ""},
        {"user_api_key_cache_ttl", Use::silent, ""},
        {"alerting", Use::unsupported, no_alerts},
        {"alerting_threshold", Use::silent, ""},
        {"alerting_args", Use::silent, ""},
        {"alert_types", Use::silent, ""},
        {"alert_to_webhook_url", Use::unsupported, no_alerts},
        {"background_health_checks", Use::unsupported,
         "providers are never called without a request; see `litegw model test`"},
        {"health_check_interval", Use::silent, ""},
        {"health_check_details", Use::silent, ""},
        {"infer_model_from_keys", Use::silent, ""},
        {"custom_auth", Use::unsupported, no_code},
        {"custom_sso", Use::unsupported, no_code},
        {"custom_key_generate", Use::unsupported, no_code},
        {"litellm_key_header_name", Use::read, ""},
        {"user_header_name", Use::unsupported, "headers do not name the end user"},
        {"user_header_mappings", Use::unsupported, "headers do not name the end user"},
        {"allowed_ips", Use::unsupported,
         "addresses are NOT filtered; use a firewall or server.listen"},
        {"use_x_forwarded_for", Use::unsupported, "the peer's address is logged"},
        {"forward_client_headers_to_llm_api", Use::unsupported,
         "client headers are not sent to providers"},
        {"forward_openai_org_id", Use::unsupported, "client headers are not sent to providers"},
        {"enforce_user_param", Use::unsupported, "the user parameter is not required"},
        {"enforced_params", Use::unsupported, "no parameter is required"},
        {"global_max_parallel_requests", Use::unsupported,
         "write `server: {max_connections: N}` or give keys a limit"},
        {"max_parallel_requests", Use::unsupported, "give keys a limit with --parallel"},
        {"max_request_size_mb", Use::unsupported, "write `server: {max_body: 32MiB}`"},
        {"max_response_size_mb", Use::unsupported, "answers are not limited"},
        {"always_include_stream_usage", Use::silent, ""},
        {"cancel_on_disconnect", Use::unsupported, "write `limits: {on_disconnect: cancel}`"},
        {"pass_through_endpoints", Use::unsupported, "pass-through routes are not served"},
        {"token_rate_limit_type", Use::unsupported, "input and output tokens are counted"},
        {"completion_model", Use::unsupported, "requests name their model"},
        {"embedding_model", Use::unsupported, "requests name their model"},
        {"default_model", Use::unsupported, "requests name their model"},
        {"reject_clientside_metadata_tags", Use::silent, ""},
        {"enable_jwt_auth", Use::unsupported, "only keys are accepted"},
        {"enable_oauth2_auth", Use::unsupported, "only keys are accepted"},
        {"litellm_jwtauth", Use::silent, ""},
        {"ui_access_mode", Use::silent, ""},
        {"allow_user_auth", Use::silent, ""},
        {"allowed_routes", Use::unsupported, "routes are fixed"},
        {"admin_only_routes", Use::unsupported, "routes are fixed"},
        {"public_routes", Use::unsupported, "routes are fixed"},
        {"block_robots", Use::silent, ""},
        {"key_management_system", Use::unsupported,
         "write file:/path or cred:name where the secret belongs"},
        {"key_management_settings", Use::silent, ""},
        {"use_google_kms", Use::unsupported, "write file:/path or cred:name"},
        {"use_azure_key_vault", Use::unsupported, "write file:/path or cred:name"},
        {"service_account_settings", Use::silent, ""},
        {"image_generation_model", Use::unsupported, "requests name their model"},
        {"moderation_model", Use::unsupported, "requests name their model"},
        {"disable_master_key_return", Use::silent, ""},
        {"disable_retry_on_max_parallel_request_limit_error", Use::silent, ""},
        {"role_permissions", Use::silent, ""},
        {"control_plane_url", Use::silent, ""},
        {"port", Use::unsupported, R"(write `server: {listen: ["127.0.0.1:4000"]}`)"},
        {"coordinator_url", Use::silent, ""},
        {"telemetry", Use::silent, ""},
        {"disable_error_logs_s3", Use::silent, ""},
    }};

}  // namespace

const LitellmKey* LitellmSection::find(std::string_view key) const {
  for (const LitellmKey& known : keys)
    if (known.name == key) return &known;
  return nullptr;
}

std::vector<std::string> LitellmSection::names() const {
  std::vector<std::string> all;
  for (const LitellmKey& key : keys)
    all.emplace_back(key.name);
  return all;
}

const std::vector<LitellmSection>& litellm_sections() {
  static const std::vector<LitellmSection> all{top, litellm_settings, router_settings,
                                               general_settings};
  return all;
}

const LitellmSection& litellm_section(std::string_view name) {
  for (const LitellmSection& section : litellm_sections())
    if (section.name == name) return section;
  return litellm_sections().front();
}

}  // namespace litegw::config
