#include <memory>

#include "cmd/commands/commands.h"
#include "cmd/registry.h"
#include "cmd/render/cells.h"
#include "cmd/render/change.h"
#include "cmd/render/table.h"
#include "cmd/when.h"
#include "common/base/text.h"
#include "common/control/log.h"

namespace litegw::cmd {
namespace {

using control::AuditItem;
using control::AuditList;

struct AuditFlags {
  std::string since, until, actor, target;
  std::int64_t limit = 50;
};

Table audit_table(const std::vector<AuditItem>& items, Time now) {
  Table table({Column{"AT"}, Column{"ACTOR", Align::left, 8}, Column{"ACTION"},
               Column{"TARGET", Align::left, 10}, Column{"CHANGE", Align::left, 12, 1}});
  for (const AuditItem& item : items)
    table.add({ago_cell(item.at, now), text_cell(item.actor), text_cell(item.action),
               text_cell(item.target), text_cell(change_words(item.change))});
  return table;
}

Result<int> list_audit(Context& context, const AuditFlags& flags) {
  control::AuditQuery query;
  query.actor = flags.actor;
  query.target = flags.target;
  query.limit = flags.limit;
  Time now = context.console().now();
  if (!flags.since.empty()) {
    Result<Time> since = parse_when(flags.since, Edge::since, now, "--since");
    if (!since) return since.error();
    query.since = *since;
  }
  if (!flags.until.empty()) {
    Result<Time> until = parse_when(flags.until, Edge::until, now, "--until");
    if (!until) return until.error();
    query.until = *until;
  }
  auto answer = context.client().get<AuditList>(control::path::audit, control::encode_query(query));
  if (!answer) return answer.error();
  Output& output = context.output();
  if (output.raw_list(answer->raw)) return 0;
  if (output.format() == Format::name) {
    for (const AuditItem& item : answer->value.items)
      output.line(escape_control(item.target));
  } else if (answer->value.items.empty() && output.is_terminal()) {
    output.note("Nothing was changed in that time.");
  } else {
    audit_table(answer->value.items, now).print(output);
  }
  return 0;
}

}  // namespace

void add_audit_commands(Registry& registry) {
  CLI::App& audit = registry.noun("audit", "See who changed what", "Watching");
  CLI::App& list =
      registry.command(audit, "list", "List changes with the uid they came from",
                       {"litegw audit list", "litegw audit list --target ci --since 30d"});
  list.alias("ls");
  auto flags = std::make_shared<AuditFlags>();
  add_text(list, "--since", flags->since, "From then on: 24h, today, 2026-11-23", "WHEN");
  add_text(list, "--until", flags->until, "Up to then", "WHEN");
  add_text(list, "--actor", flags->actor, "Changed by: \"uid 1000\"", "ACTOR");
  add_text(list, "--target", flags->target, "What was changed: a key's name or id", "TARGET");
  list.add_option("--limit", flags->limit, "At most so many (default 50, 0 = all)")->type_name("N");
  registry.run(list, "list changes",
               [flags](Context& context) { return list_audit(context, *flags); });
}

}  // namespace litegw::cmd
