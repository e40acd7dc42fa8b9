#include "cmd/render/key.h"

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::BudgetState;
using control::KeyView;

std::string owner(const KeyView& key) {
  if (key.user.empty() || key.team.empty()) return key.user + key.team;
  return key.user + " / " + key.team;
}

std::string model_limit_text(const control::ModelLimitState& limit) {
  std::vector<std::string> parts;
  for (const BudgetState& budget : limit.budgets)
    parts.push_back(budget_sentence(budget));
  if (limit.rpm) parts.push_back(fmt::format("{} requests a minute", *limit.rpm));
  if (limit.tpm) parts.push_back(fmt::format("{} tokens a minute", *limit.tpm));
  return join(parts, "; ");
}

Cell optional_count(const std::optional<std::int64_t>& count) {
  return count ? count_cell(*count) : cell("", "");
}

Cell budget_list(const std::vector<BudgetState>& budgets) {
  std::vector<std::string> shown, plain;
  for (const BudgetState& budget : budgets) {
    shown.push_back(budget_sentence(budget));
    plain.push_back(control::to_text(control::Budget{budget.amount_usd, budget.window}));
  }
  return cell(join(shown, "; "), join(plain, ","));
}

Cell map_cell(const std::map<std::string, std::string>& map) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : map)
    parts.push_back(fmt::format("{}={}", name, value));
  return names_cell(parts, "");
}

void print_spend(Output& output, std::string_view title, std::string_view label_title,
                 const std::vector<control::SpendLine>& lines) {
  if (lines.empty()) return;
  Table table({Column{std::string(label_title), Align::left, 12}, Column{"REQUESTS", Align::right},
               Column{"ERRORS", Align::right, 0, 1}, Column{"TOKENS IN", Align::right, 0, 2},
               Column{"TOKENS OUT", Align::right, 0, 2}, Column{"COST", Align::right}});
  for (const control::SpendLine& line : lines)
    table.add({text_cell(line.label), count_cell(line.requests), count_cell(line.errors),
               count_cell(line.tokens_in), count_cell(line.tokens_out), money_cell(line.cost_usd)});
  output.line("");
  output.line(output.paint(title, Colour::bold));
  output.data(table.aligned(output.columns(), output.colour()));
}

Facts key_facts(const KeyView& key, Time now) {
  Facts facts;
  facts.add("Id", text_cell(key.id));
  facts.add("Name", text_cell(key.name));
  facts.add("Key", text_cell(key.masked));
  facts.add("Hash", text_cell(key.hash));
  facts.add("State", state_cell(key.state));
  facts.add("Models", names_cell(key.models, "all"));
  facts.add("Aliases", map_cell(key.aliases));
  facts.add("User", text_cell(key.user));
  facts.add("Team", text_cell(key.team));
  facts.add("Budget", budget_list(key.budgets));
  facts.add("Requests a minute", optional_count(key.rpm));
  facts.add("Tokens a minute", optional_count(key.tpm));
  facts.add("In parallel", optional_count(key.parallel));
  for (const auto& [model, limit] : key.model_limits)
    facts.add("Limit of " + escape_control(model), text_cell(model_limit_text(limit)));
  facts.add("Expires", until_cell(key.expires_at, now));
  facts.add("Tags", names_cell(key.tags, ""));
  facts.add("Metadata", map_cell(key.metadata));
  facts.add("Spend", money_cell(key.spend_usd));
  facts.add("Requests", count_cell(key.requests));
  facts.add("Last used", ago_cell(key.last_used_at, now));
  facts.add("Created", ago_cell(key.created_at, now, ""));
  facts.add("Created by", text_cell(key.created_by));
  facts.add("Updated", ago_cell(key.updated_at, now, ""));
  facts.add("Old key works", until_cell(key.old_key_valid_until, now));
  return facts;
}

}  // namespace

Table key_table(const std::vector<KeyView>& keys, Time now) {
  Table table({Column{"ID", Align::left}, Column{"NAME", Align::left, 8},
               Column{"KEY", Align::left, 0, 4}, Column{"OWNER", Align::left, 8, 3},
               Column{"MODELS", Align::left, 8, 2}, Column{"SPEND", Align::right},
               Column{"STATE", Align::left}, Column{"LAST USED", Align::left, 0, 1}});
  for (const KeyView& key : keys)
    table.add({text_cell(key.id), text_cell(key.name), text_cell(key.masked), text_cell(owner(key)),
               names_cell(key.models, "all"), budgets_cell(key.budgets, key.spend_usd),
               state_cell(key.state), ago_cell(key.last_used_at, now)});
  return table;
}

void print_key(Output& output, const KeyView& key, Time now) {
  key_facts(key, now).print(output);
  if (output.format() == Format::csv || !output.is_terminal()) return;
  print_spend(output, "Spend by window", "WINDOW", key.spend_by_window);
  print_spend(output, "Spend by model", "MODEL", key.spend_by_model);
}

const std::string& key_label(const KeyView& key) {
  return key.name.empty() ? key.id : key.name;
}

std::string key_sentence(const KeyView& key) {
  std::string name = key.name.empty() ? "" : escape_control(key.name) + " ";
  return fmt::format("{}({}, {})", name, escape_control(key.id), escape_control(key.masked));
}

std::string limits_summary(const KeyView& key, Time now) {
  std::string out = "  models   " + names_cell(key.models, "all").shown;
  for (const BudgetState& budget : key.budgets) {
    std::string amount = to_display(budget.amount_usd);
    if (budget.window == "day" || budget.window == "week" || budget.window == "month")
      amount += " a " + budget.window;
    else if (!budget.window.empty())
      amount += " each " + escape_control(budget.window);
    out += "\n  budget   " + amount;
    if (budget.resets_at) out += ", resets " + to_minute(*budget.resets_at);
    if (!budget.resets_at) out += ", never resets";
  }
  for (const auto& [model, limit] : key.model_limits)
    out += fmt::format("\n  {}: {}", escape_control(model), model_limit_text(limit));
  if (key.rpm) out += fmt::format("\n  limit    {} requests a minute", group_digits(*key.rpm));
  if (key.tpm) out += fmt::format("\n  limit    {} tokens a minute", group_digits(*key.tpm));
  if (key.parallel) out += fmt::format("\n  limit    {} at a time", group_digits(*key.parallel));
  out += "\n  expires  " + (key.expires_at ? until_cell(key.expires_at, now).shown : "never");
  return out;
}

}  // namespace litegw::cmd
