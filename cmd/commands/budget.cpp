#include "cmd/render/budget.h"

#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/registry.h"
#include "cmd/secrets.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::BudgetLine;
using control::BudgetReleaseAnswer;
using control::BudgetReport;
using control::BudgetResetAnswer;

struct Whose {
  std::string key, user, team;
};

void add_whose(CLI::App& command, Whose& whose) {
  add_text(command, "--key", whose.key, "Of this key; - reads the key from stdin", "KEY");
  add_text(command, "--user", whose.user, "Of this user", "USER");
  add_text(command, "--team", whose.team, "Of this team", "TEAM");
}

Status check_whose(const Whose& whose, bool needed) {
  const int given = static_cast<int>(!whose.key.empty()) + static_cast<int>(!whose.user.empty()) +
                    static_cast<int>(!whose.team.empty());
  if (given > 1)
    return make_error(ErrorCode::usage, "--key, --user and --team exclude each other",
                      "give one of them");
  if (given == 1 || !needed) return {};
  return make_error(ErrorCode::usage, "whose budget is not said",
                    "add --key KEY, --user USER or --team TEAM");
}

std::string name_of(const Whose& whose) {
  if (!whose.key.empty()) return fmt::format("key '{}'", escape_control(whose.key));
  if (!whose.user.empty()) return fmt::format("user '{}'", escape_control(whose.user));
  return fmt::format("team '{}'", escape_control(whose.team));
}

Result<int> show_budgets(Context& context, const Whose& whose) {
  if (Status one = check_whose(whose, false); !one) return one.error();
  control::BudgetQuery query;
  Result<std::string> key = key_reference(context, whose.key);
  if (!key) return key.error();
  query.key = *key;
  query.user = whose.user;
  query.team = whose.team;
  auto answer =
      context.client().get<BudgetReport>(control::path::budgets, control::encode_query(query));
  if (!answer) return answer.error();
  Output& output = context.output();
  const BudgetReport& report = answer->value;
  if (output.raw_list(answer->raw)) return 0;
  if (output.format() == Format::name) {
    for (const BudgetLine& line : report.items)
      output.line(escape_control(line.name.empty() ? line.id : line.name));
  } else {
    if (report.items.empty() && output.is_terminal())
      output.note("No budgets. Give one: litegw key update KEY --budget 100/month");
    print_budgets(output, report, context.console().now());
  }
  return 0;
}

struct ResetFlags {
  Whose whose;
  std::string model, window;
  bool yes = false, dry_run = false;
};

std::string question(const ResetFlags& flags, const std::vector<BudgetLine>& lines) {
  std::string text =
      fmt::format("Set what {} spent in the current windows to zero?\n", name_of(flags.whose));
  for (const BudgetLine& line : lines)
    text += "  " + budget_line_sentence(line) + "\n";
  return text;
}

Result<int> reset_budget(Context& context, const ResetFlags& flags) {
  if (Status one = check_whose(flags.whose, true); !one) return one.error();
  context.doing = fmt::format("reset the budget of {}", name_of(flags.whose));
  control::BudgetReset request;
  Result<std::string> key = key_reference(context, flags.whose.key);
  if (!key) return key.error();
  request.key = *key;
  request.user = flags.whose.user;
  request.team = flags.whose.team;
  request.model = flags.model;
  request.window = flags.window;
  request.dry_run = true;
  ControlClient& client = context.client();
  auto answer = client.send<BudgetResetAnswer>("POST", control::path::budget_reset, request);
  if (!answer) return answer.error();
  if (!flags.dry_run) {
    Result<bool> sure = context.confirm(question(flags, answer->value.items), flags.yes);
    if (!sure) return sure.error();
    if (!*sure) {
      context.output().note("Nothing was reset.");
      return 1;
    }
    request.dry_run = false;
    answer = client.send<BudgetResetAnswer>("POST", control::path::budget_reset, request);
    if (!answer) return answer.error();
  }
  Output& output = context.output();
  output.raw_list(answer->raw);
  for (const BudgetLine& line : answer->value.items)
    output.note(
        fmt::format("{} {}", flags.dry_run ? "Would reset" : "Reset", budget_line_sentence(line)));
  return 0;
}

struct ReleaseFlags {
  std::vector<std::string> requests;
  bool yes = false, dry_run = false;
};

std::string release_question(const BudgetReleaseAnswer& answer) {
  std::string text =
      fmt::format("Take back what a crash has charged for {}?\n",
                  answer.items.size() == 1 ? std::string("this request")
                                           : fmt::format("these {} requests", answer.items.size()));
  for (const std::string& sentence : release_sentences(answer))
    text += "  " + sentence + "\n";
  return text;
}

Result<int> release_charges(Context& context, const ReleaseFlags& flags) {
  context.doing = flags.requests.size() == 1
                      ? fmt::format("release the charge of '{}'", escape_control(flags.requests[0]))
                      : "release the charges; none was released";
  control::BudgetRelease request;
  request.request_ids = flags.requests;
  request.dry_run = true;
  ControlClient& client = context.client();
  auto answer = client.send<BudgetReleaseAnswer>("POST", control::path::budget_release, request);
  if (!answer) return answer.error();
  if (!flags.dry_run) {
    Result<bool> sure = context.confirm(release_question(answer->value), flags.yes);
    if (!sure) return sure.error();
    if (!*sure) {
      context.output().note("Nothing was released.");
      return 1;
    }
    request.dry_run = false;
    answer = client.send<BudgetReleaseAnswer>("POST", control::path::budget_release, request);
    if (!answer) return answer.error();
  }
  Output& output = context.output();
  output.raw_list(answer->raw);
  for (const std::string& sentence : release_sentences(answer->value))
    output.note(fmt::format("{} {}", flags.dry_run ? "Would release" : "Released", sentence));
  return 0;
}

void add_release(Registry& registry, CLI::App& budget) {
  CLI::App& release = registry.command(
      budget, "release", "Take back what a crash has charged for requests under way",
      {"litegw budget release req_01k9zt8m3rn5v7x9zbdfhjkmnp",
       "litegw budget release req_01k9zt8m3rn5v7x9zbdfhjkmnp --dry-run"});
  auto flags = std::make_shared<ReleaseFlags>();
  release.add_option("ID", flags->requests, "Whole ids, as budget show lists them")->required();
  release.add_flag("-y,--yes", flags->yes, "Do not ask");
  release.add_flag("--dry-run", flags->dry_run, "Only say what would be released");
  registry.run(release, "release the charge",
               [flags](Context& context) { return release_charges(context, *flags); });
}

}  // namespace

void add_budget_commands(Registry& registry) {
  CLI::App& budget = registry.noun(
      "budget", "See what is left of every budget, reset one, release a charge", "Keys and money");
  CLI::App& show = registry.command(
      budget, "show",
      "Show limit, spent, held and left of every budget, open holds, unsettled charges",
      {"litegw budget show", "litegw budget show --key ci",
       "litegw budget show --team web --json"});
  auto whose = std::make_shared<Whose>();
  add_whose(show, *whose);
  registry.run(show, "show budgets",
               [whose](Context& context) { return show_budgets(context, *whose); });

  CLI::App& reset = registry.command(
      budget, "reset", "Set what was spent in the current windows to zero",
      {"litegw budget reset --key ci", "litegw budget reset --user ada --window day --yes"});
  auto flags = std::make_shared<ResetFlags>();
  add_whose(reset, flags->whose);
  add_text(reset, "--model", flags->model, "Only its budgets for this model", "MODEL");
  add_text(reset, "--window", flags->window,
           "Only this window: day, week, month, 12h, never (the one that never resets)", "WINDOW");
  reset.add_flag("-y,--yes", flags->yes, "Do not ask");
  reset.add_flag("--dry-run", flags->dry_run, "Only say what would be reset");
  registry.run(reset, "reset the budget",
               [flags](Context& context) { return reset_budget(context, *flags); });
  add_release(registry, budget);
}

}  // namespace litegw::cmd
