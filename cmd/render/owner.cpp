#include "cmd/render/owner.h"

#include <fmt/format.h>

#include "cmd/render/bounds.h"
#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {

using control::OwnerView;

Table owner_table(const std::vector<OwnerView>& owners, Time now) {
  Table table({Column{"ID", Align::left, 8, 4}, Column{"NAME", Align::left, 8},
               Column{"KEYS", Align::right}, Column{"MODELS", Align::left, 8, 2},
               Column{"SPEND", Align::right}, Column{"STATE", Align::left},
               Column{"LAST USED", Align::left, 0, 1}});
  for (const OwnerView& owner : owners)
    table.add({text_cell(owner.id), text_cell(owner.name), count_cell(owner.keys),
               names_cell(owner.models, "all"), budgets_cell(owner.budgets, owner.spend_usd),
               state_cell(owner.state), ago_cell(owner.last_used_at, now)});
  return table;
}

void print_owner(Output& output, const OwnerView& owner, Time now) {
  Facts facts;
  facts.add("Id", text_cell(owner.id));
  facts.add("Name", text_cell(owner.name));
  facts.add("State", state_cell(owner.state));
  facts.add("Keys", count_cell(owner.keys));
  facts.add("Models", names_cell(owner.models, "all"));
  add_limits(facts, owner);
  facts.add("Metadata", map_cell(owner.metadata));
  add_history(facts, owner, now);
  facts.print(output);
  print_spend_tables(output, owner);
}

std::string owner_sentence(const OwnerView& owner) {
  return fmt::format("{} ({}, {} key{})", escape_control(owner.name), escape_control(owner.id),
                     owner.keys, owner.keys == 1 ? "" : "s");
}

}  // namespace litegw::cmd
