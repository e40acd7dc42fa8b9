// What keys, users and teams have in common, as a person or a script reads it.
#pragma once

#include <map>
#include <string>

#include "cmd/output.h"
#include "cmd/render/table.h"
#include "common/control/bounds.h"

namespace litegw::cmd {

// Budgets and limits, those per model included.
void add_limits(Facts& facts, const control::BoundsView& view);
// What it spent, and when it was made and changed.
void add_history(Facts& facts, const control::BoundsView& view, Time now);
// Spend by window and by model, below the facts, for a person.
void print_spend_tables(Output& output, const control::BoundsView& view);
// Limits in words, one a line: what a person wants to see after making one.
std::string bounds_summary(const control::BoundsView& view);

Cell map_cell(const std::map<std::string, std::string>& map);

}  // namespace litegw::cmd
