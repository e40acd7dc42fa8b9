#include "cmd/render/budget.h"

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "common/base/money_left.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::BudgetLine;
using control::HoldLine;
using control::ReleasedFrom;
using control::UnsettledLine;

const std::string& label_of(const BudgetLine& line) {
  return line.name.empty() ? line.id : line.name;
}

Colour colour_of(const BudgetLine& line) {
  if (line.available_usd <= Money()) return Colour::red;
  return line.available_usd.nano() < line.limit_usd.nano() / 10 ? Colour::yellow : Colour::none;
}

Cell window_cell(const std::string& window) {
  Cell value = text_cell(window);
  if (window.empty()) value = cell("never resets", "");
  return value;
}

Table budget_table(const std::vector<BudgetLine>& lines, Time now) {
  Table table({Column{"LEVEL"}, Column{"NAME", Align::left, 8}, Column{"MODEL", Align::left, 8, 2},
               Column{"WINDOW"}, Column{"LIMIT", Align::right}, Column{"SPENT", Align::right},
               Column{"HELD", Align::right, 0, 1}, Column{"LEFT", Align::right},
               Column{"RESETS", Align::left, 0, 3}});
  for (const BudgetLine& line : lines) {
    Cell resets = until_cell(line.resets_at, now);
    if (line.resets_at) resets.shown = in_future(*line.resets_at, now);
    Cell left = cell(to_display_left(line.available_usd), to_decimal(line.available_usd));
    left.colour = colour_of(line);
    table.add({text_cell(line.level), text_cell(label_of(line)), text_cell(line.model),
               window_cell(line.window), money_cell(line.limit_usd), money_cell(line.spent_usd),
               money_cell(line.held_usd), left, resets});
  }
  return table;
}

Table hold_table(const std::vector<HoldLine>& holds, Time now) {
  Table table({Column{"REQUEST", Align::left, 12}, Column{"KEY", Align::left, 8},
               Column{"USER", Align::left, 6, 3}, Column{"TEAM", Align::left, 6, 3},
               Column{"MODEL", Align::left, 8, 1}, Column{"HELD", Align::right},
               Column{"SINCE", Align::left}, Column{"DEADLINE", Align::left, 0, 2}});
  for (const HoldLine& hold : holds) {
    Cell deadline = until_cell(hold.deadline_at, now);
    if (hold.deadline_at)
      deadline.shown = hold.overdue ? "overdue since " + ago(*hold.deadline_at, now)
                                    : in_future(*hold.deadline_at, now);
    if (hold.overdue) deadline.colour = Colour::yellow;
    table.add({text_cell(hold.request_id),
               text_cell(hold.key_name.empty() ? hold.key_id : hold.key_name), text_cell(hold.user),
               text_cell(hold.team), text_cell(hold.model), money_cell(hold.amount_usd),
               ago_cell(hold.admitted_at, now), deadline});
  }
  return table;
}

// Ids are shown whole: a release needs them.
Table unsettled_table(const std::vector<UnsettledLine>& charges, Time now) {
  Table table({Column{"REQUEST"}, Column{"KEY", Align::left, 8}, Column{"USER", Align::left, 6, 3},
               Column{"TEAM", Align::left, 6, 2}, Column{"MODEL", Align::left, 8, 1},
               Column{"CHARGED", Align::right}, Column{"AT"}});
  for (const UnsettledLine& charge : charges)
    table.add({text_cell(charge.request_id),
               text_cell(charge.key_name.empty() ? charge.key_id : charge.key_name),
               text_cell(charge.user), text_cell(charge.team), text_cell(charge.model),
               money_cell(charge.amount_usd), ago_cell(charge.charged_at, now)});
  return table;
}

void print_unsettled(Output& output, const control::BudgetReport& report, Time now) {
  output.line("");
  output.line(output.paint(
      "Unsettled charges: all that was held when litegwd ended without warning", Colour::bold));
  unsettled_table(report.unsettled, now).print(output);
  if (report.more_unsettled)
    output.line(fmt::format("The newest {}; there are more.", report.unsettled.size()));
  output.note("To take one back: litegw budget release ID");
}

// "key ci, month", "team web for gpt-4o, day (a period that is over)"
std::string counter_words(const ReleasedFrom& from) {
  const std::string& name = from.name.empty() ? from.id : from.name;
  return fmt::format("{} {}{}{}{}", from.level, escape_control(name),
                     from.model.empty() ? "" : " for " + escape_control(from.model),
                     from.window.empty() ? ", in all" : ", " + from.window,
                     from.current ? "" : " (a period that is over)");
}

}  // namespace

void print_budgets(Output& output, const control::BudgetReport& report, Time now) {
  if (!report.items.empty() || !output.is_terminal()) budget_table(report.items, now).print(output);
  // One table a file: a script takes the others from --json.
  if (output.format() == Format::csv || !output.is_terminal()) return;
  if (!report.holds.empty()) {
    output.line("");
    output.line(output.paint("Open holds", Colour::bold));
    hold_table(report.holds, now).print(output);
  }
  if (!report.unsettled.empty()) print_unsettled(output, report, now);
}

std::vector<std::string> release_sentences(const control::BudgetReleaseAnswer& answer) {
  std::vector<std::string> sentences;
  for (const UnsettledLine& charge : answer.items) {
    const std::string& key = charge.key_name.empty() ? charge.key_id : charge.key_name;
    std::string sentence = fmt::format(
        "{} of {} (key {}, {})\n    from the reports", to_display(charge.amount_usd),
        escape_control(charge.request_id), escape_control(key), escape_control(charge.model));
    for (const ReleasedFrom& from : answer.from)
      if (from.request_id == charge.request_id) sentence += "\n    from " + counter_words(from);
    sentences.push_back(std::move(sentence));
  }
  return sentences;
}

std::string budget_line_sentence(const BudgetLine& line) {
  const control::BudgetState state{line.limit_usd, line.window, line.spent_usd, line.held_usd,
                                   line.resets_at};
  return fmt::format("{} {}{}: {}", line.level, escape_control(label_of(line)),
                     line.model.empty() ? "" : " for " + escape_control(line.model),
                     budget_sentence(state));
}

}  // namespace litegw::cmd
