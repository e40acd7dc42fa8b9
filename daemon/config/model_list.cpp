// model_list, credential_list and the tables of names made from them.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "daemon/config/deployment_reader.h"
#include "daemon/config/loading.h"

namespace litegw::config {
namespace {

Credentials read_credentials(const Node& root, Loading& loading) {
  Credentials credentials;
  const Member* list = root.find("credential_list");
  if (list == nullptr || list->value->is_null()) return credentials;
  for (const NodePtr& item : list->value->items) {
    const Member* name = item->find("credential_name");
    const Member* values = item->find("credential_values");
    if (name != nullptr && name->value->is_scalar() && values != nullptr &&
        values->value->is_map()) {
      credentials[name->value->text] = values->value;
      continue;
    }
    loading.report.error(item->at, "an entry of credential_list needs a name and values",
                         "write credential_name: N and credential_values: {api_key: ...}");
  }
  if (!list->value->is_sequence()) loading.report.error(list->at, "credential_list must be a list");
  return credentials;
}

// model_info.supported_environments, as LiteLLM reads it.
bool is_for_this_environment(const Deployment& deployment, const Loading& loading) {
  auto found = deployment.model_info.find("supported_environments");
  std::optional<std::string> here = loading.variable("LITELLM_ENVIRONMENT");
  if (found == deployment.model_info.end() || !found->is_array() || !here) return true;
  return std::find(found->begin(), found->end(), Json(*here)) != found->end();
}

void make_unique_id(Deployment& deployment, std::set<std::string>& ids) {
  std::string base = deployment.id;
  for (int count = 2; !ids.insert(deployment.id).second; ++count)
    deployment.id = fmt::format("{}-{}", base, count);
}

void index_names(Config& config) {
  for (std::size_t i = 0; i < config.deployments.size(); ++i) {
    const Deployment& deployment = config.deployments[i];
    const std::string& name = deployment.public_name;
    if (name.find('*') == std::string::npos) {
      config.models[name].push_back(i);
    } else {
      auto known = std::find_if(config.patterns.begin(), config.patterns.end(),
                                [&](const auto& pattern) { return pattern.first == name; });
      if (known == config.patterns.end())
        config.patterns.push_back({name, {i}});
      else
        known->second.push_back(i);
    }
    auto groups = deployment.model_info.find("access_groups");
    if (groups == deployment.model_info.end() || !groups->is_array()) continue;
    for (const Json& group : *groups) {
      if (!group.is_string()) continue;
      std::vector<std::string>& names = config.access_groups[group.get<std::string>()];
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::stable_sort(config.patterns.begin(), config.patterns.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

}  // namespace

void read_model_list(const Node& root, Loading& loading, Config& config) {
  Credentials credentials = read_credentials(root, loading);
  const Member* list = root.find("model_list");
  if (list != nullptr && !list->value->is_null() && !list->value->is_sequence()) {
    loading.report.error(list->at,
                         fmt::format("model_list must be a list, not {}", kind_name(*list->value)),
                         "write - model_name: NAME for each model", list->name.size());
    return;
  }
  std::set<std::string> ids;
  std::map<std::string, std::string> unsupported;
  std::size_t entries = list == nullptr ? 0 : list->value->items.size();
  for (std::size_t i = 0; i < entries; ++i) {
    DeploymentReader reader(loading, credentials);
    for (Deployment& deployment : reader.read(*list->value->items[i])) {
      if (!is_for_this_environment(deployment, loading)) continue;
      make_unique_id(deployment, ids);
      config.deployments.push_back(std::move(deployment));
    }
    if (!reader.unsupported_provider().empty())
      unsupported[reader.public_name()] = reader.unsupported_provider();
  }
  index_names(config);
  for (const auto& [name, provider] : unsupported)
    if (!config.models.contains(name)) config.unsupported_models[name] = provider;
  if (config.deployments.empty() && loading.report.errors() == 0)
    loading.report.warn(list == nullptr ? Place{0, -1, 0} : list->at,
                        "no model can be served: every request is refused",
                        "add one to model_list; `litegw config init` writes an example");
}

}  // namespace litegw::config
