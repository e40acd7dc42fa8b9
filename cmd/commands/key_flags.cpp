#include "cmd/commands/key_flags.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "cmd/when.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

// A word of --unset and the member of KeyUpdate that it clears.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> unset_table{{
    {"name", "name"},
    {"models", "models"},
    {"budget", "budgets"},
    {"rpm", "rpm"},
    {"tpm", "tpm"},
    {"parallel", "parallel"},
    {"model-budget", "model_budgets"},
    {"model-rpm", "model_rpm"},
    {"model-tpm", "model_tpm"},
    {"expires", "expires_at"},
    {"user", "user"},
    {"team", "team"},
    {"tag", "tags"},
    {"metadata", "metadata"},
}};

using control::Budget;
using control::ModelLimits;

Error wrong(std::string_view flag, const Error& error) {
  return make_error(ErrorCode::usage, fmt::format("{}: {}", flag, error.message), error.hint,
                    std::string(flag));
}

Error no_pair(std::string_view flag, const std::string& text, std::string_view form) {
  return make_error(ErrorCode::usage,
                    fmt::format("{}: '{}' lacks a '='", flag, escape_control(shorten(text, 40))),
                    fmt::format("write {} {}", flag, form), std::string(flag));
}

Result<std::vector<Budget>> parse_budgets(const std::vector<std::string>& texts) {
  std::vector<Budget> budgets;
  for (const std::string& text : texts) {
    Result<Budget> budget = control::parse_budget(text);
    if (!budget) return wrong("--budget", budget.error());
    for (const Budget& other : budgets)
      if (other.window == budget->window)
        return make_error(ErrorCode::usage, "--budget: two budgets of one window",
                          "give one amount for each window", "--budget");
    budgets.push_back(*budget);
  }
  return budgets;
}

// "gpt-4o=5/day": the name may hold '=', the value cannot.
std::optional<std::pair<std::string, std::string>> split_pair(const std::string& text) {
  std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

using ModelMap = std::map<std::string, ModelLimits>;

Status add_rates(std::string_view flag, const std::vector<std::string>& texts,
                 std::optional<std::int64_t> ModelLimits::*member, ModelMap& out) {
  for (const std::string& text : texts) {
    auto pair = split_pair(text);
    if (!pair) return no_pair(flag, text, "MODEL=N");
    std::int64_t count = 0;
    const std::string& number = pair->second;
    auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (failure != std::errc{} || end != number.data() + number.size() || count < 0)
      return make_error(
          ErrorCode::usage,
          fmt::format("{}: '{}' is no whole number", flag, escape_control(shorten(number, 40))),
          fmt::format("write {} MODEL=N", flag), std::string(flag));
    out[pair->first].*member = count;
  }
  return {};
}

Result<ModelMap> parse_model_limits(const KeyFlags& flags) {
  ModelMap out;
  for (const std::string& text : flags.model_budgets) {
    auto pair = split_pair(text);
    if (!pair) return no_pair("--model-budget", text, "MODEL=DOLLARS/WINDOW");
    Result<Budget> budget = control::parse_budget(pair->second);
    if (!budget) return wrong("--model-budget", budget.error());
    out[pair->first].budgets.push_back(*budget);
  }
  Status rpm = add_rates("--model-rpm", flags.model_rpm, &ModelLimits::rpm, out);
  if (!rpm) return rpm.error();
  Status tpm = add_rates("--model-tpm", flags.model_tpm, &ModelLimits::tpm, out);
  if (!tpm) return tpm.error();
  return out;
}

Result<std::map<std::string, std::string>> parse_metadata(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> out;
  for (const std::string& text : texts) {
    std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return no_pair("--metadata", text, "NAME=VALUE");
    out[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return out;
}

template <class T>
std::optional<T> if_given(const T& value) {
  if (value.empty()) return std::nullopt;
  return value;
}

}  // namespace

void add_key_flags(CLI::App& command, KeyFlags& flags) {
  add_text(command, "--name", flags.name, "Name; unique among keys", "NAME");
  add_list(command, "--models", flags.models, "Models it may call; none given = all", "MODEL,...");
  add_repeatable(command, "--budget", flags.budgets,
                 "Dollars: 100/month, 5/day, 20/week, 2.50/12h, 30/30d; a bare 10 never resets. "
                 "Repeatable",
                 "USD/WINDOW");
  add_text(command, "--expires", flags.expires, "90d, 12h, 2027-01-01", "WHEN");
  add_text(command, "--user", flags.user, "Owner", "USER");
  add_text(command, "--team", flags.team, "Owning team", "TEAM");
  command.add_option("--rpm", flags.rpm, "Requests a minute")->type_name("N")->group(limits_group);
  command.add_option("--tpm", flags.tpm, "Tokens a minute")->type_name("N")->group(limits_group);
  command.add_option("--parallel", flags.parallel, "Requests at a time")
      ->type_name("N")
      ->group(limits_group);
  add_repeatable(command, "--model-budget", flags.model_budgets,
                 "Budget for one model: gpt-4o=5/day", "MODEL=USD/WINDOW")
      ->group(limits_group);
  add_repeatable(command, "--model-rpm", flags.model_rpm, "Requests a minute of one model",
                 "MODEL=N")
      ->group(limits_group);
  add_repeatable(command, "--model-tpm", flags.model_tpm, "Tokens a minute of one model", "MODEL=N")
      ->group(limits_group);
  add_list(command, "--tag", flags.tags, "Tag for reports; repeatable", "TAG");
  add_repeatable(command, "--metadata", flags.metadata, "Free text; repeatable", "NAME=VALUE");
}

Result<control::KeyCreate> to_create(const KeyFlags& flags, Time now) {
  control::KeyCreate request;
  request.name = flags.name;
  request.models = flags.models;
  request.rpm = flags.rpm;
  request.tpm = flags.tpm;
  request.parallel = flags.parallel;
  request.user = flags.user;
  request.team = flags.team;
  request.tags = flags.tags;
  Result<std::vector<Budget>> budgets = parse_budgets(flags.budgets);
  if (!budgets) return budgets.error();
  request.budgets = std::move(*budgets);
  Result<ModelMap> limits = parse_model_limits(flags);
  if (!limits) return limits.error();
  request.model_limits = std::move(*limits);
  Result<std::map<std::string, std::string>> metadata = parse_metadata(flags.metadata);
  if (!metadata) return metadata.error();
  request.metadata = std::move(*metadata);
  if (flags.expires.empty()) return request;
  Result<Time> expires = parse_expiry(flags.expires, now);
  if (!expires) return expires.error();
  request.expires_at = *expires;
  return request;
}

Result<control::KeyUpdate> to_update(const KeyFlags& flags, Time now) {
  Result<control::KeyCreate> all = to_create(flags, now);
  if (!all) return all.error();
  control::KeyUpdate request;
  request.name = if_given(all->name);
  request.models = if_given(all->models);
  request.budgets = if_given(all->budgets);
  request.rpm = all->rpm;
  request.tpm = all->tpm;
  request.parallel = all->parallel;
  request.model_limits = if_given(all->model_limits);
  request.expires_at = all->expires_at;
  request.user = if_given(all->user);
  request.team = if_given(all->team);
  request.tags = if_given(all->tags);
  request.metadata = if_given(all->metadata);
  return request;
}

std::vector<std::string> unset_words() {
  std::vector<std::string> words;
  for (const auto& [word, member] : unset_table)
    words.emplace_back(word);
  return words;
}

Result<std::vector<std::string>> unset_members(const std::vector<std::string>& words) {
  std::vector<std::string> members;
  for (const std::string& word : words) {
    auto found = std::find_if(unset_table.begin(), unset_table.end(),
                              [&](const auto& entry) { return entry.first == word; });
    if (found != unset_table.end()) {
      members.emplace_back(found->second);
      continue;
    }
    std::vector<std::string> known = unset_words();
    std::string near = nearest(word, known);
    return make_error(
        ErrorCode::usage, fmt::format("--unset: '{}' cannot be unset", escape_control(word)),
        near.empty() ? "one of: " + join(known, ", ") : fmt::format("did you mean '{}'?", near),
        "--unset");
  }
  return members;
}

}  // namespace litegw::cmd
