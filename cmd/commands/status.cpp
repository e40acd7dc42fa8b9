// status and reload.
#include "cmd/render/status.h"

#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/registry.h"
#include "cmd/render/problems.h"
#include "common/base/text.h"
#include "common/control/daemon.h"

namespace litegw::cmd {
namespace {

using control::ReloadResult;
using control::StatusView;

constexpr Duration between_tries = milliseconds(100);
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

struct StatusFlags {
  std::string watch, wait;
};

void print_once(Context& context, const Answer<StatusView>& answer) {
  Output& output = context.output();
  if (output.is_json()) return output.json(answer.raw);
  if (output.format() == Format::name) return output.line(escape_control(answer.value.state));
  print_status(output, answer.value, context.console().now());
}

// Until the daemon is ready. What keeps it from being so (no permission, another version) fails at
// once.
Result<Answer<StatusView>> wait_until_ready(Context& context, Duration limit) {
  Time end = context.console().now() + limit;
  std::string last = "it is still starting";
  for (;;) {
    auto answer = context.client().get<StatusView>(control::path::status);
    if (answer && answer->value.state == "ready") return answer;
    if (!answer && !error_info(answer.error().code).retryable) return answer;
    last = answer ? "litegwd is " + escape_control(answer->value.state) : answer.error().message;
    if (context.console().now() >= end)
      return make_error(ErrorCode::timed_out,
                        fmt::format("not ready within {}: {}", to_text(limit), last),
                        "see its log: journalctl -u litegwd");
    context.console().pause(between_tries);
  }
}

Result<int> watch_status(Context& context, Duration every) {
  for (;;) {
    auto answer = context.client().get<StatusView>(control::path::status);
    if (!answer) return answer.error();
    Output& output = context.output();
    if (output.is_json()) {
      output.line(dump(answer->raw));
    } else {
      if (output.is_terminal()) output.data(clear_screen);
      print_once(context, *answer);
      if (!output.is_terminal()) output.line("");
    }
    context.console().pause(every);
  }
}

Result<int> show_status(Context& context, const StatusFlags& flags) {
  if (!flags.wait.empty()) {
    Result<Duration> limit = parse_duration(flags.wait);
    if (!limit)
      return make_error(ErrorCode::usage, "--wait: " + limit.error().message, limit.error().hint);
    auto ready = wait_until_ready(context, *limit);
    if (!ready) return ready.error();
    if (flags.watch.empty()) {
      print_once(context, *ready);
      return 0;
    }
  }
  if (!flags.watch.empty()) {
    Result<Duration> every = parse_duration(flags.watch);
    if (!every)
      return make_error(ErrorCode::usage, "--watch: " + every.error().message, every.error().hint);
    return watch_status(context, *every);
  }
  auto answer = context.client().get<StatusView>(control::path::status);
  if (!answer) return answer.error();
  print_once(context, *answer);
  return 0;
}

Result<int> reload(Context& context) {
  auto answer = context.client().send<ReloadResult>("POST", control::path::reload);
  if (!answer) return answer.error();
  Output& output = context.output();
  const ReloadResult& result = answer->value;
  if (output.is_json()) {
    output.json(answer->raw);
    return 0;
  }
  if (output.format() == Format::name) {
    output.line(fmt::format("{}", result.generation));
    return 0;
  }
  print_changes(output, result.changes);
  for (const control::Problem& problem : result.warnings)
    output.warning(fmt::format("{}: {}", position(problem), escape_control(problem.message)));
  output.note(result.changes.empty()
                  ? fmt::format("Nothing changed; generation {}.", result.generation)
                  : fmt::format("Reloaded; generation {}.", result.generation));
  return 0;
}

}  // namespace

void add_status_commands(Registry& registry) {
  CLI::App& status =
      registry.command(registry.root(), "status", "Show the state of the daemon",
                       {"litegw status", "litegw status --wait 30s", "litegw status --watch 2s",
                        "litegw status --json | jq .counters"});
  status.group("Daemon");
  auto flags = std::make_shared<StatusFlags>();
  add_text(status, "--wait", flags->wait, "Wait until it is ready, at most so long (then exit 124)",
           "DURATION");
  add_text(status, "--watch", flags->watch, "Show it again and again", "DURATION");
  registry.run(status, "read the daemon's state",
               [flags](Context& context) { return show_status(context, *flags); });

  CLI::App& again = registry.command(registry.root(), "reload",
                                     "Check the configuration, then use it; says what changed",
                                     {"litegw config check && litegw reload"});
  again.group("Daemon");
  registry.run(again, "reload the configuration; the old one stays in force", reload);
}

}  // namespace litegw::cmd
