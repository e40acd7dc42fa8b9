#include "daemon/control/bounds_edit.h"

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

// C0, DEL, and C1, which a terminal takes for control sequences as well (U+009B is ESC [).
bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)
      return true;
  }
  return false;
}

Status check_text_of(const std::string& param, std::string_view text, std::size_t most = max_text) {
  if (text.size() > most)
    return refuse_member(param, fmt::format("{} has {} bytes", param, text.size()),
                         fmt::format("at most {}", most));
  if (has_control_characters(text) || !is_valid_utf8(text))
    return refuse_member(param, fmt::format("{} holds control characters or is not UTF-8", param),
                         "one line of text");
  return {};
}

Status check_model(const std::string& param, const std::string& model,
                   const config::Config& config) {
  if (model.empty()) return refuse_member(param, "an empty model name", "see `litegw model list`");
  if (Status text = check_text_of(param, model); !text) return text;
  if (is_model_word(model, config)) return {};
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
  return refuse_member(param, fmt::format("{}: no model {}", param, shown(model)), hint);
}

Status check_models(const std::vector<std::string>& models, const config::Config& config) {
  if (models.size() > max_items)
    return refuse_member("models", fmt::format("{} models", models.size()),
                         fmt::format("at most {}; use patterns", max_items));
  for (const std::string& model : models)
    if (Status checked = check_model("models", model, config); !checked) return checked;
  return {};
}

Status check_limit(const std::string& param, const std::optional<std::int64_t>& limit) {
  if (!limit || *limit > 0) return {};
  return refuse_member(param, fmt::format("{} is {}", param, *limit),
                       "a whole number from 1 on; leave it out for no limit");
}

Result<std::vector<auth::BudgetLimit>> budgets_of(const std::string& param,
                                                  const std::vector<Budget>& budgets) {
  std::vector<auth::BudgetLimit> limits;
  std::set<std::string> windows;
  if (budgets.size() > 10)
    return refuse_member(param, fmt::format("{} budgets", budgets.size()), "at most 10");
  for (const Budget& budget : budgets) {
    if (budget.amount_usd < Money())
      return refuse_member(param, fmt::format("a budget of {}", to_decimal(budget.amount_usd)),
                           "an amount from 0 on");
    Status window = check_window(budget.window);
    if (!window) {
      Error error = window.error();
      error.param = param;
      return error;
    }
    Result<budget::Window> parsed = budget::parse_window(budget.window);
    if (!parsed) return refuse_member(param, parsed.error().message, parsed.error().hint);
    if (!windows.insert(budget.window).second)
      return refuse_member(
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

Status check_metadata(const std::map<std::string, std::string>& metadata) {
  if (metadata.size() > max_metadata)
    return refuse_member("metadata", fmt::format("{} members", metadata.size()),
                         fmt::format("at most {}", max_metadata));
  for (const auto& [name, value] : metadata) {
    if (Status text = check_text_of("metadata", name); !text) return text;
    if (Status text = check_text_of("metadata", value, max_metadata_value); !text) return text;
  }
  return {};
}

Status change_models(Bounded record, const BoundsUpdate& request, const config::Config& config) {
  if (request.models) record.models = *request.models;
  if (!request.add_models.empty() && record.models.empty() && !request.models)
    return refuse_member("add_models",
                         fmt::format("this {} may call all models already", record.noun),
                         "--models replaces the list");
  for (const std::string& model : request.add_models)
    if (std::find(record.models.begin(), record.models.end(), model) == record.models.end())
      record.models.push_back(model);
  for (const std::string& model : request.remove_models)
    if (std::erase(record.models, model) == 0)
      return refuse_member(
          "remove_models",
          fmt::format("the {}'s models do not include {}", record.noun, shown(model)),
          fmt::format("see `litegw {} show`", record.noun));
  if (!request.remove_models.empty() && record.models.empty())
    return refuse_member(
        "remove_models", "no model would be left, which means all models",
        fmt::format("block the {}, or write --unset models to allow all", record.noun));
  std::vector<std::string> given = request.models.value_or(std::vector<std::string>{});
  given.insert(given.end(), request.add_models.begin(), request.add_models.end());
  return check_models(given, config);
}

// A limit goes by the public name that requests are counted under: neither a pattern, a group nor
// an alias is one, and a limit on it would never be looked at.
Status check_limited_model(const std::string& model, const config::Config& config) {
  if (Status known = check_model("model_limits", model, config); !known) return known;
  if (counts_as_itself(model, config)) return {};
  const std::optional<config::Resolved> resolved = config::resolve_model(config, model);
  if (resolved && model.find('*') == std::string::npos)
    return refuse_member("model_limits", fmt::format("{} is another name", shown(model)),
                         fmt::format("limit the model itself: {}", shown(resolved->name)));
  return refuse_member("model_limits", fmt::format("{} is not one model", shown(model)),
                       "give each model its own limit; see `litegw model list`");
}

Status change_model_limits(Bounded record, const std::map<std::string, ModelLimits>& wanted,
                           const config::Config& config) {
  if (wanted.size() > max_items)
    return refuse_member("model_limits", "too many models", "at most 1000");
  for (const auto& [model, limits] : wanted) {
    if (Status one = check_limited_model(model, config); !one) return one;
    Result<auth::Limits> read = limits_of(model, limits);
    if (!read) return read.error();
    auth::Limits& own = record.model_limits[model];
    if (!limits.budgets.empty()) own.budgets = std::move(read->budgets);
    if (limits.rpm) own.rpm = limits.rpm;
    if (limits.tpm) own.tpm = limits.tpm;
    if (own == auth::Limits{}) record.model_limits.erase(model);
  }
  return {};
}

Status change_limits(Bounded record, const BoundsUpdate& request) {
  if (request.budgets) {
    Result<std::vector<auth::BudgetLimit>> budgets = budgets_of("budgets", *request.budgets);
    if (!budgets) return budgets.error();
    record.limits.budgets = std::move(*budgets);
  }
  for (auto [param, wanted, own] :
       {std::tuple{"rpm", &request.rpm, &record.limits.rpm},
        std::tuple{"tpm", &request.tpm, &record.limits.tpm},
        std::tuple{"parallel", &request.parallel, &record.limits.parallel}}) {
    if (Status limit = check_limit(param, *wanted); !limit) return limit;
    if (*wanted) *own = *wanted;
  }
  return {};
}

Status check_has_name(auth::OwnerKind kind, const std::string& name) {
  if (!name.empty()) return {};
  return refuse_member("name", fmt::format("a {} needs a name", auth::to_text(kind)),
                       "a word by which keys refer to it");
}

}  // namespace

Error refuse_member(std::string param, std::string message, std::string hint) {
  return make_error(ErrorCode::invalid_argument, std::move(message), std::move(hint),
                    std::move(param));
}

std::string shown(std::string_view text) {
  return "'" + escape_control(shorten(text, 60)) + "'";
}

Status check_name(const std::string& name) {
  if (Status text = check_text_of("name", name); !text) return text;
  if (trim(name) != name)
    return refuse_member("name", "name begins or ends with a blank", "write it without");
  if (name == "master" || name.starts_with("sk-"))
    return refuse_member("name", fmt::format("name {} would be taken for a key", shown(name)),
                         "choose another");
  if (name == "-" || name.starts_with("--"))
    return refuse_member("name", fmt::format("name {} would be taken for a flag", shown(name)),
                         "choose another");
  return {};
}

Status check_text(const std::string& param, std::string_view text) {
  return check_text_of(param, text);
}

bool is_model_word(const std::string& model, const config::Config& config) {
  static const std::vector<std::string> special{"all-proxy-models", "all-team-models",
                                                "no-default-models"};
  return model.find('*') != std::string::npos || config.access_groups.contains(model) ||
         config.unsupported_models.contains(model) ||
         std::find(special.begin(), special.end(), model) != special.end() ||
         config::resolve_model(config, model).has_value();
}

bool counts_as_itself(const std::string& model, const config::Config& config) {
  if (model.find('*') != std::string::npos) return false;
  const std::optional<config::Resolved> resolved = config::resolve_model(config, model);
  return resolved && resolved->name == model;
}

Time next_version(Time before, Time now) {
  return std::max(now, before + Duration(1));
}

bool clear_bound(Bounded record, std::string_view member) {
  auto each_model = [&record](auto change) {
    for (auto& [model, limits] : record.model_limits)
      change(limits);
    std::erase_if(record.model_limits,
                  [](const auto& entry) { return entry.second == auth::Limits{}; });
  };
  if (member == "models")
    record.models.clear();
  else if (member == "budgets")
    record.limits.budgets.clear();
  else if (member == "rpm")
    record.limits.rpm.reset();
  else if (member == "tpm")
    record.limits.tpm.reset();
  else if (member == "parallel")
    record.limits.parallel.reset();
  else if (member == "model_limits")
    record.model_limits.clear();
  else if (member == "model_budgets")
    each_model([](auth::Limits& l) { l.budgets.clear(); });
  else if (member == "model_rpm")
    each_model([](auth::Limits& l) { l.rpm.reset(); });
  else if (member == "model_tpm")
    each_model([](auth::Limits& l) { l.tpm.reset(); });
  else if (member == "metadata")
    record.metadata.clear();
  else
    return false;
  return true;
}

Error cannot_unset(std::string_view member, const std::vector<std::string>& more) {
  std::vector<std::string> names{"models",    "budgets",      "rpm",           "tpm",
                                 "parallel",  "model_limits", "model_budgets", "model_rpm",
                                 "model_tpm", "metadata"};
  names.insert(names.begin(), more.begin(), more.end());
  std::string guess = nearest(member, names);
  return refuse_member("unset",
                       fmt::format("{} cannot be unset{}", shown(member),
                                   guess.empty() ? "" : "; did you mean '" + guess + "'?"),
                       "one of: " + join(names, ", "));
}

BoundsUpdate update_of(const Bounds& request) {
  BoundsUpdate update;
  update.name = request.name;
  update.models = request.models;
  update.budgets = request.budgets;
  update.rpm = request.rpm;
  update.tpm = request.tpm;
  update.parallel = request.parallel;
  update.model_limits = request.model_limits;
  update.metadata = request.metadata;
  return update;
}

Status change_bounds(Bounded record, const BoundsUpdate& request, const config::Config& config) {
  if (request.name) {
    if (Status name = check_name(*request.name); !name) return name;
    record.name = *request.name;
  }
  if (request.metadata) {
    if (Status metadata = check_metadata(*request.metadata); !metadata) return metadata;
    record.metadata = *request.metadata;
  }
  if (Status models = change_models(record, request, config); !models) return models;
  if (Status limits = change_limits(record, request); !limits) return limits;
  if (!request.model_limits) return {};
  return change_model_limits(record, *request.model_limits, config);
}

Result<auth::Owner> made_owner(auth::OwnerKind kind, const OwnerCreate& request, std::string id,
                               std::string actor, const config::Config& config, Time now) {
  auth::Owner owner;
  owner.kind = kind;
  owner.id = std::move(id);
  owner.created = now;
  owner.created_by = std::move(actor);
  if (Status named = check_has_name(kind, request.name); !named) return named.error();
  Bounded record = bounded(auth::to_text(kind), owner);
  Status made = change_bounds(record, update_of(request), config);
  if (!made) return made.error();
  owner.updated = now;
  return owner;
}

Result<auth::Owner> changed_owner(auth::Owner owner, const OwnerUpdate& request,
                                  const config::Config& config, Time now) {
  Bounded record = bounded(auth::to_text(owner.kind), owner);
  for (const std::string& member : request.unset)
    if (!clear_bound(record, member)) return cannot_unset(member, {});
  if (request.name)
    if (Status named = check_has_name(owner.kind, *request.name); !named) return named.error();
  Status changed = change_bounds(record, request, config);
  if (!changed) return changed.error();
  owner.updated = next_version(owner.updated, now);
  return owner;
}

}  // namespace litegw::control
