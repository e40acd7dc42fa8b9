#include "cmd/commands/bounds_flags.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::cmd {
namespace {

// A word of --unset and the member of the update that it clears.
const std::map<std::string, std::string>& unset_table() {
  static const std::map<std::string, std::string> table{
      {"models", "models"},
      {"budget", "budgets"},
      {"rpm", "rpm"},
      {"tpm", "tpm"},
      {"parallel", "parallel"},
      {"model-budget", "model_budgets"},
      {"model-rpm", "model_rpm"},
      {"model-tpm", "model_tpm"},
      {"metadata", "metadata"},
  };
  return table;
}
// In the order in which help shows them.
constexpr std::array<const char*, 9> unset_order{"models",    "budget",    "rpm",
                                                 "tpm",       "parallel",  "model-budget",
                                                 "model-rpm", "model-tpm", "metadata"};

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

Result<ModelMap> parse_model_limits(const BoundsFlags& flags) {
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

std::vector<std::string> unset_words(const std::vector<std::string>& more) {
  std::vector<std::string> words(unset_order.begin(), unset_order.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Status read_unset(const std::vector<std::string>& words,
                  const std::map<std::string, std::string>& more,
                  std::vector<std::string>& members) {
  for (const std::string& word : words) {
    auto found = unset_table().find(word);
    auto other = more.find(word);
    if (found != unset_table().end() || other != more.end()) {
      members.push_back(other != more.end() ? other->second : found->second);
      continue;
    }
    std::vector<std::string> extra;
    for (const auto& [name, member] : more)
      extra.push_back(name);
    const std::vector<std::string> known = unset_words(extra);
    const std::string near = nearest(word, known);
    return make_error(
        ErrorCode::usage,
        fmt::format("--unset: '{}' cannot be unset", escape_control(shorten(word, 40))),
        near.empty() ? "one of: " + join(known, ", ") : fmt::format("did you mean '{}'?", near),
        "--unset");
  }
  return {};
}

}  // namespace

void add_bounds_flags(CLI::App& command, const std::string& noun, BoundsFlags& flags) {
  add_text(command, "--name", flags.name, fmt::format("Name; unique among {}s", noun), "NAME");
  add_list(command, "--models", flags.models,
           noun == "key" ? "Models it may call; none given = all"
                         : "Models its keys may call; none given = all",
           "MODEL,...");
  add_repeatable(command, "--budget", flags.budgets,
                 "Dollars: 100/month, 5/day, 20/week, 2.50/12h, 30/30d; a bare 10 never resets. "
                 "Repeatable",
                 "USD/WINDOW");
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
  add_repeatable(command, "--metadata", flags.metadata, "Free text; repeatable", "NAME=VALUE");
}

void add_change_flags(Registry& registry, CLI::App& command, BoundsChanges& changes,
                      const std::vector<std::string>& more) {
  add_list(command, "--add-models", changes.add_models, "Also these models", "MODEL,...");
  add_list(command, "--remove-models", changes.remove_models, "No longer these models",
           "MODEL,...");
  const std::vector<std::string> words = unset_words(more);
  CLI::Option* unset =
      add_list(command, "--unset", changes.unset, "Clear: " + join(words, ", "), "WORD,...");
  registry.set_values(unset, words);
}

Status read_bounds(const BoundsFlags& flags, control::Bounds& out) {
  out.name = flags.name;
  out.models = flags.models;
  out.rpm = flags.rpm;
  out.tpm = flags.tpm;
  out.parallel = flags.parallel;
  Result<std::vector<Budget>> budgets = parse_budgets(flags.budgets);
  if (!budgets) return budgets.error();
  out.budgets = std::move(*budgets);
  Result<ModelMap> limits = parse_model_limits(flags);
  if (!limits) return limits.error();
  out.model_limits = std::move(*limits);
  Result<std::map<std::string, std::string>> metadata = parse_metadata(flags.metadata);
  if (!metadata) return metadata.error();
  out.metadata = std::move(*metadata);
  return {};
}

Status read_changes(const BoundsFlags& flags, const BoundsChanges& changes,
                    const std::map<std::string, std::string>& more, control::BoundsUpdate& out) {
  control::Bounds all;
  if (Status read = read_bounds(flags, all); !read) return read;
  out.name = if_given(all.name);
  out.models = if_given(all.models);
  out.add_models = changes.add_models;
  out.remove_models = changes.remove_models;
  out.budgets = if_given(all.budgets);
  out.rpm = all.rpm;
  out.tpm = all.tpm;
  out.parallel = all.parallel;
  out.model_limits = if_given(all.model_limits);
  out.metadata = if_given(all.metadata);
  return read_unset(changes.unset, more, out.unset);
}

}  // namespace litegw::cmd
