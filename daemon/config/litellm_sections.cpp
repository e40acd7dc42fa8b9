// litellm_settings, router_settings, general_settings and LiteLLM's other sections: unknown keys
// warn, what has no counterpart here is said once.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/config/litellm_keys.h"
#include "daemon/config/loading.h"
#include "daemon/config/redact.h"
#include "daemon/config/values.h"

namespace litegw::config {
namespace {

constexpr int longest_alias_chain = 8;

// `cache: false` asks for nothing.
bool asks_for_nothing(const Node& node) {
  if (node.is_null()) return true;
  if (node.is_scalar())
    return node.text == "false" || node.text == "False" || node.text == "0" || node.text.empty();
  return node.items.empty() && node.members.empty();
}

std::string where_it_belongs(std::string_view name, std::string_view here) {
  for (const LitellmSection& section : litellm_sections()) {
    if (section.name == here || section.find(name) == nullptr) continue;
    return section.name.empty() ? "; it belongs to the top level"
                                : fmt::format("; it belongs to {}", section.name);
  }
  if (deployment_keys().find(name) != nullptr) return "; it belongs to a model's litellm_params";
  return {};
}

void check_key(const LitellmSection& section, const Member& member, Loading& loading) {
  const LitellmKey* known = section.find(member.name);
  if (known == nullptr) {
    std::string guess = where_it_belongs(member.name, section.name);
    if (guess.empty()) guess = did_you_mean(member.name, section.names());
    loading.report.warn(member.at,
                        fmt::format("{} has no key {}{}", section.name, shown(member.name), guess),
                        "it has no effect", member.name.size());
    return;
  }
  if (known->use != Use::unsupported || asks_for_nothing(*member.value)) return;
  // Keys with one reason (redis_host, redis_port, ...) are one warning.
  loading.warn_once(
      fmt::format("{} {}", section.name, known->note), member.at,
      fmt::format("{}.{} is not supported: {}", section.name, member.name, known->note), "",
      member.name.size());
}

// JSON of a section without what must not be shown.
Json without_secrets(const Node& node) {
  if (node.is_sequence()) {
    Json list = Json::array();
    for (const NodePtr& item : node.items)
      list.push_back(without_secrets(*item));
    return list;
  }
  if (!node.is_map()) return to_json(node);
  Json map = Json::object();
  for (const Member& member : node.members) {
    bool hidden = is_secret_name(member.name) ||
                  (member.value->is_scalar() && looks_secret(member.value->text));
    if (!hidden) map[member.name] = without_secrets(*member.value);
  }
  return map;
}

void check_top_level(const Node& root, Loading& loading) {
  const LitellmSection& top = litellm_section("");
  std::vector<std::string> names = top.names();
  std::vector<std::string> own = own_sections();
  for (const Member& member : root.members) {
    if (is_own_section(member.name)) continue;
    if (const LitellmKey* known = top.find(member.name)) {
      if (known->use == Use::unsupported && !asks_for_nothing(*member.value))
        loading.warn_once("top " + member.name, member.at,
                          fmt::format("{} is not supported: {}", member.name, known->note), "",
                          member.name.size());
      continue;
    }
    std::string ours = nearest(member.name, own);
    if (!ours.empty() && member.value->is_map()) {
      loading.report.error(
          member.at, fmt::format("no section {}; did you mean '{}'?", shown(member.name), ours),
          "sections: " + join(own, ", "), member.name.size());
      continue;
    }
    // A section that only holds what aliases repeat.
    if (member.value->anchored || member.name.starts_with("x-")) continue;
    std::string guess = where_it_belongs(member.name, "");
    if (guess.empty()) guess = did_you_mean(member.name, names);
    loading.report.warn(member.at, fmt::format("unknown key {}{}", shown(member.name), guess),
                        "it has no effect", member.name.size());
  }
}

void check_strategy(const Node& root, Loading& loading) {
  const Member* router = root.find("router_settings");
  const Member* strategy = router == nullptr ? nullptr : router->value->find("routing_strategy");
  if (strategy == nullptr || strategy->value->is_null()) return;
  if (strategy->value->is_scalar() && strategy->value->text == "simple-shuffle") return;
  loading.report.warn(strategy->value->at,
                      fmt::format("router_settings.routing_strategy {} is not supported yet: "
                                  "simple-shuffle is used",
                                  strategy->value->is_scalar() ? shown(strategy->value->text)
                                                               : std::string("of this form")),
                      "weight and order of the deployments count", strategy->value->text.size());
}

void read_master_key(const Node& root, Loading& loading, Config& config) {
  const Member* general = root.find("general_settings");
  const Member* given = general == nullptr ? nullptr : general->value->find("master_key");
  if (given != nullptr && given->value->is_scalar()) {
    SecretText secret = read_secret(*given->value, "general_settings.master_key", loading);
    config.master_key = secret.value;
    config.master_key_source = secret.source;
  } else if (std::optional<std::string> variable = loading.variable("LITELLM_MASTER_KEY")) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.at = {0, -1, 0};
    node.text = *variable;
    node.source = "os.environ/LITELLM_MASTER_KEY";
    config.master_key = read_secret(node, "LITELLM_MASTER_KEY", loading).value;
    config.master_key_source = node.source;
  }
  if (config.master_key.empty()) return;
  std::size_t length = config.master_key.reveal().size();
  if (config.master_key.equals("sk-1234") || length < 16)
    loading.report.warn(given == nullptr ? Place{0, -1, 0} : given->at,
                        "general_settings.master_key can be guessed",
                        "use 16 random characters or more: openssl rand -hex 16", 10);
}

void add_alias(const std::string& name, Place at, const Node& value, Loading& loading,
               Config& config) {
  const Node* target = &value;
  bool hidden = false;
  if (value.is_map()) {
    const Member* model = value.find("model");
    const Member* flag = value.find("hidden");
    target = model == nullptr ? nullptr : model->value.get();
    if (flag != nullptr) {
      Result<bool> read = as_bool(*flag->value);
      hidden = read && *read;
    }
  }
  if (target == nullptr || !target->is_scalar() || target->text.empty()) {
    if (value.source.empty())
      loading.report.error(at, fmt::format("alias {} needs a model name", shown(name)),
                           "write NAME: MODEL or NAME: {model: MODEL, hidden: true}");
    return;
  }
  // model_alias_map is read first and applied first.
  if (!config.aliases.emplace(name, target->text).second) return;
  if (hidden) config.hidden_aliases.push_back(name);
}

void read_aliases(const Node& root, Loading& loading, Config& config) {
  std::map<std::string, Place> places;
  for (auto [section, key] : {std::pair{"litellm_settings", "model_alias_map"},
                              std::pair{"router_settings", "model_group_alias"}}) {
    const Member* found = root.find(section);
    const Member* map = found == nullptr ? nullptr : found->value->find(key);
    if (map == nullptr || map->value->is_null()) continue;
    if (!map->value->is_map()) {
      loading.report.error(map->at, fmt::format("{}.{} must be a map", section, key),
                           "write ALIAS: MODEL, one a line", map->name.size());
      continue;
    }
    for (const Member& alias : map->value->members) {
      places.emplace(alias.name, alias.at);
      add_alias(alias.name, alias.at, *alias.value, loading, config);
    }
  }
  std::map<std::string, std::string, std::less<>> written = config.aliases;
  for (auto& [name, target] : config.aliases) {
    int steps = 0;
    for (auto next = written.find(target); next != written.end() && steps <= longest_alias_chain;
         next = written.find(target), ++steps)
      target = next->second;
    if (steps > longest_alias_chain) {
      loading.report.error(places[name], fmt::format("alias {} leads back to itself", shown(name)),
                           "", name.size());
      continue;
    }
    if (resolve_model(config, target) || config.unsupported_models.contains(target)) continue;
    std::vector<std::string> models;
    for (const auto& [model, deployments] : config.models)
      models.push_back(model);
    loading.report.warn(places[name],
                        fmt::format("alias {} stands for {}, which is no model{}", shown(name),
                                    shown(target), did_you_mean(target, models)),
                        "", name.size());
  }
}

// router_settings.timeout, else litellm_settings.request_timeout, for deployments without their
// own.
void apply_default_timeouts(const Node& root, Loading& loading, Config& config) {
  auto seconds_at = [&](const char* section, const char* key) -> std::optional<Duration> {
    const Member* found = root.find(section);
    const Member* member = found == nullptr ? nullptr : found->value->find(key);
    if (member == nullptr || member->value->is_null()) return std::nullopt;
    Result<Duration> value = as_seconds(*member->value);
    if (value) return *value;
    loading.report.error(member->value->at,
                         fmt::format("{}.{} {}", section, key, value.error().message),
                         value.error().hint, member->value->text.size());
    return std::nullopt;
  };
  std::optional<Duration> request = seconds_at("litellm_settings", "request_timeout");
  std::optional<Duration> router = seconds_at("router_settings", "timeout");
  std::optional<Duration> stream = seconds_at("router_settings", "stream_timeout");
  for (Deployment& deployment : config.deployments) {
    if (!deployment.timeout) deployment.timeout = router ? router : request;
    if (!deployment.stream_timeout) deployment.stream_timeout = stream;
  }
}

// Where clients put the virtual key when Authorization belongs to somebody else.
void read_key_header(Config& config) {
  const auto general = config.litellm.find("general_settings");
  if (general == config.litellm.end() || !general->is_object()) return;
  const auto name = general->find("litellm_key_header_name");
  if (name != general->end() && name->is_string()) config.key_header = name->get<std::string>();
}

}  // namespace

void read_litellm_sections(const Node& root, Loading& loading, Config& config) {
  check_top_level(root, loading);
  for (const LitellmSection& section : litellm_sections()) {
    if (section.name.empty()) continue;
    const Member* found = root.find(section.name);
    if (found == nullptr || found->value->is_null()) continue;
    if (!found->value->is_map()) {
      loading.report.error(
          found->at,
          fmt::format("{} must be a map, not {}", section.name, kind_name(*found->value)), "",
          found->name.size());
      continue;
    }
    for (const Member& member : found->value->members)
      check_key(section, member, loading);
    config.litellm[std::string(section.name)] = without_secrets(*found->value);
  }
  check_strategy(root, loading);
  read_master_key(root, loading, config);
  read_key_header(config);
  read_aliases(root, loading, config);
  apply_default_timeouts(root, loading, config);
}

}  // namespace litegw::config
