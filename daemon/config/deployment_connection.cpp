// How a deployment is reached: credentials, api_base, api_key, and the provider's defaults for
// them.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/config/deployment_reader.h"
#include "daemon/config/values.h"

namespace litegw::config {
namespace {

bool is_http_url(std::string_view url) {
  for (std::string_view scheme : {"http://", "https://"})
    if (url.starts_with(scheme))
      return url.size() > scheme.size() && url[scheme.size()] != '/' &&
             url.find_first_of(" <>{}\"") == std::string_view::npos;
  return false;
}

}  // namespace

const Member* value_of(const Node& map, std::string_view name) {
  const Member* member = map.find(name);
  return member == nullptr || member->value->is_null() ? nullptr : member;
}

void DeploymentReader::read_connection(const Node& params) {
  const Member* key = value_of(params, "api_key");
  if (key != nullptr) {
    SecretText secret = read_secret(*key->value, what("api_key"), loading_);
    deployment_.api_key = secret.value;
    deployment_.api_key_source = secret.source;
  } else if (const Member* unset = params.find("api_key")) {
    deployment_.api_key_source = unset->value->source;
  }
  for (std::string_view name : {"api_base", "base_url"}) {
    const Member* base = value_of(params, name);
    if (base == nullptr || !base->value->is_scalar() || !deployment_.api_base.empty()) continue;
    deployment_.api_base = base->value->text;
    if (!check_api_base(base->value->at)) usable_ = false;
  }
  if (const Member* version = value_of(params, "api_version");
      version && version->value->is_scalar())
    deployment_.api_version = version->value->text;
  const Member* organization = value_of(params, "organization");
  if (organization == nullptr) return;
  if (organization->value->is_scalar()) organizations_.push_back(organization->value->text);
  for (const NodePtr& item : organization->value->items)
    if (item->is_scalar()) organizations_.push_back(item->text);
}

bool DeploymentReader::check_api_base(Place at) {
  std::string& base = deployment_.api_base;
  while (!base.empty() && base.back() == '/')
    base.pop_back();
  if (is_http_url(base) && !has_control_bytes(base)) return true;
  loading_.report.warn(
      at,
      fmt::format("{}: {} is no URL; this deployment is left out", what("api_base"), shown(base)),
      "write https://host/v1", base.size());
  return false;
}

void DeploymentReader::finish_defaults() {
  const KnownProvider* provider = loading_.provider(deployment_.provider);
  if (provider == nullptr || !deployment_.mock_response.empty()) return;
  if (deployment_.api_base.empty() && !provider->api_base_variable.empty())
    if (std::optional<std::string> base = loading_.variable(provider->api_base_variable)) {
      deployment_.api_base = *base;
      usable_ = check_api_base(at_) && usable_;
    }
  bool own_server = !deployment_.api_base.empty();
  if (!own_server) deployment_.api_base = provider->api_base;
  if (deployment_.api_base.empty() && provider->needs_api_base) {
    loading_.report.warn(at_,
                         fmt::format("model {}: provider {} needs an api_base; this "
                                     "deployment is left out",
                                     shown(deployment_.public_name), shown(deployment_.provider)),
                         "write api_base: https://host/v1");
    usable_ = false;
  }
  if (!usable_ || !deployment_.api_key.empty() || provider->api_key_variable.empty()) return;
  // As LiteLLM does: without an api_key the provider's usual variable counts.
  std::optional<std::string> value = loading_.variable(provider->api_key_variable);
  if (value && !value->empty()) {
    std::string source = "os.environ/" + provider->api_key_variable;
    Node node;
    node.kind = Node::Kind::scalar;
    node.at = at_;
    node.text = *value;
    node.source = source;
    deployment_.api_key = read_secret(node, what("api_key"), loading_).value;
    deployment_.api_key_source = source;
    return;
  }
  if (own_server || !deployment_.api_key_source.empty() || !loading_.options.environment_known)
    return;
  loading_.report.warn(
      at_,
      fmt::format("model {} has no api_key, and {} is not set", shown(deployment_.public_name),
                  provider->api_key_variable),
      fmt::format("set it in {} and restart litegwd", loading_.options.environment_file));
  loading_.report.problems.back().variable = provider->api_key_variable;
}

Node DeploymentReader::with_credentials(const Node& params) {
  Node all = params;
  const Member* name = value_of(params, "litellm_credential_name");
  if (name == nullptr || !name->value->is_scalar()) return all;
  auto found = credentials_.find(name->value->text);
  if (found == credentials_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, values] : credentials_)
      names.push_back(known);
    loading_.report.warn(
        name->value->at,
        fmt::format("model {}: credential_list has no {}{}", shown(deployment_.public_name),
                    shown(name->value->text), did_you_mean(name->value->text, names)),
        "", name->value->text.size());
    return all;
  }
  for (const Member& member : found->second->members)
    if (value_of(all, member.name) == nullptr) {
      std::erase_if(all.members, [&](const Member& own) { return own.name == member.name; });
      all.members.push_back(member);
    }
  return all;
}

}  // namespace litegw::config
