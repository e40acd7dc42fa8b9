#include "daemon/control/key_edit.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/budget/window.h"

namespace litegw::control {
namespace {

constexpr std::size_t max_text = 255;
constexpr std::size_t max_items = 1000;
constexpr std::size_t max_metadata = 64;
constexpr std::size_t max_metadata_value = 1024;

Error refuse(std::string param, std::string message, std::string hint) {
  return make_error(ErrorCode::invalid_argument, std::move(message), std::move(hint),
                    std::move(param));
}

std::string shown(std::string_view text) {
  return "'" + escape_control(shorten(text, 60)) + "'";
}

bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

Status check_text(const std::string& param, std::string_view text, std::size_t most = max_text) {
  if (text.size() > most)
    return refuse(param, fmt::format("{} has {} bytes", param, text.size()),
                  fmt::format("at most {}", most));
  if (has_control_bytes(text) || !is_valid_utf8(text))
    return refuse(param, fmt::format("{} holds control characters or is not UTF-8", param),
                  "one line of text");
  return {};
}

Status check_name(const std::string& name) {
  if (Status text = check_text("name", name); !text) return text;
  if (trim(name) != name)
    return refuse("name", "name begins or ends with a blank", "write it without");
  if (name == "master" || name.starts_with("sk-"))
    return refuse("name", fmt::format("name {} would be taken for a key", shown(name)),
                  "choose another");
  if (name == "-" || name.starts_with("--"))
    return refuse("name", fmt::format("name {} would be taken for a flag", shown(name)),
                  "choose another");
  return {};
}

Status check_model(const std::string& param, const std::string& model,
                   const config::Config& config) {
  if (model.empty()) return refuse(param, "an empty model name", "see `litegw model list`");
  if (Status text = check_text(param, model); !text) return text;
  static const std::vector<std::string> special{"all-proxy-models", "all-team-models",
                                                "no-default-models"};
  bool known = model.find('*') != std::string::npos || config.access_groups.contains(model) ||
               config.unsupported_models.contains(model) ||
               std::find(special.begin(), special.end(), model) != special.end() ||
               config::resolve_model(config, model).has_value();
  if (known) return {};
  std::vector<std::string> names;
  for (const auto& [name, deployments] : config.models)
    names.push_back(name);
  for (const auto& [name, target] : config.aliases)
    names.push_back(name);
  for (const auto& [name, members] : config.access_groups)
    names.push_back(name);
  std::string guess = nearest(model, names);
  std::string hint = guess.empty() ? "see `litegw model list`; a pattern like gpt-* also covers "
                                     "models that are added later"
                                   : fmt::format("did you mean '{}'?", guess);
  return refuse(param, fmt::format("no model {}", shown(model)), hint);
}

Status check_models(const std::vector<std::string>& models, const config::Config& config) {
  if (models.size() > max_items)
    return refuse("models", fmt::format("{} models", models.size()),
                  fmt::format("at most {}; use patterns", max_items));
  for (const std::string& model : models)
    if (Status checked = check_model("models", model, config); !checked) return checked;
  return {};
}

Status check_limit(const std::string& param, const std::optional<std::int64_t>& limit) {
  if (!limit || *limit > 0) return {};
  return refuse(param, fmt::format("{} is {}", param, *limit),
                "a whole number from 1 on; leave it out for no limit");
}

Result<std::vector<auth::BudgetLimit>> budgets_of(const std::string& param,
                                                  const std::vector<Budget>& budgets) {
  std::vector<auth::BudgetLimit> limits;
  std::set<std::string> windows;
  if (budgets.size() > 10)
    return refuse(param, fmt::format("{} budgets", budgets.size()), "at most 10");
  for (const Budget& budget : budgets) {
    if (budget.amount_usd < Money())
      return refuse(param, fmt::format("a budget of {}", to_decimal(budget.amount_usd)),
                    "an amount from 0 on");
    Status window = check_window(budget.window);
    if (!window) {
      Error error = window.error();
      error.param = param;
      return error;
    }
    Result<budget::Window> parsed = budget::parse_window(budget.window);
    if (!parsed) return refuse(param, parsed.error().message, parsed.error().hint);
    if (!windows.insert(budget.window).second)
      return refuse(
          param,
          fmt::format("two budgets {}", budget.window.empty() ? std::string("without a window")
                                                              : "per " + budget.window),
          "give one of each");
    limits.push_back({budget.amount_usd, budget.window});
  }
  return limits;
}

Result<auth::Limits> limits_of(const std::string& model, const ModelLimits& wanted) {
  std::string prefix = fmt::format("model_limits.{}", shorten(model, 60));
  auth::Limits limits;
  Result<std::vector<auth::BudgetLimit>> budgets = budgets_of(prefix + ".budgets", wanted.budgets);
  if (!budgets) return budgets.error();
  limits.budgets = std::move(*budgets);
  if (Status rpm = check_limit(prefix + ".rpm", wanted.rpm); !rpm) return rpm.error();
  if (Status tpm = check_limit(prefix + ".tpm", wanted.tpm); !tpm) return tpm.error();
  limits.rpm = wanted.rpm;
  limits.tpm = wanted.tpm;
  return limits;
}

Status check_tags(const std::vector<std::string>& tags) {
  if (tags.size() > max_items) return refuse("tags", "too many tags", "at most 1000");
  for (const std::string& tag : tags) {
    if (tag.empty()) return refuse("tags", "an empty tag", "a word");
    if (Status text = check_text("tags", tag); !text) return text;
  }
  return {};
}

Status check_metadata(const std::map<std::string, std::string>& metadata) {
  if (metadata.size() > max_metadata)
    return refuse("metadata", fmt::format("{} members", metadata.size()),
                  fmt::format("at most {}", max_metadata));
  for (const auto& [name, value] : metadata) {
    if (Status text = check_text("metadata", name); !text) return text;
    if (Status text = check_text("metadata", value, max_metadata_value); !text) return text;
  }
  return {};
}

Status check_expiry(const std::optional<Time>& expires, Time now) {
  if (!expires || *expires > now) return {};
  return refuse("expires_at", fmt::format("{} has passed", to_rfc3339(*expires)),
                "a time to come, or `litegw key block`");
}

// "budgets", "model_rpm", ...: what `unset` may name, and how each is cleared.
Status clear(auth::VirtualKey& key, const std::string& member) {
  auto each_model = [&key](auto change) {
    for (auto& [model, limits] : key.model_limits)
      change(limits);
    std::erase_if(key.model_limits,
                  [](const auto& entry) { return entry.second == auth::Limits{}; });
  };
  if (member == "name")
    key.name.clear();
  else if (member == "models")
    key.models.clear();
  else if (member == "budgets")
    key.limits.budgets.clear();
  else if (member == "rpm")
    key.limits.rpm.reset();
  else if (member == "tpm")
    key.limits.tpm.reset();
  else if (member == "parallel")
    key.limits.parallel.reset();
  else if (member == "model_limits")
    key.model_limits.clear();
  else if (member == "model_budgets")
    each_model([](auth::Limits& l) { l.budgets.clear(); });
  else if (member == "model_rpm")
    each_model([](auth::Limits& l) { l.rpm.reset(); });
  else if (member == "model_tpm")
    each_model([](auth::Limits& l) { l.tpm.reset(); });
  else if (member == "expires_at")
    key.expires.reset();
  else if (member == "user")
    key.user_id.clear();
  else if (member == "team")
    key.team_id.clear();
  else if (member == "tags")
    key.tags.clear();
  else if (member == "metadata")
    key.metadata.clear();
  else {
    static const std::vector<std::string> names{
        "name",       "models",       "budgets",       "rpm",       "tpm",
        "parallel",   "model_limits", "model_budgets", "model_rpm", "model_tpm",
        "expires_at", "user",         "team",          "tags",      "metadata"};
    std::string guess = nearest(member, names);
    return refuse("unset",
                  fmt::format("{} cannot be unset{}", shown(member),
                              guess.empty() ? "" : "; did you mean '" + guess + "'?"),
                  "one of: " + join(names, ", "));
  }
  return {};
}

Status change_models(auth::VirtualKey& key, const KeyUpdate& request,
                     const config::Config& config) {
  if (request.models) key.models = *request.models;
  if (!request.add_models.empty() && key.models.empty() && !request.models)
    return refuse("add_models", "this key may call all models already",
                  "--models replaces the list");
  for (const std::string& model : request.add_models)
    if (std::find(key.models.begin(), key.models.end(), model) == key.models.end())
      key.models.push_back(model);
  for (const std::string& model : request.remove_models)
    if (std::erase(key.models, model) == 0)
      return refuse("remove_models",
                    fmt::format("the key's models do not include {}", shown(model)),
                    "see `litegw key show`");
  if (!request.remove_models.empty() && key.models.empty())
    return refuse("remove_models", "no model would be left, which means all models",
                  "block the key, or write --unset models to allow all");
  std::vector<std::string> given = request.models.value_or(std::vector<std::string>{});
  given.insert(given.end(), request.add_models.begin(), request.add_models.end());
  return check_models(given, config);
}

Status change_model_limits(auth::VirtualKey& key, const std::map<std::string, ModelLimits>& wanted,
                           const config::Config& config) {
  if (wanted.size() > max_items) return refuse("model_limits", "too many models", "at most 1000");
  for (const auto& [model, limits] : wanted) {
    if (Status known = check_model("model_limits", model, config); !known) return known;
    Result<auth::Limits> read = limits_of(model, limits);
    if (!read) return read.error();
    auth::Limits& own = key.model_limits[model];
    if (!limits.budgets.empty()) own.budgets = std::move(read->budgets);
    if (limits.rpm) own.rpm = limits.rpm;
    if (limits.tpm) own.tpm = limits.tpm;
    if (own == auth::Limits{}) key.model_limits.erase(model);
  }
  return {};
}

Status change_limits(auth::VirtualKey& key, const KeyUpdate& request) {
  if (request.budgets) {
    Result<std::vector<auth::BudgetLimit>> budgets = budgets_of("budgets", *request.budgets);
    if (!budgets) return budgets.error();
    key.limits.budgets = std::move(*budgets);
  }
  for (auto [param, wanted, own] :
       {std::tuple{"rpm", &request.rpm, &key.limits.rpm},
        std::tuple{"tpm", &request.tpm, &key.limits.tpm},
        std::tuple{"parallel", &request.parallel, &key.limits.parallel}}) {
    if (Status limit = check_limit(param, *wanted); !limit) return limit;
    if (*wanted) *own = *wanted;
  }
  return {};
}

Status change_words(auth::VirtualKey& key, const KeyUpdate& request, Time now) {
  if (request.name) {
    if (Status name = check_name(*request.name); !name) return name;
    key.name = *request.name;
  }
  for (auto [param, wanted, own] : {std::tuple{"user", &request.user, &key.user_id},
                                    std::tuple{"team", &request.team, &key.team_id}}) {
    if (!*wanted) continue;
    if (Status text = check_text(param, **wanted); !text) return text;
    *own = **wanted;
  }
  if (request.tags) {
    if (Status tags = check_tags(*request.tags); !tags) return tags;
    key.tags = *request.tags;
  }
  if (request.metadata) {
    if (Status metadata = check_metadata(*request.metadata); !metadata) return metadata;
    key.metadata = *request.metadata;
  }
  if (Status expiry = check_expiry(request.expires_at, now); !expiry) return expiry;
  if (request.expires_at) key.expires = request.expires_at;
  return {};
}

}  // namespace

Status check_secret(const Secret& secret) {
  const std::string& text = secret.reveal();
  bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (text.starts_with("sk-") && text.size() >= 16 && text.size() <= max_text && printable)
    return {};
  return refuse("key", "this key cannot be used",
                "it begins with sk- and has 16 to 255 printable characters without blanks");
}

Time next_version(Time before, Time now) {
  return std::max(now, before + Duration(1));
}

Result<auth::VirtualKey> made_key(const KeyCreate& request, const NewKey& facts,
                                  const config::Config& config) {
  auth::VirtualKey key;
  key.id = facts.id;
  key.hash = sha256(facts.secret.reveal());
  key.last_four = facts.secret.reveal().substr(facts.secret.reveal().size() - 4);
  key.created = facts.now;
  key.created_by = facts.actor;
  KeyUpdate wanted;
  wanted.name = request.name;
  wanted.models = request.models;
  wanted.budgets = request.budgets;
  wanted.rpm = request.rpm;
  wanted.tpm = request.tpm;
  wanted.parallel = request.parallel;
  wanted.model_limits = request.model_limits;
  wanted.expires_at = request.expires_at;
  wanted.user = request.user;
  wanted.team = request.team;
  wanted.tags = request.tags;
  wanted.metadata = request.metadata;
  Result<auth::VirtualKey> made = changed_key(std::move(key), wanted, config, facts.now);
  if (!made) return made.error();
  made->updated = facts.now;
  return made;
}

Result<auth::VirtualKey> changed_key(auth::VirtualKey key, const KeyUpdate& request,
                                     const config::Config& config, Time now) {
  for (const std::string& member : request.unset)
    if (Status cleared = clear(key, member); !cleared) return cleared.error();
  if (Status words = change_words(key, request, now); !words) return words.error();
  if (Status models = change_models(key, request, config); !models) return models.error();
  if (Status limits = change_limits(key, request); !limits) return limits.error();
  if (request.model_limits) {
    Status limits = change_model_limits(key, *request.model_limits, config);
    if (!limits) return limits.error();
  }
  key.updated = next_version(key.updated, now);
  return key;
}

}  // namespace litegw::control
