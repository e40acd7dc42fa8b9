#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cmd/commands/commands.h"
#include "cmd/programs.h"
#include "cmd/registry.h"
#include "cmd/render/problems.h"
#include "cmd/render/status.h"
#include "cmd/render/table.h"
#include "common/base/text.h"
#include "common/control/daemon.h"

namespace litegw::cmd {
namespace {

using control::ConfigCheck;
using control::ConfigDiff;
using control::ConfigView;
using control::Problem;

constexpr int failed_check = 8;
// litegwd's exit status for a configuration that cannot be used (EX_CONFIG).
constexpr int bad_configuration = 78;

// ---- check

struct CheckFlags {
  std::string file;
  bool strict = false;
};

// The file that the running daemon uses; empty when none runs, litegwd then takes its default.
std::string running_file(Context& context) {
  auto status = context.client().get<control::StatusView>(control::path::status);
  return status ? status->value.config_file : std::string();
}

Result<ConfigCheck> check_by_litegwd(Context& context, const std::string& file) {
  std::vector<std::string> arguments{"--check-config", "--json"};
  if (!file.empty()) arguments.insert(arguments.end(), {"--config", file});
  Result<ProgramResult> run = run_litegwd(context, std::move(arguments));
  if (!run) return run.error();
  Result<Json> json = parse_json(run->output);
  if (json && (run->exit_status == 0 || run->exit_status == bad_configuration))
    return control::decode<ConfigCheck>(*json, control::Unknown::ignore);
  return make_error(ErrorCode::config_invalid,
                    fmt::format("litegwd could not check it (exit status {})", run->exit_status),
                    "its own words are above");
}

// Drops what the running daemon's environment does set. False when there is no daemon to ask.
bool judge_environment(Context& context, std::vector<Problem>& problems) {
  control::EnvironmentQuery query;
  for (const Problem& problem : problems)
    if (!problem.variable.empty()) query.names.push_back(problem.variable);
  if (query.names.empty()) return true;
  auto answer =
      context.client().send<control::EnvironmentAnswer>("POST", control::path::environment, query);
  if (!answer) return false;
  const std::vector<std::string>& set = answer->value.set;
  std::erase_if(problems, [&](const Problem& problem) {
    return std::find(set.begin(), set.end(), problem.variable) != set.end();
  });
  return true;
}

std::string counts(std::size_t errors, std::size_t warnings) {
  return fmt::format("{} error{}, {} warning{}", errors, errors == 1 ? "" : "s", warnings,
                     warnings == 1 ? "" : "s");
}

Result<int> check_config(Context& context, const CheckFlags& flags) {
  std::string file = flags.file.empty() ? running_file(context) : flags.file;
  Result<ConfigCheck> check = check_by_litegwd(context, file);
  if (!check) return check.error();
  bool environment_known = judge_environment(context, check->problems);
  std::size_t errors = 0;
  for (const Problem& problem : check->problems)
    errors += problem.severity == "error" ? 1 : 0;
  std::size_t warnings = check->problems.size() - errors;
  bool good = errors == 0 && (warnings == 0 || !flags.strict);
  Output& output = context.output();
  if (output.is_json()) {
    Json answer = control::encode(*check);
    answer["ok"] = good;
    answer["environment_checked"] = environment_known;
    output.json(answer);
  } else {
    output.data(render_problems(check->problems, output.colour()));
    if (!environment_known)
      output.note("No daemon runs: whether it will have these variables was not checked.");
    output.note(fmt::format("{}: {}{}", escape_control(check->file),
                            check->problems.empty() ? "ok" : counts(errors, warnings),
                            good ? fmt::format(", {} models", check->models) : ""));
  }
  return good ? 0 : failed_check;
}

// ---- show

Result<int> show_config(Context& context, bool origin) {
  auto answer = context.client().get<ConfigView>(control::path::config);
  if (!answer) return answer.error();
  Output& output = context.output();
  if (output.format() == Format::json) {
    output.json(answer->raw);
    return 0;
  }
  if (output.format() == Format::jsonl) {
    for (const Json& setting : answer->raw["settings"])
      output.json(setting);
    return 0;
  }
  std::vector<Column> columns{Column{"NAME", Align::left}, Column{"VALUE", Align::left, 20}};
  if (origin) columns.push_back(Column{"ORIGIN", Align::left, 12});
  Table table(std::move(columns));
  for (const control::Setting& setting : answer->value.settings) {
    if (output.format() == Format::name) output.line(escape_control(setting.name));
    std::string value = setting_text(setting.value);
    std::vector<Cell> row{text_cell(setting.name), cell(value, value)};
    if (origin)
      row.push_back(
          text_cell(setting.origin, setting.origin == "default" ? Colour::dim : Colour::none));
    table.add(std::move(row));
  }
  if (output.format() != Format::name) table.print(output);
  return 0;
}

// ---- diff

Result<int> diff_config(Context& context) {
  auto answer = context.client().get<ConfigDiff>(control::path::config_diff);
  if (!answer) return answer.error();
  Output& output = context.output();
  const ConfigDiff& diff = answer->value;
  if (output.is_json()) {
    output.json(answer->raw);
    return 0;
  }
  if (output.format() == Format::name) {
    for (const control::ConfigChange& change : diff.changes)
      output.line(escape_control(change.name));
    return 0;
  }
  output.console().write_error(render_problems(diff.problems, false));
  print_changes(output, diff.changes);
  if (diff.changes.empty())
    output.note(fmt::format("{} is what runs.", escape_control(diff.file)));
  else
    output.note("- runs now, + is in the file. Use the file: litegw reload");
  return 0;
}

// ---- init

Status write_new_file(const std::string& path, std::string_view text) {
  auto failed = [&] {
    ErrorCode code = errno == EEXIST ? ErrorCode::already_exists : ErrorCode::io_error;
    return make_error(
        code, fmt::format("cannot write {}: {}", escape_control(path), strerror(errno)),
        code == ErrorCode::already_exists ? "name another file; nothing was done" : "");
  };
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (file < 0) return failed();
  while (!text.empty()) {
    ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0) {
      Error error = failed();
      ::close(file);
      ::unlink(path.c_str());
      return error;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(file);
  return {};
}

Result<int> init_config(Context& context, const std::string& path) {
  Result<ProgramResult> run = run_litegwd(context, {"--init-config"});
  if (!run) return run.error();
  if (run->exit_status != 0)
    return make_error(ErrorCode::internal,
                      fmt::format("litegwd --init-config ended with {}", run->exit_status),
                      "its own words are above");
  if (path.empty()) {
    context.output().data(run->output);
    return 0;
  }
  Status written = write_new_file(path, run->output);
  if (!written) return written.error();
  context.output().note(fmt::format("Wrote {}. Check it: litegw config check {}",
                                    escape_control(path), escape_control(path)));
  return 0;
}

}  // namespace

void add_config_commands(Registry& registry) {
  CLI::App& config =
      registry.noun("config", "Check the configuration, see what is in force", "Daemon");
  CLI::App& check =
      registry.command(config, "check", "Show all problems of a configuration file at once",
                       {"litegw config check", "litegw config check ./litegw.yaml --strict"});
  auto check_flags = std::make_shared<CheckFlags>();
  check.add_option("FILE", check_flags->file,
                   "The file; else the running daemon's, else /etc/litegw/litegw.yaml");
  check.add_flag("--strict", check_flags->strict, "Warnings fail, too");
  registry.run(check, "check the configuration",
               [check_flags](Context& context) { return check_config(context, *check_flags); });

  CLI::App& show = registry.command(config, "show", "Show what is in force, secrets hidden",
                                    {"litegw config show", "litegw config show --origin"});
  auto origin = std::make_shared<bool>(false);
  show.add_flag("--origin", *origin, "Where each value came from");
  registry.run(show, "show the configuration",
               [origin](Context& context) { return show_config(context, *origin); });

  CLI::App& diff =
      registry.command(config, "diff", "Compare what runs with the file", {"litegw config diff"});
  registry.run(diff, "compare the configurations", diff_config);

  CLI::App& init = registry.command(
      config, "init", "Write a commented starter file for the providers in the environment",
      {"litegw config init --output litegw.yaml"});
  auto path = std::make_shared<std::string>();
  add_text(init, "--output", *path, "Write a new file, not to stdout", "FILE")->group(output_group);
  registry.run(init, "write a starter file",
               [path](Context& context) { return init_config(context, *path); });
}

}  // namespace litegw::cmd
