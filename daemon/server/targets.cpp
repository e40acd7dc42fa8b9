#include "daemon/server/targets.h"

#include "daemon/providers/anthropic/request.h"
#include "daemon/providers/compatible/request.h"
#include "daemon/providers/hidden_reasoning.h"

namespace litegw::server {
namespace {

// Wildcard deployments make a target per model that clients name: bounded.
constexpr std::size_t max_targets = 4096;

Status fill_address(Target& target) {
  const config::Deployment& deployment = *target.deployment;
  if (target.provider->api == providers::Api::mock) return {};
  const std::string base =
      deployment.api_base.empty() ? std::string(target.provider->api_base) : deployment.api_base;
  if (base.empty())
    return make_error(ErrorCode::config_invalid, "the deployment has no api_base, and provider '" +
                                                     deployment.provider + "' has no default");
  auto url = http::parse_url(base);
  if (!url) return make_error(ErrorCode::config_invalid, "the deployment's api_base is no URL");
  std::string path = url->path;
  while (path.ends_with('/'))
    path.pop_back();
  // Anthropic's base is given with and without its version.
  if (target.dialect == providers::Dialect::messages && path.ends_with("/v1"))
    path.resize(path.size() - 3);
  const std::string request_target = path + std::string(providers::path_of(target.dialect));
  auto head =
      target.dialect == providers::Dialect::messages
          ? providers::anthropic::write_fixed_part(deployment, url->authority(), request_target)
          : providers::compatible::write_fixed_part(deployment, url->authority(), request_target);
  if (!head) return head.error();
  target.head = std::move(*head);
  if (target.dialect == providers::Dialect::messages) {
    auto count_head = providers::anthropic::write_fixed_part(deployment, url->authority(),
                                                             request_target + "/count_tokens");
    if (!count_head) return count_head.error();
    target.count_head = std::move(*count_head);
  }
  target.url = std::move(*url);
  target.rename_max_tokens =
      target.provider->rename_max_tokens && base == target.provider->api_base;
  return {};
}

// LiteLLM's ways to say that a model is asked through Responses: `openai/responses/NAME`, or
// model_info.mode.
void choose_dialect(Target& target) {
  if (target.provider->api == providers::Api::anthropic) {
    target.dialect = providers::Dialect::messages;
    return;
  }
  constexpr std::string_view prefix = "responses/";
  const Json& info = target.deployment->model_info;
  const auto mode = info.is_object() ? info.find("mode") : info.end();
  const bool by_mode = info.is_object() && mode != info.end() && *mode == "responses";
  const bool by_name = target.upstream_model.starts_with(prefix);
  if (by_name) target.upstream_model.erase(0, prefix.size());
  if (by_mode || by_name) target.dialect = providers::Dialect::responses;
}

// Under which its provider knows the model: Azure's deployments have names of their own.
std::string base_model_of(const Target& target) {
  const Json& info = target.deployment->model_info;
  const bool named = info.contains("base_model") && info["base_model"].is_string();
  return named ? info["base_model"].get<std::string>() : target.upstream_model;
}

bool has_hidden_reasoning(const Target& target) {
  const Json& info = target.deployment->model_info;
  if (info.contains("hidden_reasoning") && info["hidden_reasoning"].is_boolean())
    return info["hidden_reasoning"].get<bool>();
  return providers::hides_reasoning(base_model_of(target));
}

Status fill_price(Target& target, const ledger::PriceBook* prices) {
  const config::Deployment& deployment = *target.deployment;
  const std::string base_model = base_model_of(target);
  const ledger::Price* const listed =
      prices == nullptr ? nullptr : prices->find(deployment.provider, base_model);
  auto price = ledger::price_with_overrides(listed == nullptr ? ledger::Price{} : *listed,
                                            deployment.price_overrides);
  if (!price) return price.error();
  target.price = std::move(*price);
  target.priced = target.price.priced();
  return {};
}

}  // namespace

Result<TargetPtr> Targets::find(const std::shared_ptr<const config::Config>& config,
                                const std::shared_ptr<const ledger::PriceBook>& prices,
                                std::size_t index, const std::string& upstream_model) {
  if (config != config_ || prices != prices_ || targets_.size() >= max_targets) {
    targets_.clear();
    config_ = config;
    prices_ = prices;
  }
  TargetPtr& slot = targets_[{index, upstream_model}];
  if (slot != nullptr) return slot;
  auto target = std::make_shared<Target>();
  target->config = config;
  target->deployment = &config->deployments[index];
  target->upstream_model = upstream_model;
  target->provider = providers::find(target->deployment->provider);
  if (target->provider == nullptr)
    return make_error(ErrorCode::unsupported_provider, "this version of litegw cannot talk to '" +
                                                           target->deployment->provider + "' yet");
  choose_dialect(*target);
  if (Status filled = fill_address(*target); !filled) return filled.error();
  if (Status filled = fill_price(*target, prices.get()); !filled) return filled.error();
  target->hidden_reasoning = has_hidden_reasoning(*target);
  slot = std::move(target);
  return slot;
}

}  // namespace litegw::server
