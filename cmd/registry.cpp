#include "cmd/registry.h"

#include "cmd/commands/commands.h"
#include "cmd/help.h"
#include "common/base/text.h"

namespace litegw::cmd {

Registry::Registry() : root_("LLM gateway: keys, budgets and logs of a running litegwd", "litegw") {
  root_.formatter(help_formatter());
  root_.fallthrough();
  // One command at a time: else CLI11 takes the argument of `key show status` for a command.
  root_.require_subcommand(0, 1);
  root_.set_help_flag("-h,--help", "Show this help")->group(global_group);
  root_.get_formatter()->column_width(28);
  add_global_flags();
}

void Registry::add_global_flags() {
  add_text(root_, "-o,--format", flags_.format, "Form of the output (default table)",
           "table|json|jsonl|csv|name")
      ->group(global_group);
  root_.add_flag("--json", flags_.json, "Same as -o json")->group(global_group);
  add_text(root_, "--socket", flags_.socket, "Control socket of the daemon", "PATH")
      ->group(global_group);
  add_text(root_, "--color", flags_.colour, "When to use colour (default auto)",
           "auto|always|never")
      ->group(global_group);
  root_.add_flag("-q,--quiet", flags_.quiet, "No notes on stderr; errors and warnings stay")
      ->group(global_group);
  root_.add_flag("--no-input", flags_.no_input, "Never ask")->group(global_group);
  root_.add_flag("--version", flags_.version, "Show the version")->group(global_group);
}

CLI::App& Registry::noun(const std::string& name, const std::string& summary,
                         const std::string& group) {
  CLI::App* app = root_.add_subcommand(name, summary);
  app->group(group);
  app->require_subcommand(0, 1);
  return *app;
}

CLI::App& Registry::command(CLI::App& parent, const std::string& name, const std::string& summary,
                            const std::vector<std::string>& examples) {
  CLI::App* app = parent.add_subcommand(name, summary);
  app->footer(join(examples, "\n"));
  app->group("Subcommands");
  return *app;
}

void Registry::run(CLI::App& command, std::string doing, Action action) {
  command.callback([this, &command, doing = std::move(doing), action = std::move(action)] {
    chosen_ = &command;
    chosen_doing_ = doing;
    chosen_action_ = action;
  });
}

void Registry::set_values(const CLI::Option* option, std::vector<std::string> values) {
  values_[option] = std::move(values);
}

std::vector<std::string> Registry::values(const CLI::Option& option) const {
  auto found = values_.find(&option);
  if (found != values_.end()) return found->second;
  const std::string& shown = option.get_type_name();
  bool words = shown.find('|') != std::string::npos &&
               shown.find_first_not_of("abcdefghijklmnopqrstuvwxyz|") == std::string::npos;
  return words ? split(shown, '|') : std::vector<std::string>{};
}

std::unique_ptr<Registry> make_registry() {
  auto registry = std::make_unique<Registry>();
  add_key_commands(*registry);
  add_owner_commands(*registry);
  add_budget_commands(*registry);
  add_model_commands(*registry);
  add_log_commands(*registry);
  add_spend_commands(*registry);
  add_status_commands(*registry);
  add_config_commands(*registry);
  add_store_commands(*registry);
  add_test_commands(*registry);
  add_cursor_commands(*registry);
  add_audit_commands(*registry);
  add_program_commands(*registry);
  return registry;
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return command.get_name();
  return full_name(*parent) + " " + command.get_name();
}

std::string man_page(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return "litegw";
  if (parent->get_parent() != nullptr) return man_page(*parent);
  return "litegw-" + command.get_name();
}

CLI::Option* add_list(CLI::App& command, const std::string& names, std::vector<std::string>& target,
                      const std::string& summary, const std::string& value_name) {
  return add_repeatable(command, names, target, summary, value_name)->delimiter(',');
}

CLI::Option* add_repeatable(CLI::App& command, const std::string& names,
                            std::vector<std::string>& target, const std::string& summary,
                            const std::string& value_name) {
  return command.add_option(names, target, summary)->allow_extra_args(false)->type_name(value_name);
}

CLI::Option* add_text(CLI::App& command, const std::string& names, std::string& target,
                      const std::string& summary, const std::string& value_name) {
  return command.add_option(names, target, summary)->type_name(value_name);
}

}  // namespace litegw::cmd
