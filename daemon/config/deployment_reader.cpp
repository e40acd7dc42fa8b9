#include "daemon/config/deployment_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/hash.h"
#include "common/base/text.h"
#include "daemon/config/redact.h"
#include "daemon/config/values.h"

namespace litegw::config {
namespace {

bool is_header_name(std::string_view name) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || marks.find(c) != std::string_view::npos;
  });
}

// The entry without the values of its secrets: what a deployment's id hangs on.
void describe(const Node& node, std::string_view name, std::string& out) {
  if (node.is_map()) {
    out += '{';
    for (const Member& member : node.members) {
      out += member.name + ":";
      describe(*member.value, member.name, out);
      out += ',';
    }
    out += '}';
    return;
  }
  if (node.is_sequence()) {
    out += '[';
    for (const NodePtr& item : node.items) {
      describe(*item, name, out);
      out += ',';
    }
    out += ']';
    return;
  }
  // A variable that gets another value is still the same deployment.
  if (!node.source.empty())
    out += node.source;
  else if (is_secret_name(name) && !is_reference(node.text))
    out += to_hex(sha256(node.text));
  else
    out += node.text;
}

}  // namespace

std::string DeploymentReader::what(std::string_view key) const {
  return fmt::format("{} of model {}", key, shown(deployment_.public_name));
}

std::string DeploymentReader::identity(const Node& params) const {
  std::string text = deployment_.public_name + "\n";
  describe(params, "", text);
  return to_hex(sha256(text));
}

bool DeploymentReader::read_names(const Node& entry) {
  Report& report = loading_.report;
  if (!entry.is_map()) {
    report.error(entry.at,
                 fmt::format("an entry of model_list must be a map, not {}", kind_name(entry)),
                 "write - model_name: NAME and litellm_params: {model: provider/name}");
    return false;
  }
  const Member* name = value_of(entry, "model_name");
  if (name == nullptr || !name->value->is_scalar() || name->value->text.empty()) {
    report.error(entry.at, "an entry of model_list without model_name",
                 "model_name is what clients ask for");
    return false;
  }
  deployment_.public_name = name->value->text;
  if (has_control_bytes(deployment_.public_name) || deployment_.public_name.size() > 255) {
    report.error(name->value->at, "a model_name has at most 255 bytes and no control bytes");
    return false;
  }
  const Member* params = value_of(entry, "litellm_params");
  if (params == nullptr || !params->value->is_map()) {
    report.error(entry.at,
                 fmt::format("model {} has no litellm_params", shown(deployment_.public_name)),
                 "write litellm_params: {model: provider/name, api_key: os.environ/NAME}");
    return false;
  }
  for (const Member& member : entry.members) {
    if (member.name == "model_name" || member.name == "litellm_params" ||
        member.name == "model_info")
      continue;
    static const std::vector<std::string> names{"model_name", "litellm_params", "model_info"};
    bool misplaced = deployment_keys().find(member.name) != nullptr || is_price_key(member.name) ||
                     is_request_parameter(member.name);
    std::string guess = misplaced ? std::string("; it belongs to litellm_params")
                                  : did_you_mean(member.name, names);
    report.warn(member.at, fmt::format("model_list has no key {}{}", shown(member.name), guess),
                "it has no effect here", member.name.size());
  }
  return true;
}

bool DeploymentReader::choose_provider(const Node& params) {
  const Member* model = params.find("model");
  if (model != nullptr && model->value->is_null() && !model->value->source.empty())
    return false;  // an unset variable, which has had its warning
  if (model == nullptr || !model->value->is_scalar() || model->value->text.empty()) {
    loading_.report.error(params.at, fmt::format("{} is missing", what("litellm_params.model")),
                          "write model: openai/gpt-4o");
    return false;
  }
  const std::string& text = model->value->text;
  if (has_control_bytes(text)) {
    loading_.report.error(model->value->at, what("model") + " holds a control byte");
    return false;
  }
  deployment_.provider = "openai";
  deployment_.upstream_model = text;
  std::size_t slash = text.find('/');
  std::string prefix = text.substr(0, slash == std::string::npos ? 0 : slash);
  const Member* custom = value_of(params, "custom_llm_provider");
  bool prefix_known = loading_.provider(prefix) != nullptr || is_litellm_provider(prefix);
  if (custom != nullptr && custom->value->is_scalar()) {
    deployment_.provider = custom->value->text;
    if (prefix == deployment_.provider) deployment_.upstream_model = text.substr(slash + 1);
  } else if (prefix_known) {
    deployment_.provider = prefix;
    deployment_.upstream_model = text.substr(slash + 1);
  } else if (!prefix.empty() && value_of(params, "api_base") == nullptr) {
    loading_.report.warn(model->value->at,
                         fmt::format("model {}: {} is no provider; taken as a name of OpenAI's",
                                     shown(deployment_.public_name), shown(prefix)),
                         "write openai/" + text + " with api_base for a compatible server",
                         prefix.size());
  }
  if (deployment_.provider == "custom_openai") deployment_.provider = "openai";
  if (loading_.provider(deployment_.provider) != nullptr || value_of(params, "mock_response"))
    return true;
  unsupported_provider_ = deployment_.provider;
  loading_.report.warn(
      model->value->at,
      fmt::format("model {}: provider {} is not supported yet; this deployment is left out",
                  shown(deployment_.public_name), shown(deployment_.provider)),
      "", text.size());
  return false;
}

void DeploymentReader::read_number(const Member& member) {
  const std::string& key = member.name;
  auto refuse = [&](const Error& error) {
    loading_.report.error(member.value->at, fmt::format("{} {}", what(key), error.message),
                          error.hint, member.value->text.size());
  };
  if (key == "timeout" || key == "request_timeout" || key == "stream_timeout") {
    Result<Duration> value = as_seconds(*member.value);
    if (!value) return refuse(value.error());
    (key == "stream_timeout" ? deployment_.stream_timeout : deployment_.timeout) = *value;
    return;
  }
  if (key == "weight") {
    Result<double> value = as_number(*member.value);
    if (value && *value < 0) value = make_error(ErrorCode::config_invalid, "must not be negative");
    if (!value) return refuse(value.error());
    deployment_.weight = *value;
    return;
  }
  Result<std::int64_t> value = as_integer(*member.value, 0);
  // LiteLLM takes 1e6 and 1000.0 as well.
  if (Result<double> real = as_number(*member.value);
      !value && real && *real >= 0 && *real < 9e15 && *real == std::int64_t(*real))
    value = static_cast<std::int64_t>(*real);
  if (!value) return refuse(value.error());
  if (key == "rpm") deployment_.rpm = *value;
  if (key == "tpm") deployment_.tpm = *value;
  if (key == "max_parallel_requests") deployment_.max_parallel = *value;
  if (key == "order") deployment_.order = static_cast<int>(std::min<std::int64_t>(*value, 1 << 20));
}

void DeploymentReader::read_headers(const Member& member) {
  if (!member.value->is_map()) {
    loading_.report.error(member.value->at, what(member.name) + " must be a map",
                          "write {Name: value}");
    return;
  }
  for (const Member& header : member.value->members) {
    if (header.value->is_null()) continue;
    bool good = header.value->is_scalar() && is_header_name(header.name) &&
                !has_control_bytes(header.value->text);
    if (!good) {
      loading_.report.error(
          header.at, fmt::format("{}: {} is no header", what(member.name), shown(header.name)),
          "a name of letters, digits and dashes, and a value of one line");
      continue;
    }
    if (!header.value->source.empty() || is_secret_name(header.name))
      loading_.report.keep_secret(header.value->text);
    deployment_.extra_headers.emplace_back(header.name, header.value->text);
  }
}

void DeploymentReader::read_used_param(const Member& member) {
  static const std::vector<std::string_view> numbers{"rpm",
                                                     "tpm",
                                                     "weight",
                                                     "order",
                                                     "max_parallel_requests",
                                                     "timeout",
                                                     "request_timeout",
                                                     "stream_timeout"};
  const std::string& key = member.name;
  if (std::find(numbers.begin(), numbers.end(), key) != numbers.end()) {
    read_number(member);
  } else if (key == "extra_headers" || key == "headers") {
    read_headers(member);
  } else if (key == "mock_response") {
    deployment_.mock_response =
        member.value->is_scalar() ? member.value->text : dump(to_json(*member.value));
  } else if (key == "model_info") {
    read_model_info(*member.value);
  } else if (key == "extra_body") {
    if (!member.value->is_map()) {
      loading_.report.error(member.value->at, what("extra_body") + " must be a map");
      return;
    }
    for (const Member& part : member.value->members)
      deployment_.default_params[part.name] = to_json(*part.value);
  }
}

void DeploymentReader::read_unknown_param(const Member& member) {
  std::string guess = nearest(member.name, deployment_names());
  if (guess.empty() && is_secret_name(member.name)) guess = "api_key";
  if (!guess.empty()) {
    loading_.report.warn(
        member.at,
        fmt::format("litellm_params has no key {}; did you mean '{}'?", shown(member.name), guess),
        "it has no effect here", member.name.size());
    return;
  }
  // litellm_params is open: LiteLLM sends what it does not know to the provider.
  loading_.warn_once("litellm_params " + member.name, member.at,
                     fmt::format("litellm_params has no key {}", shown(member.name)),
                     "it is sent to the provider as a parameter of each request",
                     member.name.size());
  deployment_.default_params[member.name] = to_json(*member.value);
}

void DeploymentReader::read_param(const Member& member) {
  if (member.value->is_null()) return;
  const std::string& key = member.name;
  if (const LitellmKey* known = deployment_keys().find(key)) {
    if (known->use == Use::read) read_used_param(member);
    if (!known->note.empty())
      loading_.warn_once("litellm_params " + std::string(known->note), member.at,
                         fmt::format("litellm_params.{}: {}", key, known->note), "", key.size());
    return;
  }
  if (is_price_key(key)) {
    deployment_.price_overrides[key] = to_json(*member.value, true);
    return;
  }
  if (key == "stream") return;  // the client decides
  if (is_request_parameter(key)) {
    deployment_.default_params[key] = to_json(*member.value);
    return;
  }
  if (is_provider_setting(key)) {
    std::string text =
        member.value->is_scalar() ? member.value->text : dump(to_json(*member.value));
    if (is_secret_name(key)) loading_.report.keep_secret(text);
    deployment_.provider_settings[key] = Secret(text);
    return;
  }
  read_unknown_param(member);
}

void DeploymentReader::read_model_info(const Node& info) {
  if (info.is_null()) return;
  if (!info.is_map()) {
    loading_.report.error(info.at, what("model_info") + " must be a map");
    return;
  }
  for (const Member& member : info.members) {
    if (is_price_key(member.name)) {
      if (!member.value->is_null() && !deployment_.price_overrides.contains(member.name))
        deployment_.price_overrides[member.name] = to_json(*member.value, true);
      continue;
    }
    deployment_.model_info[member.name] = to_json(*member.value);
    if (member.name == "id" && member.value->is_scalar() && !member.value->text.empty() &&
        !has_control_bytes(member.value->text) && member.value->text.size() <= 255)
      deployment_.id = member.value->text;
  }
}

std::vector<Deployment> DeploymentReader::read(const Node& entry) {
  deployment_ = Deployment{};
  organizations_.clear();
  unsupported_provider_.clear();
  usable_ = true;
  at_ = entry.at;
  if (!read_names(entry)) return {};
  Node params = with_credentials(*entry.find("litellm_params")->value);
  if (!choose_provider(params)) return {};
  deployment_.origin = loading_.report.origin(entry.at);
  if (const Member* info = entry.find("model_info")) read_model_info(*info->value);
  read_connection(params);
  for (const Member& member : params.members)
    read_param(member);
  finish_defaults();
  if (!usable_) return {};
  if (deployment_.id.empty()) deployment_.id = identity(params);
  std::vector<Deployment> all;
  for (const std::string& organization : organizations_) {
    deployment_.organization = organization;
    all.push_back(deployment_);
  }
  if (all.empty()) all.push_back(deployment_);
  return all;
}

}  // namespace litegw::config
