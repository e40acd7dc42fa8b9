#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/programs.h"
#include "cmd/registry.h"
#include "cmd/render/cells.h"
#include "common/base/text.h"
#include "common/control/daemon.h"

namespace litegw::cmd {
namespace {

using control::StoreCheck;
using control::StoreCopied;

constexpr int failed_check = 8;

// Where the store is when no daemon runs that could say it.
struct Place {
  std::string config, state_dir;
};

void add_place(CLI::App& command, Place& place) {
  add_text(command, "--config", place.config,
           "Configuration that names the store, when litegwd is not running", "FILE");
  add_text(command, "--state-dir", place.state_dir, "The store's folder, in its place", "PATH");
}

std::vector<std::string> arguments_of(std::vector<std::string> words, const Place& place) {
  if (!place.config.empty()) words.insert(words.end(), {"--config", place.config});
  if (!place.state_dir.empty()) words.insert(words.end(), {"--state-dir", place.state_dir});
  return words;
}

// A file as litegwd, which has a folder of its own, finds it.
std::string absolute(const std::string& file) {
  std::error_code failure;
  const std::filesystem::path path = std::filesystem::absolute(file, failure);
  return failure ? file : path.string();
}

template <class T>
Result<Answer<T>> by_litegwd(Context& context, std::vector<std::string> arguments) {
  Result<ProgramResult> run = run_litegwd(context, std::move(arguments));
  if (!run) return run.error();
  Result<Json> json = parse_json(run->output);
  if (run->exit_status != 0 || !json)
    return make_error(ErrorCode::store_unavailable,
                      fmt::format("litegwd ended with {}", run->exit_status),
                      "its own words are above");
  Result<T> value = control::decode<T>(*json, control::Unknown::ignore);
  if (!value) return value.error();
  return Answer<T>{std::move(*value), std::move(*json)};
}

Result<int> check_store(Context& context, const Place& place) {
  context.client().set_timeout(minutes(10));
  const bool elsewhere = !place.config.empty() || !place.state_dir.empty();
  auto answer = elsewhere
                    ? Result<Answer<StoreCheck>>(make_error(ErrorCode::daemon_not_running, ""))
                    : context.client().send<StoreCheck>("POST", control::path::store_check);
  if (!answer && answer.error().code == ErrorCode::daemon_not_running)
    answer = by_litegwd<StoreCheck>(context, arguments_of({"--check-store", "--json"}, place));
  if (!answer) return answer.error();
  const StoreCheck& check = answer->value;
  Output& output = context.output();
  if (output.is_json()) {
    Json json = answer->raw;
    json["ok"] = check.problems.empty();
    output.json(json);
  } else {
    for (const std::string& problem : check.problems)
      output.line(escape_control(problem));
  }
  output.note(fmt::format(
      "{}: {}, {}, {}{}", escape_control(check.path),
      check.problems.empty() ? "clean"
                             : counted(static_cast<std::int64_t>(check.problems.size()), "problem"),
      counted(static_cast<std::int64_t>(check.keys), "key"),
      counted(static_cast<std::int64_t>(check.rows), "row"),
      check.running ? "" : " (litegwd is not running)"));
  return check.problems.empty() ? 0 : failed_check;
}

void print_copied(Context& context, const Answer<StoreCopied>& answer, const std::string& words) {
  Output& output = context.output();
  if (output.is_json()) output.json(answer.raw);
  if (output.format() == Format::name) output.line(escape_control(answer.value.file));
  output.note(words);
}

Result<int> backup_store(Context& context, const std::string& file) {
  context.doing = fmt::format("back up to {}", escape_control(file));
  context.client().set_timeout(minutes(10));
  control::StoreBackup request;
  request.file = absolute(file);
  auto answer = context.client().send<StoreCopied>("POST", control::path::store_backup, request);
  if (!answer) return answer.error();
  print_copied(
      context, *answer,
      fmt::format("Keys, money and reports are in {} ({}); rows of single requests are "
                  "not.",
                  escape_control(answer->value.file), bytes_cell(answer->value.bytes).shown));
  return 0;
}

struct RestoreFlags {
  std::string file;
  Place place;
  bool yes = false;
};

Result<int> restore_store(Context& context, const RestoreFlags& flags) {
  context.doing = fmt::format("restore {}", escape_control(flags.file));
  const bool elsewhere = !flags.place.config.empty() || !flags.place.state_dir.empty();
  if (!elsewhere && context.client().get<control::VersionView>(control::path::version))
    return make_error(ErrorCode::conflict, "litegwd is running",
                      "stop it first: systemctl stop litegwd");
  Result<bool> sure = context.confirm(
      fmt::format("Put the keys, money and reports of {} in place of those that are there?",
                  escape_control(flags.file)),
      flags.yes);
  if (!sure) return sure.error();
  if (!*sure) {
    context.output().note("Nothing was restored.");
    return 1;
  }
  auto answer = by_litegwd<StoreCopied>(
      context, arguments_of({"--restore-store", absolute(flags.file), "--json"}, flags.place));
  if (!answer) return answer.error();
  print_copied(context, *answer,
               fmt::format("{} is in place. What was there is in {}.", escape_control(flags.file),
                           escape_control(answer->value.path)));
  return 0;
}

}  // namespace

void add_store_commands(Registry& registry) {
  CLI::App& store = registry.noun("store", "Check, save and restore keys and money", "Daemon");
  CLI::App& check = registry.command(
      store, "check", "Prove that counters, reports and indexes agree",
      {"litegw store check", "litegw store check --state-dir /var/lib/litegw --json"});
  auto place = std::make_shared<Place>();
  add_place(check, *place);
  registry.run(check, "check the store",
               [place](Context& context) { return check_store(context, *place); });

  CLI::App& backup =
      registry.command(store, "backup", "Write a consistent copy to a new file, while running",
                       {"litegw store backup /var/backups/litegw-$(date +%F).mdb"});
  auto file = std::make_shared<std::string>();
  backup.add_option("FILE", *file, "A file that does not exist yet; litegwd writes it")->required();
  registry.run(backup, "back up the store",
               [file](Context& context) { return backup_store(context, *file); });

  CLI::App& restore = registry.command(
      store, "restore", "Put a copy back while litegwd is stopped; what was there is kept aside",
      {"litegw store restore /var/backups/litegw-2026-11-23.mdb"});
  auto flags = std::make_shared<RestoreFlags>();
  restore.add_option("FILE", flags->file, "A file that `store backup` wrote")->required();
  add_place(restore, flags->place);
  restore.add_flag("-y,--yes", flags->yes, "Do not ask");
  registry.run(restore, "restore the store",
               [flags](Context& context) { return restore_store(context, *flags); });
}

}  // namespace litegw::cmd
