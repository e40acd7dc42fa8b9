#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/commands/log_flags.h"
#include "cmd/follow.h"
#include "cmd/registry.h"
#include "cmd/render/cells.h"
#include "cmd/render/request.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::LogList;
using control::LogQuery;
using control::RequestDetail;
using control::RequestRow;

// How far back `log show` looks for a request by the end of its id.
constexpr std::int64_t rows_to_search = 1000;
constexpr std::size_t full_id_length = 30;  // "req_" and 26

struct TailFlags {
  LogFlags filter;
  bool follow = false;
  std::int64_t lines = 50;
};

Result<int> tail_log(Context& context, const TailFlags& flags) {
  Result<LogQuery> query = to_query(context, flags.filter);
  if (!query) return query.error();
  query->limit = flags.lines;
  Output& output = context.output();
  if (flags.follow) {
    RequestPrinter printer(output, true);
    Status followed = follow_log(context, *query, [&](const Json& row) { printer.print(row); });
    if (!followed) return followed.error();
    return 0;
  }
  auto answer = context.client().get<LogList>(control::path::log, control::encode_query(*query));
  if (!answer) return answer.error();
  if (output.format() == Format::json) {
    output.json(answer->raw);
    return 0;
  }
  RequestPrinter printer(output, false);
  for (const Json& row : answer->value.items)
    printer.print(row);
  if (answer->value.items.empty() && output.is_terminal())
    output.note("No such requests yet. Follow what comes: litegw log tail -f");
  return 0;
}

// The whole id of a request of which only the end was typed, as tables show it; "last" is the
// newest one.
Result<std::string> complete_id(Context& context, const std::string& typed) {
  if (typed.size() >= full_id_length) return typed;
  LogQuery query;
  query.limit = typed == "last" ? 1 : rows_to_search;
  auto answer = context.client().get<LogList>(control::path::log, control::encode_query(query));
  if (!answer) return answer.error();
  std::vector<std::string> found;
  for (const Json& item : answer->value.items) {
    std::string id = item.value("id", std::string());
    if (typed == "last" || (typed.size() >= 6 && id.ends_with(typed))) found.push_back(id);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1)
    return make_error(ErrorCode::usage,
                      fmt::format("{} requests end in '{}'", found.size(), escape_control(typed)),
                      "give more characters: litegw log tail -o name lists whole ids");
  if (typed == "last") return make_error(ErrorCode::not_found, "no request was recorded yet");
  return make_error(
      ErrorCode::not_found,
      fmt::format("none of the last {} requests ends in '{}'", rows_to_search,
                  escape_control(shorten(typed, 40))),
      "give the whole id (litegw log tail -o name), or its last 6 or more characters");
}

Result<int> show_request(Context& context, const std::string& typed) {
  context.doing = fmt::format("show request '{}'", escape_control(shorten(typed, 60)));
  Result<std::string> id = complete_id(context, typed);
  if (!id) return id.error();
  auto answer = context.client().get<RequestDetail>(control::object_path(control::path::log, *id));
  if (!answer) return answer.error();
  Output& output = context.output();
  if (output.is_json()) {
    output.json(answer->raw);
    return 0;
  }
  Result<RequestRow> row =
      control::decode<RequestRow>(answer->value.request, control::Unknown::ignore);
  if (!row) return row.error();
  if (output.format() == Format::name)
    output.line(escape_control(row->id));
  else
    print_request(output, answer->value, *row);
  return 0;
}

// A counter on a terminal, so that a long export is not mistaken for a hung one.
class Counter {
 public:
  explicit Counter(Context& context)
      : console_(context.console()),
        shown_(!context.settings().quiet && console_.is_terminal(Stream::error) &&
               !console_.is_terminal(Stream::out)) {}
  void count() {
    if (++rows_ % 1000 == 0 && shown_)
      console_.write_error(fmt::format("\r{} rows", group_digits(rows_)));
  }
  ~Counter() {
    if (shown_) console_.write_error(fmt::format("\r{} rows\n", group_digits(rows_)));
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

 private:
  Console& console_;
  bool shown_;
  std::int64_t rows_ = 0;
};

Result<int> export_log(Context& context, const LogFlags& flags) {
  Result<LogQuery> query = to_query(context, flags);
  if (!query) return query.error();
  query->export_all = true;
  query->limit = 0;
  // Rows come one by one, so `json` means one object a line here, too.
  Format format = context.output().format() == Format::csv ? Format::csv : Format::jsonl;
  Output output(context.console(), format, ColourMode::never, context.settings().quiet);
  RequestPrinter printer(output, false);
  Counter counter(context);
  auto on_row = [&](const Json& row) {
    printer.print(row);
    counter.count();
    return true;
  };
  Status done = context.client().follow(control::path::log, control::encode_query(*query), on_row);
  if (!done) return done.error();
  return 0;
}

void add_tail(Registry& registry, CLI::App& log) {
  CLI::App& tail =
      registry.command(log, "tail", "Show the last requests, and follow what comes",
                       {"litegw log tail -f", "litegw log tail --status error --since 1h",
                        "litegw log tail -f --key ci --json | jq -r .cost_usd"});
  auto flags = std::make_shared<TailFlags>();
  tail.add_flag("-f,--follow", flags->follow, "Go on with what comes; survives a daemon restart");
  tail.add_option("-n,--lines", flags->lines, "The last N requests (default 50)")->type_name("N");
  add_log_flags(tail, flags->filter);
  registry.run(tail, "read the log",
               [flags](Context& context) { return tail_log(context, *flags); });
}

}  // namespace

void add_log_commands(Registry& registry) {
  CLI::App& log = registry.noun("log", "See requests as they come, or one in full", "Watching");
  add_tail(registry, log);

  CLI::App& show =
      registry.command(log, "show", "Show one request: times, attempts, tokens, cost, errors",
                       {"litegw log show last", "litegw log show k3f9x2ab",
                        "litegw log show req_01k9zt8m3rn5v7x9zbdfhjkmnp --json"});
  auto id = std::make_shared<std::string>();
  show.add_option("ID", *id, "Whole id, its last 6 or more characters, or last")->required();
  registry.run(show, "show the request",
               [id](Context& context) { return show_request(context, *id); });

  CLI::App& all =
      registry.command(log, "export", "Write the rows of a period to stdout, oldest first",
                       {"litegw log export --since 2026-11 --until 2026-11 -o csv > november.csv",
                        "litegw log export --since 30d > rows.jsonl"});
  auto flags = std::make_shared<LogFlags>();
  add_log_flags(all, *flags);
  registry.run(all, "export the log",
               [flags](Context& context) { return export_log(context, *flags); });
}

}  // namespace litegw::cmd
