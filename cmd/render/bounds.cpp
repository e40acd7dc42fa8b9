#include "cmd/render/bounds.h"

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::BoundsView;
using control::BudgetState;

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

}  // namespace

void add_limits(Facts& facts, const BoundsView& view) {
  facts.add("Budget", budget_list(view.budgets));
  facts.add("Requests a minute", optional_count(view.rpm));
  facts.add("Tokens a minute", optional_count(view.tpm));
  facts.add("In parallel", optional_count(view.parallel));
  for (const auto& [model, limit] : view.model_limits)
    facts.add("Limit of " + escape_control(model), text_cell(model_limit_text(limit)));
}

void add_history(Facts& facts, const BoundsView& view, Time now) {
  facts.add("Spend", money_cell(view.spend_usd));
  facts.add("Requests", count_cell(view.requests));
  facts.add("Last used", ago_cell(view.last_used_at, now));
  facts.add("Created", ago_cell(view.created_at, now, ""));
  facts.add("Created by", text_cell(view.created_by));
  facts.add("Updated", ago_cell(view.updated_at, now, ""));
}

void print_spend_tables(Output& output, const BoundsView& view) {
  if (output.format() == Format::csv || !output.is_terminal()) return;
  print_spend(output, "Spend by window", "WINDOW", view.spend_by_window);
  print_spend(output, "Spend by model", "MODEL", view.spend_by_model);
}

Cell map_cell(const std::map<std::string, std::string>& map) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : map)
    parts.push_back(fmt::format("{}={}", name, value));
  return names_cell(parts, "");
}

std::string bounds_summary(const BoundsView& view) {
  std::string out = "  models   " + names_cell(view.models, "all").shown;
  for (const BudgetState& budget : view.budgets) {
    std::string amount = to_display(budget.amount_usd);
    if (budget.window == "day" || budget.window == "week" || budget.window == "month")
      amount += " a " + budget.window;
    else if (!budget.window.empty())
      amount += " each " + escape_control(budget.window);
    out += "\n  budget   " + amount;
    if (budget.resets_at) out += ", resets " + to_minute(*budget.resets_at);
    if (!budget.resets_at) out += ", never resets";
  }
  for (const auto& [model, limit] : view.model_limits)
    out += fmt::format("\n  {}: {}", escape_control(model), model_limit_text(limit));
  if (view.rpm) out += fmt::format("\n  limit    {} requests a minute", group_digits(*view.rpm));
  if (view.tpm) out += fmt::format("\n  limit    {} tokens a minute", group_digits(*view.tpm));
  if (view.parallel) out += fmt::format("\n  limit    {} at a time", group_digits(*view.parallel));
  return out;
}

}  // namespace litegw::cmd
