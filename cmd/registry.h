// The tree of commands: what each is called, says about itself and does. Help, completions and the
// man page test all walk this one tree.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cmd/context.h"

namespace litegw::cmd {

// Returns the exit code; an error's own exit code otherwise.
using Action = std::function<Result<int>(Context&)>;

struct GlobalFlags {  // as typed; empty = not given
  std::string socket, format, colour;
  bool json = false, quiet = false, no_input = false, version = false;
};

// Names of option groups in help, in the order of their use.
inline constexpr const char* limits_group = "Limits";
inline constexpr const char* filters_group = "Filters";
inline constexpr const char* output_group = "Output";
inline constexpr const char* global_group = "Global flags";

class Registry {
 public:
  Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  CLI::App& root() { return root_; }
  const CLI::App& root() const { return root_; }
  const GlobalFlags& flags() const { return flags_; }

  // A noun, shown under `group` in `litegw help`.
  CLI::App& noun(const std::string& name, const std::string& summary, const std::string& group);
  // A command: a verb below a noun, or a word of the root. `examples` are whole lines without
  // indent.
  CLI::App& command(CLI::App& parent, const std::string& name, const std::string& summary,
                    const std::vector<std::string>& examples);
  // What the command does once its words are read; `doing` completes "cannot ...".
  void run(CLI::App& command, std::string doing, Action action);

  // What an option takes, when it is one of few words; its type name shows them or stands for them.
  void set_values(const CLI::Option* option, std::vector<std::string> values);
  std::vector<std::string> values(const CLI::Option& option) const;

  // Set while parsing, by the command that was named.
  const Action& chosen_action() const { return chosen_action_; }
  const std::string& chosen_doing() const { return chosen_doing_; }
  const CLI::App* chosen() const { return chosen_; }

 private:
  void add_global_flags();

  CLI::App root_;
  GlobalFlags flags_;
  std::map<const CLI::Option*, std::vector<std::string>> values_;
  Action chosen_action_;
  std::string chosen_doing_;
  const CLI::App* chosen_ = nullptr;
};

// The whole tree.
std::unique_ptr<Registry> make_registry();

// "litegw key create".
std::string full_name(const CLI::App& command);
// "litegw-key": the man page of the command.
std::string man_page(const CLI::App& command);

// An option that takes one value each time it is given and may be repeated; "a,b" counts as two.
CLI::Option* add_list(CLI::App& command, const std::string& names, std::vector<std::string>& target,
                      const std::string& summary, const std::string& value_name);
// The same without splitting at commas.
CLI::Option* add_repeatable(CLI::App& command, const std::string& names,
                            std::vector<std::string>& target, const std::string& summary,
                            const std::string& value_name);
CLI::Option* add_text(CLI::App& command, const std::string& names, std::string& target,
                      const std::string& summary, const std::string& value_name);

}  // namespace litegw::cmd
