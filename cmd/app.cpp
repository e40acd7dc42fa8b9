#include "cmd/app.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "cmd/registry.h"
#include "cmd/settings.h"
#include "cmd/words.h"
#include "common/base/text.h"
#include "common/base/version.h"

namespace litegw::cmd {
namespace {

// For errors that come before the flags are read.
Format guess_format(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--json" || arguments[i] == "-ojson") return Format::json;
    bool next = (arguments[i] == "-o" || arguments[i] == "--format") && i + 1 < arguments.size();
    if (next && arguments[i + 1].starts_with("json")) return Format::json;
  }
  return Format::table;
}

std::string first_unknown_option(const std::vector<std::string>& words) {
  auto found = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.size() > 1 && word[0] == '-';
  });
  return found == words.end() ? std::string() : *found;
}

// `team create web`: what is made has its name behind --name.
std::optional<Error> judge_name(const CLI::App& root, const CLI::App& command) {
  const CLI::Option* name = command.get_option_no_throw("--name");
  if (command.get_name() != "create" || name == nullptr || name->count() > 0) return std::nullopt;
  const std::vector<std::string> extras = root.remaining(true);
  if (extras.empty() || extras.front().starts_with('-')) return std::nullopt;
  const std::string word = escape_control(shorten(extras.front(), 40));
  return make_error(ErrorCode::usage,
                    fmt::format("the word '{}' stands alone: a name is given with --name", word),
                    fmt::format("{} --name {}", full_name(command), word));
}

// CLI11's words for wrong values are its own; these are ours.
Error explain(const Registry& registry, const CLI::App& command, const CLI::ParseError& error) {
  if (std::optional<Error> unnamed = judge_name(registry.root(), command)) return *unnamed;
  std::string help = fmt::format("see {} --help", full_name(command));
  std::string text = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    std::vector<std::string> extras = registry.root().remaining(true);
    std::string option = first_unknown_option(extras);
    if (!option.empty()) return judge_unknown_option(registry.root(), command, option);
    std::string word = extras.empty() ? std::string() : extras.front();
    return make_error(
        ErrorCode::usage,
        fmt::format("the word '{}' is one too many", escape_control(shorten(word, 40))), help);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    return make_error(ErrorCode::usage,
                      fmt::format("{} is missing", text.substr(0, text.find(" is required"))),
                      help);
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    // "Could not convert: --rpm = ten"
    std::string pair = text.substr(std::min(text.size(), text.find(": ") + 2));
    std::size_t equals = pair.find(" = ");
    if (equals != std::string::npos)
      return make_error(ErrorCode::usage,
                        fmt::format("{}: '{}' is no whole number", pair.substr(0, equals),
                                    escape_control(shorten(pair.substr(equals + 3), 40))),
                        help);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    // "--name: 1 required NAME missing"
    std::string option = text.substr(0, text.find(':'));
    if (text.find("missing") != std::string::npos)
      return make_error(ErrorCode::usage, fmt::format("{} needs a value", option), help);
  }
  return make_error(ErrorCode::usage, escape_control(text), help);
}

Error needs_verb(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands({}))
    names.push_back(sub->get_name());
  return make_error(
      ErrorCode::usage, fmt::format("`{}` needs a command", full_name(command)),
      fmt::format("one of: {}; see {} --help", join(names, ", "), full_name(command)));
}

class Run {
 public:
  Run(const std::vector<std::string>& arguments, Console& console,
      const TransportFactory& transports, const ProgramRunner& programs)
      : arguments_(arguments),
        console_(console),
        transports_(transports),
        programs_(programs),
        registry_(make_registry()) {}

  int perform() {
    if (std::optional<Error> odd = judge_words(registry_->root(), arguments_))
      return usage_failure(*odd);
    if (std::optional<int> done = parse()) return *done;
    if (registry_->flags().version) {
      console_.write_out(fmt::format("litegw {}\n", version()));
      return 0;
    }
    if (registry_->chosen() == nullptr) return without_command();
    Result<Settings> settings = resolve_settings(registry_->flags(), console_);
    if (!settings) return usage_failure(settings.error());
    return execute(std::move(*settings));
  }

 private:
  int usage_failure(const Error& error) {
    Output output(console_, guess_format(arguments_), ColourMode::automatic, false);
    output.failure(Failure{"wrong usage", error, {}});
    return error_info(error.code).exit_code;
  }

  // The exit code when parsing already was all.
  std::optional<int> parse() {
    try {
      std::vector<std::string> reversed(arguments_.rbegin(), arguments_.rend());
      registry_->root().parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
      console_.write_out(named_command(registry_->root(), arguments_).help());
      return 0;
    } catch (const CLI::ParseError& error) {
      const CLI::App& command = named_command(registry_->root(), arguments_);
      return usage_failure(explain(*registry_, command, error));
    }
    return std::nullopt;
  }

  int without_command() {
    const CLI::App& command = named_command(registry_->root(), arguments_);
    if (command.get_parent() != nullptr) return usage_failure(needs_verb(command));
    console_.write_out(command.help());
    return 0;
  }

  int execute(Settings settings) {
    Context context(console_, std::move(settings), transports_, programs_);
    context.doing = registry_->chosen_doing();
    Result<int> result = registry_->chosen_action()(context);
    if (result) return *result;
    std::vector<control::Problem> problems = context.client().problems();
    context.output().failure(Failure{"cannot " + context.doing, result.error(), problems});
    return error_info(result.error().code).exit_code;
  }

  const std::vector<std::string>& arguments_;
  Console& console_;
  const TransportFactory& transports_;
  const ProgramRunner& programs_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace

int run(const std::vector<std::string>& arguments, Console& console,
        const TransportFactory& transports, const ProgramRunner& programs) {
  try {
    return Run(arguments, console, transports, programs).perform();
  } catch (const std::exception& error) {
    console.write_error(
        fmt::format("error: this is a bug in litegw\n  why: {}\n", escape_control(error.what())));
    return 1;
  }
}

}  // namespace litegw::cmd
