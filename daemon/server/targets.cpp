#include "daemon/server/targets.h"

#include "daemon/providers/compatible/request.h"

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
  auto head = providers::compatible::write_fixed_part(deployment, url->authority(),
                                                      path + "/chat/completions");
  if (!head) return head.error();
  target.head = std::move(*head);
  target.url = std::move(*url);
  target.rename_max_tokens =
      target.provider->rename_max_tokens && base == target.provider->api_base;
  return {};
}

Status fill_price(Target& target, const ledger::PriceBook* prices) {
  const config::Deployment& deployment = *target.deployment;
  const std::string base_model = deployment.model_info.contains("base_model") &&
                                         deployment.model_info["base_model"].is_string()
                                     ? deployment.model_info["base_model"].get<std::string>()
                                     : target.upstream_model;
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
  if (Status filled = fill_address(*target); !filled) return filled.error();
  if (Status filled = fill_price(*target, prices.get()); !filled) return filled.error();
  slot = std::move(target);
  return slot;
}

}  // namespace litegw::server
