#include "cmd/render/spend.h"

#include <array>
#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/registry.h"
#include "cmd/render/cells.h"
#include "cmd/when.h"
#include "common/base/text.h"
#include "common/control/log.h"

namespace litegw::cmd {
namespace {

using control::SpendQuery;
using control::SpendReport;

struct SpendFlags {
  std::vector<std::string> by;
  std::string since = "30d", until;
};

const std::array<std::string, 9> groupings{"key", "model",    "provider", "user", "team",
                                           "tag", "end_user", "day",      "hour"};

Result<SpendQuery> to_query(Context& context, const SpendFlags& flags) {
  SpendQuery query;
  query.by = flags.by.empty() ? std::vector<std::string>{"key"} : flags.by;
  for (const std::string& by : query.by) {
    if (std::find(groupings.begin(), groupings.end(), by) != groupings.end()) continue;
    std::string near = nearest(by, groupings);
    std::string all = join(groupings, ", ");
    return make_error(
        ErrorCode::usage, fmt::format("--by: '{}' is no grouping", escape_control(shorten(by, 40))),
        near.empty() ? "one of: " + all : fmt::format("did you mean '{}'? ({})", near, all));
  }
  Time now = context.console().now();
  Result<Time> since = parse_when(flags.since, Edge::since, now, "--since");
  if (!since) return since.error();
  query.since = *since;
  if (flags.until.empty()) return query;
  Result<Time> until = parse_when(flags.until, Edge::until, now, "--until");
  if (!until) return until.error();
  query.until = *until;
  return query;
}

Result<int> report_spend(Context& context, const SpendFlags& flags) {
  Result<SpendQuery> query = to_query(context, flags);
  if (!query) return query.error();
  auto answer =
      context.client().get<SpendReport>(control::path::spend, control::encode_query(*query));
  if (!answer) return answer.error();
  Output& output = context.output();
  const SpendReport& report = answer->value;
  if (output.raw_list(answer->raw)) return 0;
  if (output.format() == Format::name) {
    for (const control::SpendItem& item : report.items)
      output.line(escape_control(join(item.by, "\t")));
  } else if (report.items.empty() && output.is_terminal()) {
    output.note(fmt::format("Nothing was spent since {}.", local_minute(*query->since)));
  } else {
    print_spend(output, report);
  }
  return 0;
}

}  // namespace

void add_spend_commands(Registry& registry) {
  CLI::App& spend = registry.noun("spend", "See who spent what", "Keys and money");
  CLI::App& report = registry.command(
      spend, "report", "Add up cost, requests and tokens",
      {"litegw spend report", "litegw spend report --by model --since today",
       "litegw spend report --by key,model --since 2026-11 --until 2026-11 -o csv"});
  auto flags = std::make_shared<SpendFlags>();
  CLI::Option* by = add_list(
      report, "--by", flags->by,
      "key (default), model, provider, user, team, tag, end_user, day, hour; several = nested",
      "WORD,...");
  registry.set_values(by, std::vector<std::string>(groupings.begin(), groupings.end()));
  add_text(report, "--since", flags->since,
           "From then on: 24h, today, 2026-11, 2026-11-23 (default 30d)", "WHEN");
  add_text(report, "--until", flags->until, "Up to then", "WHEN");
  registry.run(report, "report the spend",
               [flags](Context& context) { return report_spend(context, *flags); });
}

}  // namespace litegw::cmd
