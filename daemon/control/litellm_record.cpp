#include "daemon/control/litellm_record.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/budget/window.h"
#include "daemon/control/bounds_edit.h"

namespace litegw::control {
namespace {

constexpr std::size_t most_metadata = 64, longest_metadata = 1024;

using Notes = std::vector<std::string>;

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(std::string(name));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const Json& object, std::string_view name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// Python writes amounts as floating-point text; the decimal that it prints is taken, not the
// binary fraction. Numeric text is as good as a number.
std::optional<Money> money_of(const Json* value) {
  if (value == nullptr || !(value->is_number() || value->is_string())) return std::nullopt;
  const std::string text = value->is_string() ? value->get<std::string>() : dump(*value);
  const std::optional<std::int64_t> nano = parse_scaled_decimal(text, 9);
  return nano ? std::optional(Money::nano(*nano)) : std::nullopt;
}

std::optional<Time> time_of(const Json& object, std::string_view name) {
  const std::string text = text_of(object, name);
  if (text.empty()) return std::nullopt;
  if (std::optional<Time> time = parse_rfc3339(text)) return time;
  return parse_rfc3339(text + "Z");  // Python's isoformat() of a naive UTC time
}

std::optional<std::int64_t> limit_of(const Json& object, std::string_view name, Notes& notes) {
  const Json* value = member(object, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const auto count = static_cast<std::int64_t>(value->get<double>());
  if (count > 0) return count;
  notes.push_back(fmt::format("{} is {}: limits begin at 1 here, so it is 1", name, count));
  return 1;
}

std::vector<std::string> models_of(const Json& object, std::string_view name,
                                   const config::Config& config, Notes& notes) {
  std::vector<std::string> models;
  const Json* list = member(object, name);
  if (list == nullptr || !list->is_array()) return models;
  std::vector<std::string> unknown;
  for (const Json& item : *list) {
    if (!item.is_string() || item.get_ref<const std::string&>().empty()) continue;
    models.push_back(item.get<std::string>());
    if (!check_text("models", models.back()))
      models.pop_back();
    else if (!is_model_word(models.back(), config))
      unknown.push_back(shown(models.back()));
  }
  if (!unknown.empty())
    notes.push_back(fmt::format("{} {}: not served here (yet)", name, join(unknown, ", ")));
  return models;
}

void add_budget(auth::Limits& limits, const Json* amount, const std::string& duration,
                std::string_view what, Notes& notes) {
  const std::optional<Money> money = money_of(amount);
  if (amount != nullptr && !money)
    notes.push_back(fmt::format("{} {} is no amount: left out", what, shown(dump(*amount))));
  if (!money) return;
  std::string note;
  const std::string window = litellm_window(duration, note);
  if (!note.empty()) notes.push_back(fmt::format("{}: {}", what, note));
  for (auth::BudgetLimit& limit : limits.budgets) {
    if (limit.window != window) continue;
    limit.amount = std::min(limit.amount, *money);
    return;
  }
  limits.budgets.push_back({*money, window});
}

// A member of the key, else of the shared budget that its budget_id names.
struct Source {
  const Json& record;
  const Json* shared;
  const Json* find(std::string_view name) const {
    const Json* own = member(record, name);
    return own != nullptr || shared == nullptr ? own : member(*shared, name);
  }
  const Json& owner_of(std::string_view name) const {
    return member(record, name) != nullptr || shared == nullptr ? record : *shared;
  }
};

void read_model_budgets(const Json* table, std::map<std::string, auth::Limits>& limits,
                        Notes& notes) {
  if (table == nullptr || !table->is_object()) return;
  for (const auto& [model, value] : table->items()) {
    const bool object = value.is_object();
    const Json* amount = &value;
    std::string duration;
    if (object) {
      amount = member(value, "budget_limit");
      if (amount == nullptr) amount = member(value, "max_budget");
      duration = text_of(value, "time_period");
      if (duration.empty()) duration = text_of(value, "budget_duration");
    }
    add_budget(limits[model], amount, duration, "model_max_budget of " + shown(model), notes);
    if (object) limits[model].rpm = limit_of(value, "rpm_limit", notes);
    if (object) limits[model].tpm = limit_of(value, "tpm_limit", notes);
    if (limits[model] == auth::Limits{}) limits.erase(model);
  }
}

void read_model_rates(const Json* table, std::map<std::string, auth::Limits>& limits,
                      std::optional<std::int64_t> auth::Limits::*rate, Notes& notes) {
  if (table == nullptr || !table->is_object()) return;
  for (const auto& [model, value] : table->items())
    if (std::optional<std::int64_t> count = limit_of(*table, model, notes))
      limits[model].*rate = count;
}

void read_limits(const Json& record, auth::VirtualKey& key, Notes& notes) {
  const Source source{record, member(record, "litellm_budget_table")};
  const std::string duration = text_of(source.owner_of("budget_duration"), "budget_duration");
  add_budget(key.limits, source.find("max_budget"), duration, "max_budget", notes);
  if (const Json* windows = member(record, "budget_limits"); windows && windows->is_array())
    for (const Json& window : *windows)
      add_budget(key.limits, member(window, "max_budget"), text_of(window, "budget_duration"),
                 "budget_limits", notes);
  key.limits.rpm = limit_of(source.owner_of("rpm_limit"), "rpm_limit", notes);
  key.limits.tpm = limit_of(source.owner_of("tpm_limit"), "tpm_limit", notes);
  key.limits.parallel =
      limit_of(source.owner_of("max_parallel_requests"), "max_parallel_requests", notes);
  read_model_budgets(source.find("model_max_budget"), key.model_limits, notes);
  static const Json none = Json::object();
  const Json* metadata = member(record, "metadata");
  const Json& kept = metadata != nullptr ? *metadata : none;
  for (const Json* place : {&kept, &record}) {
    read_model_rates(member(*place, "model_rpm_limit"), key.model_limits, &auth::Limits::rpm,
                     notes);
    read_model_rates(member(*place, "model_tpm_limit"), key.model_limits, &auth::Limits::tpm,
                     notes);
  }
  using auth::Limits;
  read_model_rates(member(record, "rpm_limit_per_model"), key.model_limits, &Limits::rpm, notes);
  read_model_rates(member(record, "tpm_limit_per_model"), key.model_limits, &Limits::tpm, notes);
}

void add_tags(const Json* list, std::vector<std::string>& tags) {
  if (list == nullptr || !list->is_array()) return;
  for (const Json& tag : *list)
    if (tag.is_string() && !tag.get_ref<const std::string&>().empty() &&
        check_text("tags", tag.get_ref<const std::string&>()))
      if (std::string text = tag.get<std::string>();
          std::find(tags.begin(), tags.end(), text) == tags.end())
        tags.push_back(std::move(text));
}

void read_metadata(const Json& record, auth::VirtualKey& key, Notes& notes) {
  static constexpr std::array<std::string_view, 3> elsewhere{"tags", "model_rpm_limit",
                                                             "model_tpm_limit"};
  add_tags(member(record, "tags"), key.tags);
  const Json* metadata = member(record, "metadata");
  if (metadata == nullptr || !metadata->is_object()) return;
  add_tags(member(*metadata, "tags"), key.tags);
  for (const auto& [name, value] : metadata->items()) {
    if (value.is_null() || std::find(elsewhere.begin(), elsewhere.end(), name) != elsewhere.end())
      continue;
    const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
    const bool fits = key.metadata.size() < most_metadata && text.size() <= longest_metadata &&
                      check_text("metadata", name) && escape_control(text) == text;
    if (fits)
      key.metadata[name] = text;
    else
      notes.push_back(
          fmt::format("metadata {}: too long, or no plain text: left out", shown(name)));
  }
}

// Does the list of routes let the key call models? Else it would gain a right by moving in.
bool calls_models(const Json& routes) {
  if (!routes.is_array() || routes.empty()) return true;
  for (const Json& route : routes) {
    if (!route.is_string()) continue;
    const std::string& text = route.get_ref<const std::string&>();
    if (text == "llm_api_routes" || text == "openai_routes" || text == "anthropic_routes" ||
        text.find("completions") != std::string::npos ||
        text.find("responses") != std::string::npos || text.find("messages") != std::string::npos ||
        text.find("embeddings") != std::string::npos || text == "/*" || text == "*")
      return true;
  }
  return false;
}

void note_what_is_left_out(const Json& record, auth::VirtualKey& key, Notes& notes) {
  static constexpr std::array<std::string_view, 20> unsupported{"soft_budget",
                                                                "org_id",
                                                                "organization_id",
                                                                "project_id",
                                                                "agent_id",
                                                                "permissions",
                                                                "config",
                                                                "router_settings",
                                                                "access_group_ids",
                                                                "object_permission",
                                                                "object_permission_id",
                                                                "allowed_cache_controls",
                                                                "rotation_interval",
                                                                "guardrails",
                                                                "budget_fallbacks",
                                                                "team_member_tpm_limit",
                                                                "team_member_rpm_limit",
                                                                "team_model_aliases",
                                                                "organization_max_budget",
                                                                "allowed_model_region"};
  std::vector<std::string> names;
  for (const std::string_view name : unsupported) {
    const Json* value = member(record, name);
    const bool empty = value == nullptr ||
                       ((value->is_array() || value->is_object()) && value->empty()) ||
                       (value->is_string() && value->get_ref<const std::string&>().empty());
    if (!empty) names.emplace_back(name);
  }
  if (!names.empty()) notes.push_back("has no counterpart here: " + join(names, ", "));
  const Json* routes = member(record, "allowed_routes");
  if (routes == nullptr || routes->empty()) return;
  if (calls_models(*routes)) {
    notes.push_back("allowed_routes: every key may call the model routes here, and no others");
    return;
  }
  key.blocked = true;
  notes.push_back(
      "allowed_routes has no model route, and keys here have no others: it comes in blocked");
}

auth::Owner new_owner(auth::OwnerKind kind, const std::string& id, std::string name) {
  auth::Owner owner;
  owner.kind = kind;
  owner.id = id;
  const bool usable = !name.empty() && check_text("name", name) && trim(name) == name;
  owner.name = usable ? std::move(name) : id;
  return owner;
}

void read_team(const Json& record, ImportedKey& out, const config::Config& config) {
  if (out.key.team_id.empty()) return;
  ImportedOwner team{
      new_owner(auth::OwnerKind::team, out.key.team_id, text_of(record, "team_alias")), {}, {}};
  team.owner.models = models_of(record, "team_models", config, team.notes);
  const Json* blocked = member(record, "team_blocked");
  team.owner.blocked = blocked != nullptr && blocked->is_boolean() && blocked->get<bool>();
  team.owner.limits.rpm = limit_of(record, "team_rpm_limit", team.notes);
  team.owner.limits.tpm = limit_of(record, "team_tpm_limit", team.notes);
  add_budget(team.owner.limits, member(record, "team_max_budget"), {}, "team_max_budget",
             team.notes);
  if (!team.owner.limits.budgets.empty())
    team.notes.push_back(
        "the key list does not say when a team's budget resets, so it never does here: "
        "`litegw team update` gives it a window");
  team.spend.amount = money_of(member(record, "team_spend")).value_or(Money());
  out.owners.push_back(std::move(team));
}

void read_user(const Json& record, ImportedKey& out) {
  if (out.key.user_id.empty()) return;
  std::string name = text_of(record, "user_email");
  if (const Json* user = member(record, "user"); name.empty() && user != nullptr)
    name = text_of(*user, "user_alias").empty() ? text_of(*user, "user_email")
                                                : text_of(*user, "user_alias");
  ImportedOwner user{new_owner(auth::OwnerKind::user, out.key.user_id, std::move(name)), {}, {}};
  user.owner.limits.rpm = limit_of(record, "user_rpm_limit", user.notes);
  user.owner.limits.tpm = limit_of(record, "user_tpm_limit", user.notes);
  add_budget(user.owner.limits, member(record, "user_max_budget"), {}, "user_max_budget",
             user.notes);
  if (!user.owner.limits.budgets.empty())
    user.notes.push_back(
        "the key list does not say when a user's budget resets, so it never does here: "
        "`litegw user update` gives it a window");
  if (!user.owner.limits.budgets.empty() && !out.key.team_id.empty())
    out.notes.push_back("its user's budget bounds this team key here, which LiteLLM did not do");
  user.spend.amount = money_of(member(record, "user_spend")).value_or(Money());
  out.owners.push_back(std::move(user));
}

std::optional<Sha256> hash_of(const std::string& text) {
  if (text.size() != 64) return std::nullopt;
  Sha256 hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    int byte = 0;
    for (const char c : std::string_view(text).substr(2 * i, 2)) {
      const bool digit = c >= '0' && c <= '9';
      if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
      byte = byte * 16 + (digit ? c - '0' : c - 'a' + 10);
    }
    hash[i] = static_cast<std::uint8_t>(byte);
  }
  return hash;
}

void read_identity(const Json& record, ImportedKey& out) {
  const std::string token = text_of(record, "token");
  out.label = text_of(record, "key_alias");
  const std::string masked = text_of(record, "key_name");
  if (out.label.empty()) out.label = masked.empty() ? shorten(token, 12) : masked;
  const std::optional<Sha256> hash = hash_of(token);
  if (!hash) {
    out.refused = token.starts_with("sk-")
                      ? "token is a key in plain text: the list of hashes is needed"
                      : "token is not the SHA-256 of a key (64 hex digits): ask for the list with "
                        "return_full_object=true";
    return;
  }
  out.key.hash = *hash;
  if (masked.size() >= 4) out.key.last_four = masked.substr(masked.size() - 4);
  out.key.name = text_of(record, "key_alias");
  if (out.key.name.empty()) return;
  if (const Status name = check_name(out.key.name); !name)
    out.refused = fmt::format("key_alias: {} ({})", name.error().message, name.error().hint);
}

}  // namespace

std::string litellm_window(std::string_view duration, std::string& note) {
  if (duration.empty()) return {};
  if (duration == "1mo" || duration == "1m0") return "month";
  const Result<Duration> length = parse_duration(duration);
  if (!length || *length < seconds(1)) {
    note = fmt::format(
        "no window is like '{}', so it never resets: set one with `litegw key "
        "update --budget`",
        escape_control(shorten(duration, 20)));
    return {};
  }
  if (*length % days(1) == Duration(0)) return fmt::format("litellm:{}d", *length / days(1));
  if (*length < hours(1)) {
    note = fmt::format("windows are whole hours here: {} became 1h, which is stricter",
                       escape_control(shorten(duration, 20)));
    return "1h";
  }
  const std::int64_t whole = (*length + hours(1) - Duration(1)) / hours(1);
  note = fmt::format("{} hours begin at the key's creation here, not at midnight", whole);
  return fmt::format("{}h", whole);
}

ImportedKey read_litellm_record(const Json& record, const config::Config& config) {
  ImportedKey out;
  if (!record.is_object()) {
    out.refused = record.is_string() ? "only a hash: ask for the list with return_full_object=true"
                                     : "not an object";
    return out;
  }
  read_identity(record, out);
  if (out.refused) return out;
  out.key.team_id = text_of(record, "team_id");
  out.key.user_id = text_of(record, "user_id");
  if (out.key.team_id == "litellm-dashboard") {
    out.skipped = "a session of LiteLLM's dashboard";
    return out;
  }
  for (const auto& [what, id] :
       {std::pair{"user_id", &out.key.user_id}, std::pair{"team_id", &out.key.team_id}})
    if (const Status text = check_text(what, *id); !text)
      out.refused = fmt::format("{} ({})", text.error().message, text.error().hint);
  if (out.refused) return out;
  out.key.models = models_of(record, "models", config, out.notes);
  if (const Json* aliases = member(record, "aliases"); aliases != nullptr && aliases->is_object())
    for (const auto& [asked, served] : aliases->items())
      if (served.is_string()) out.key.aliases[asked] = served.get<std::string>();
  out.key.expires = time_of(record, "expires");
  if (!out.key.expires && !text_of(record, "expires").empty())
    out.refused = "expires is no time: " + shown(text_of(record, "expires"));
  const Json* blocked = member(record, "blocked");
  out.key.blocked = blocked != nullptr && blocked->is_boolean() && blocked->get<bool>();
  read_limits(record, out.key, out.notes);
  for (const auto& [model, limits] : out.key.model_limits)
    if (!counts_as_itself(model, config))
      out.notes.push_back(fmt::format(
          "limits of {}: no model is called so here, they bound nothing", shown(model)));
  read_metadata(record, out.key, out.notes);
  note_what_is_left_out(record, out.key, out.notes);
  read_team(record, out, config);
  read_user(record, out);
  out.spend.amount = money_of(member(record, "spend")).value_or(Money());
  if (!out.key.limits.budgets.empty()) out.spend.window = out.key.limits.budgets[0].window;
  out.key.created = time_of(record, "created_at").value_or(Time{});
  out.key.created_by = "litellm import";
  return out;
}

}  // namespace litegw::control
