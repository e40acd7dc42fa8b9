#include "daemon/config/effective.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "common/base/hash.h"
#include "daemon/config/redact.h"
#include "daemon/config/settings.h"

namespace litegw::config {
namespace {

Json without_secrets(const Json& value) {
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    return mask(text, secret_spans(text));
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value)
      list.push_back(without_secrets(item));
    return list;
  }
  if (!value.is_object()) return value;
  Json map = Json::object();
  for (const auto& [name, member] : value.items())
    map[name] = is_secret_name(name) && member.is_string() ? Json("***") : without_secrets(member);
  return map;
}

std::string fingerprint_of(const Secret& secret) {
  return secret.empty() ? std::string() : to_hex(sha256(secret.reveal()));
}

// "os.environ/NAME", "file:/path", "cred:name", else "***".
Json shown_secret(const std::string& source) {
  return source.empty() || source == "literal" ? Json("***") : Json(source);
}

class Collector {
 public:
  explicit Collector(const Config& config) : config_(config) {}

  std::vector<EffectiveValue> collect() {
    add_settings();
    std::map<std::string, int> counts;
    for (const Deployment& deployment : config_.deployments) {
      int number = ++counts[deployment.public_name];
      std::string name = number == 1 ? deployment.public_name
                                     : fmt::format("{}#{}", deployment.public_name, number);
      add_deployment(fmt::format("model_list[{}]", name), deployment);
    }
    for (const auto& [alias, target] : config_.aliases)
      add("aliases." + alias, target, {});
    if (!config_.master_key.empty()) {
      add("general_settings.master_key", shown_secret(config_.master_key_source), {});
      values_.back().fingerprint = fingerprint_of(config_.master_key);
    }
    for (const auto& [section, members] : config_.litellm.items())
      for (const auto& [name, value] : members.items())
        add(section + "." + name, without_secrets(value), {});
    return std::move(values_);
  }

 private:
  void add(std::string name, Json value, const Origin& origin) {
    values_.push_back({std::move(name), std::move(value), origin, {}, false});
  }

  void add_settings() {
    for (const Setting& setting : settings()) {
      auto origin = config_.origins.find(setting.path());
      add(setting.path(), setting.show(config_),
          origin == config_.origins.end() ? Origin{} : origin->second);
      values_.back().needs_restart = setting.needs_restart;
    }
  }

  void add_deployment(const std::string& path, const Deployment& deployment) {
    auto field = [&](std::string_view name, Json value) {
      add(fmt::format("{}.{}", path, name), std::move(value), deployment.origin);
    };
    auto text = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) field(name, mask(value, secret_spans(value)));
    };
    auto number = [&](std::string_view name, const std::optional<std::int64_t>& value) {
      if (value) field(name, *value);
    };
    field("id", deployment.id);
    field("model", deployment.provider + "/" + deployment.upstream_model);
    text("api_base", deployment.api_base);
    if (!deployment.api_key_source.empty()) {
      field("api_key", shown_secret(deployment.api_key_source));
      values_.back().fingerprint = fingerprint_of(deployment.api_key);
    }
    text("organization", deployment.organization);
    text("api_version", deployment.api_version);
    for (const auto& [name, value] : deployment.extra_headers) {
      field("extra_headers." + name, "***");
      values_.back().fingerprint = fingerprint_of(Secret(value));
    }
    for (const auto& [name, value] : deployment.provider_settings) {
      field(name, is_secret_name(name) ? Json("***") : Json(value.reveal()));
      values_.back().fingerprint = fingerprint_of(value);
    }
    for (const auto& [name, value] : deployment.default_params.items())
      field(name, without_secrets(value));
    for (const auto& [name, value] : deployment.price_overrides.items())
      field(name, value);
    for (const auto& [name, value] : deployment.model_info.items())
      field("model_info." + name, without_secrets(value));
    text("mock_response", deployment.mock_response);
    number("rpm", deployment.rpm);
    number("tpm", deployment.tpm);
    number("max_parallel_requests", deployment.max_parallel);
    if (deployment.weight != 1) field("weight", deployment.weight);
    if (deployment.order != 0) field("order", deployment.order);
    if (deployment.timeout) field("timeout", to_text(*deployment.timeout));
    if (deployment.stream_timeout) field("stream_timeout", to_text(*deployment.stream_timeout));
  }

  const Config& config_;
  std::vector<EffectiveValue> values_;
};

bool same(const EffectiveValue& a, const EffectiveValue& b) {
  return a.value == b.value && a.fingerprint == b.fingerprint;
}

// New addresses are bound by a reload; one that goes away needs a restart.
bool removes_an_address(const EffectiveValue& before, const EffectiveValue& after) {
  if (!before.name.ends_with(".listen") || !before.value.is_array() || !after.value.is_array())
    return false;
  return std::any_of(before.value.begin(), before.value.end(), [&](const Json& address) {
    return std::find(after.value.begin(), after.value.end(), address) == after.value.end();
  });
}

}  // namespace

std::vector<EffectiveValue> effective_values(const Config& config) {
  return Collector(config).collect();
}

std::vector<Change> changes_between(const Config& before, const Config& after) {
  std::vector<EffectiveValue> old_values = effective_values(before);
  std::vector<EffectiveValue> new_values = effective_values(after);
  std::map<std::string_view, const EffectiveValue*> old_by_name;
  for (const EffectiveValue& value : old_values)
    old_by_name[value.name] = &value;
  std::map<std::string_view, const EffectiveValue*> new_by_name;
  for (const EffectiveValue& value : new_values)
    new_by_name[value.name] = &value;

  std::vector<Change> changes;
  for (const EffectiveValue& value : old_values) {
    auto found = new_by_name.find(value.name);
    // The id follows from the rest of the entry.
    bool is_id = value.name.ends_with("].id");
    if (found == new_by_name.end()) {
      changes.push_back({value.name, value.value, std::nullopt, value.needs_restart});
    } else if (!same(value, *found->second) && !is_id) {
      bool restart = value.needs_restart || removes_an_address(value, *found->second);
      changes.push_back({value.name, value.value, found->second->value, restart});
    }
  }
  for (const EffectiveValue& value : new_values)
    if (!old_by_name.contains(value.name))
      changes.push_back({value.name, std::nullopt, value.value, value.needs_restart});
  return changes;
}

std::string origin_text(const Origin& origin) {
  if (origin.line == 0) return "default";
  return fmt::format("{}:{}", origin.file, origin.line);
}

}  // namespace litegw::config
