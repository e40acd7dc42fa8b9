#include "cmd/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "cmd/registry.h"
#include "cmd/render/style.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

constexpr std::size_t page_width = 80;
constexpr std::size_t longest_left = 27;

// "  --name NAME          What it means", the right side wrapped; below it when the left is long.
std::string two_columns(const std::string& left, const std::string& right, std::size_t column) {
  std::string out = "  " + left;
  std::size_t used = 2 + display_width(left);
  if (used + 2 > column) {
    out += "\n" + std::string(column, ' ');
  } else {
    out += std::string(column - used, ' ');
  }
  return out + wrap(right, page_width - column, column) + "\n";
}

std::string option_left(const CLI::Option& option) {
  if (option.nonpositional()) {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames())
      names.push_back("-" + name);
    for (const std::string& name : option.get_lnames())
      names.push_back("--" + name);
    std::string left = join(names, ", ");
    if (option.get_snames().empty()) left = "    " + left;
    bool takes_value = option.get_items_expected_max() > 0;
    return takes_value ? left + " " + option.get_type_name() : left;
  }
  return option.get_name(true);
}

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string section(const std::string& title, const Rows& rows) {
  if (rows.empty()) return {};
  std::size_t widest = 0;
  for (const auto& [left, right] : rows)
    if (display_width(left) <= longest_left) widest = std::max(widest, display_width(left));
  std::string out = "\n" + title + ":\n";
  for (const auto& [left, right] : rows)
    out += two_columns(left, right, widest + 4);
  return out;
}

Rows option_rows(const CLI::App& app, const std::string& group) {
  Rows rows;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional() || option->get_group() != group) continue;
    // Every command has it; said once, in the list of global flags.
    if (app.get_parent() != nullptr && option->check_lname("help")) continue;
    rows.emplace_back(option_left(*option), option->get_description());
  }
  return rows;
}

std::string option_sections(const CLI::App& app) {
  std::vector<std::string> groups{"Options"};
  for (const CLI::Option* option : app.get_options()) {
    const std::string& group = option->get_group();
    if (group.empty() || group == global_group) continue;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  std::string out;
  for (const std::string& group : groups)
    out += section(group == "Options" ? "Flags" : group, option_rows(app, group));
  return out;
}

std::string command_sections(const CLI::App& app) {
  std::vector<std::string> groups;
  auto commands =
      app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
  for (const CLI::App* sub : commands)
    if (std::find(groups.begin(), groups.end(), sub->get_group()) == groups.end())
      groups.push_back(sub->get_group());
  std::string out;
  for (const std::string& group : groups) {
    Rows rows;
    for (const CLI::App* sub : commands)
      if (sub->get_group() == group) rows.emplace_back(sub->get_name(), sub->get_description());
    out += section(group == "Subcommands" ? "Commands" : group, rows);
  }
  return out;
}

std::string usage(const CLI::App& app) {
  std::string line = "Usage: " + full_name(app);
  bool has_commands = !app.get_subcommands({}).empty();
  if (app.get_parent() == nullptr) return line + " [global flags] <noun> <verb> [flags]\n";
  if (has_commands) return line + " <command> [flags]\n";
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) continue;
    std::string name = option->get_name(true);
    bool several = option->get_expected_max() > 1;
    std::string shown = several ? name + "..." : name;
    line += option->get_required() ? " " + shown : " [" + shown + "]";
  }
  return line + " [flags]\n";
}

std::string examples(const CLI::App& app) {
  if (app.get_footer().empty()) return {};
  std::string out = "\nExamples:\n";
  for (const std::string& line : split(app.get_footer(), '\n'))
    out += "  " + line + "\n";
  return out;
}

std::string arguments(const CLI::App& app) {
  Rows rows;
  for (const CLI::Option* option : app.get_options())
    if (!option->nonpositional() && !option->get_description().empty())
      rows.emplace_back(option->get_name(true), option->get_description());
  return section("Arguments", rows);
}

std::string last_lines(const CLI::App& app) {
  if (app.get_parent() == nullptr)
    return section("Global flags", option_rows(app, global_group)) +
           "\nTopics: litegw help exit-codes, environment, formatting. See litegw(1).\n";
  return fmt::format("\nGlobal flags (-o, --json, --socket, ...): litegw help. See {}(1).\n",
                     man_page(app));
}

std::string make_help(const CLI::App* app, const std::string&, CLI::AppFormatMode) {
  std::string out = app->get_description() + "\n\n" + usage(*app) + examples(*app);
  out += command_sections(*app) + arguments(*app);
  if (app->get_parent() != nullptr) out += option_sections(*app);
  return out + last_lines(*app);
}

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  return std::make_shared<CLI::FormatterLambda>(make_help);
}

}  // namespace litegw::cmd
