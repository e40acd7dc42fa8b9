// Budgets of all levels and open holds as a person or a script reads them.
#pragma once

#include <string>
#include <vector>

#include "cmd/output.h"
#include "cmd/render/table.h"
#include "common/control/budgets.h"

namespace litegw::cmd {

void print_budgets(Output& output, const control::BudgetReport& report, Time now);
// "key ci: $3.20 of $100.00 a month, resets 2026-12-01 00:00 UTC"
std::string budget_line_sentence(const control::BudgetLine& line);
// One a request, with a line for each counter: "$1.00 of req_01k9... (key ci, gpt-4o)",
// "    from the reports", "    from key ci, month"
std::vector<std::string> release_sentences(const control::BudgetReleaseAnswer& answer);

}  // namespace litegw::cmd
