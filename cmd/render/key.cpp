#include "cmd/render/key.h"

#include <fmt/format.h>

#include "cmd/render/bounds.h"
#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::KeyView;

std::string owner(const KeyView& key) {
  if (key.user.empty() || key.team.empty()) return key.user + key.team;
  return key.user + " / " + key.team;
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
  add_limits(facts, key);
  facts.add("Expires", until_cell(key.expires_at, now));
  facts.add("Tags", names_cell(key.tags, ""));
  facts.add("Metadata", map_cell(key.metadata));
  add_history(facts, key, now);
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
  print_spend_tables(output, key);
}

std::string key_sentence(const KeyView& key) {
  std::string name = key.name.empty() ? "" : escape_control(key.name) + " ";
  return fmt::format("{}({}, {})", name, escape_control(key.id), escape_control(key.masked));
}

std::string limits_summary(const KeyView& key, Time now) {
  return bounds_summary(key) + "\n  expires  " +
         (key.expires_at ? until_cell(key.expires_at, now).shown : "never");
}

}  // namespace litegw::cmd
