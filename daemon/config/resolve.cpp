#include "common/base/text.h"
#include "daemon/config/config.h"

namespace litegw::config {

std::optional<Resolved> resolve_model(const Config& config, std::string_view asked) {
  auto alias = config.aliases.find(asked);
  std::string_view name = alias == config.aliases.end() ? asked : std::string_view(alias->second);
  if (auto exact = config.models.find(name); exact != config.models.end())
    return Resolved{exact->first, exact->second, {}};
  for (const auto& [pattern, deployments] : config.patterns) {
    std::vector<std::string> matched;
    if (!wildcard_match(pattern, name, &matched)) continue;
    return Resolved{std::string(name), deployments, std::move(matched)};
  }
  for (std::size_t i = 0; i < config.deployments.size(); ++i)
    if (config.deployments[i].id == name)
      return Resolved{config.deployments[i].public_name, {i}, {}};
  return std::nullopt;
}

std::string upstream_model_name(const Deployment& deployment, const Resolved& resolved) {
  const std::string& written = deployment.upstream_model;
  if (resolved.wildcards.empty() || written.find('*') == std::string::npos) return written;
  std::string out;
  std::size_t star = 0;
  for (char c : written) {
    if (c != '*') {
      out.push_back(c);
      continue;
    }
    // More stars upstream than in the public name: the last match fills the rest.
    out += resolved.wildcards[std::min(star, resolved.wildcards.size() - 1)];
    ++star;
  }
  return out;
}

}  // namespace litegw::config
