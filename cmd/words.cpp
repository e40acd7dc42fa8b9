#include "cmd/words.h"

#include <array>

#include <fmt/format.h>

#include "cmd/registry.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

struct Elsewhere {
  std::string_view command;  // the command below which the word was typed; "*" = any
  std::string_view word;
  std::string_view instead;
};

// What LiteLLM, its CLI and other tools call things.
constexpr std::array elsewhere_words{
    Elsewhere{"litegw", "keys", "litegw key list"},
    Elsewhere{"litegw", "generate", "litegw key create"},
    Elsewhere{"litegw", "create", "litegw key create"},
    Elsewhere{"litegw", "models", "litegw model list"},
    Elsewhere{"litegw", "logs", "litegw log tail"},
    Elsewhere{"litegw", "tail", "litegw log tail"},
    Elsewhere{"litegw", "usage", "litegw spend report"},
    Elsewhere{"litegw", "cost", "litegw spend report"},
    Elsewhere{"litegw", "costs", "litegw spend report"},
    Elsewhere{"litegw", "report", "litegw spend report"},
    Elsewhere{"litegw", "health", "litegw status"},
    Elsewhere{"litegw", "ping", "litegw status"},
    Elsewhere{"litegw", "info", "litegw status"},
    Elsewhere{"litegw", "init", "litegw config init"},
    Elsewhere{"litegw", "validate", "litegw config check"},
    Elsewhere{"litegw", "users", "litegw user list"},
    Elsewhere{"litegw", "teams", "litegw team list"},
    Elsewhere{"litegw", "budgets", "litegw budget show"},
    Elsewhere{"litegw", "customer", "litegw user create --name NAME"},
    Elsewhere{"litegw", "import", "litegw key import FILE"},
    Elsewhere{"litegw", "migrate", "litegw key import FILE; docs/migrate.md goes step by step"},
    Elsewhere{"litegw", "backup", "litegw store backup FILE"},
    Elsewhere{"litegw", "restore", "litegw store restore FILE"},
    Elsewhere{"litegw", "start", "systemctl start litegwd, or run litegwd in the foreground"},
    Elsewhere{"litegw", "serve", "systemctl start litegwd, or run litegwd in the foreground"},
    Elsewhere{"litegw", "run", "systemctl start litegwd, or run litegwd in the foreground"},
    Elsewhere{"litegw", "proxy", "systemctl start litegwd, or run litegwd in the foreground"},
    Elsewhere{"litegw", "stop", "systemctl stop litegwd"},
    Elsewhere{"litegw", "restart", "litegw reload, or systemctl restart litegwd"},
    Elsewhere{"litegw key", "generate", "litegw key create"},
    Elsewhere{"litegw key", "new", "litegw key create"},
    Elsewhere{"litegw key", "add", "litegw key create"},
    Elsewhere{"litegw key", "make", "litegw key create"},
    Elsewhere{"litegw key", "regenerate", "litegw key rotate KEY"},
    Elsewhere{"litegw key", "renew", "litegw key rotate KEY"},
    Elsewhere{"litegw key", "info", "litegw key show KEY"},
    Elsewhere{"litegw key", "get", "litegw key show KEY"},
    Elsewhere{"litegw key", "describe", "litegw key show KEY"},
    Elsewhere{"litegw key", "edit", "litegw key update KEY"},
    Elsewhere{"litegw key", "set", "litegw key update KEY"},
    Elsewhere{"litegw key", "revoke", "litegw key block KEY, or litegw key delete KEY"},
    Elsewhere{"litegw key", "remove", "litegw key delete KEY"},
    Elsewhere{"litegw key", "disable", "litegw key block KEY"},
    Elsewhere{"litegw key", "enable", "litegw key unblock KEY"},
    Elsewhere{"litegw user", "new", "litegw user create --name NAME"},
    Elsewhere{"litegw user", "add", "litegw user create --name NAME"},
    Elsewhere{"litegw user", "info", "litegw user show NAME"},
    Elsewhere{"litegw user", "remove", "litegw user delete NAME"},
    Elsewhere{"litegw team", "new", "litegw team create --name NAME"},
    Elsewhere{"litegw team", "add", "litegw team create --name NAME"},
    Elsewhere{"litegw team", "info", "litegw team show NAME"},
    Elsewhere{"litegw team", "remove", "litegw team delete NAME"},
    Elsewhere{"litegw team", "member_add", "litegw key update KEY --team NAME"},
    Elsewhere{"litegw budget", "list", "litegw budget show"},
    Elsewhere{"litegw budget", "info", "litegw budget show"},
    Elsewhere{"litegw budget", "new", "litegw key update KEY --budget 100/month"},
    Elsewhere{"litegw budget", "update", "litegw key update KEY --budget 100/month"},
    Elsewhere{"litegw budget", "set", "litegw key update KEY --budget 100/month"},
    Elsewhere{"litegw model", "add", "model_list in litegw.yaml, then litegw reload"},
    Elsewhere{"litegw model", "create", "model_list in litegw.yaml, then litegw reload"},
    Elsewhere{"litegw model", "new", "model_list in litegw.yaml, then litegw reload"},
    Elsewhere{"litegw model", "update", "model_list in litegw.yaml, then litegw reload"},
    Elsewhere{"litegw model", "delete", "model_list in litegw.yaml, then litegw reload"},
    Elsewhere{"litegw model", "info", "litegw model show MODEL"},
    Elsewhere{"litegw model", "get", "litegw model show MODEL"},
    Elsewhere{"litegw log", "follow", "litegw log tail -f"},
    Elsewhere{"litegw log", "list", "litegw log tail"},
    Elsewhere{"litegw log", "get", "litegw log show ID"},
    Elsewhere{"litegw log", "search", "litegw log tail --grep TEXT"},
    Elsewhere{"litegw spend", "show", "litegw spend report"},
    Elsewhere{"litegw spend", "list", "litegw spend report"},
    Elsewhere{"litegw spend", "logs", "litegw log tail"},
    Elsewhere{"litegw config", "validate", "litegw config check"},
    Elsewhere{"litegw config", "test", "litegw config check"},
    Elsewhere{"litegw config", "get", "litegw config show"},
    Elsewhere{"litegw config", "reload", "litegw reload"},
};

constexpr std::array elsewhere_options{
    Elsewhere{"*", "--max-budget", "--budget 100/month"},
    Elsewhere{"*", "--budget-duration", "--budget 100/month"},
    Elsewhere{"*", "--soft-budget", "--budget 100/month"},
    Elsewhere{"*", "--duration", "--expires 90d"},
    Elsewhere{"*", "--key-alias", "--name NAME"},
    Elsewhere{"*", "--alias", "--name NAME"},
    Elsewhere{"*", "--rpm-limit", "--rpm N"},
    Elsewhere{"*", "--tpm-limit", "--tpm N"},
    Elsewhere{"*", "--max-parallel-requests", "--parallel N"},
    Elsewhere{"*", "--user-id", "--user USER"},
    Elsewhere{"*", "--team-id", "--team TEAM"},
    Elsewhere{"*", "--model-id", "--model MODEL"},
    Elsewhere{"*", "--output", "-o json (or csv, jsonl, name, table)"},
    Elsewhere{"*", "--force", "--yes"},
    Elsewhere{"*", "--limit", "-n N"},
    Elsewhere{"*", "--tail", "-n N"},
    Elsewhere{"*", "--no-color", "--color never"},
    Elsewhere{"*", "--colour", "--color"},
    Elsewhere{"*", "--verbose", "nothing: litegw says what there is to say; --json has all of it"},
    Elsewhere{"*", "--url", "--base-url URL"},
    Elsewhere{"*", "--host", "--socket PATH: litegw speaks to the daemon of this machine"},
    Elsewhere{"*", "--config", "litegwd --config FILE, or litegw config check FILE"},
};

// A secret in an option's name or value must not be taken for a word and repeated in an error.
bool holds_key(const std::string& argument) {
  std::size_t at = argument.starts_with("sk-") ? 0 : argument.find("=sk-");
  if (at == std::string::npos) return false;
  std::size_t start = at == 0 ? 0 : at + 1;
  return argument.size() - start >= 12 && argument.find("...") == std::string::npos;
}

Error secret_on_command_line() {
  return make_error(ErrorCode::usage,
                    "a key stands on the command line: every user sees it in ps, and the shell "
                    "keeps it in its history",
                    "name keys by name or id; pass a key itself in a file or on stdin: "
                    "--key-file FILE, --key-file -, or - in place of KEY");
}

const CLI::App* find_command(const CLI::App& parent, const std::string& word) {
  for (const CLI::App* sub : parent.get_subcommands({}))
    if (sub->check_name(word)) return sub;
  return nullptr;
}

bool is_word(const std::string& argument) {
  return !argument.empty() && argument[0] != '-';
}

const CLI::Option* find_option(const CLI::App& app, const std::string& argument) {
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent())
    if (const CLI::Option* option = at->get_option_no_throw(argument)) return option;
  return nullptr;
}

bool takes_next(const CLI::App& app, const std::string& argument) {
  if (argument.find('=') != std::string::npos) return false;
  const CLI::Option* option = find_option(app, argument);
  return option != nullptr && option->get_items_expected_max() > 0;
}

// Walks the words down the tree: the command reached and the first word that names none, if any.
struct Walk {
  const CLI::App* command;
  std::string unknown;
};

Walk walk(const CLI::App& root, const std::vector<std::string>& arguments) {
  Walk state{&root, {}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") return state;
    if (!is_word(argument)) {
      if (takes_next(*state.command, argument)) ++i;
      continue;
    }
    if (state.command->get_subcommands({}).empty()) return state;
    const CLI::App* next = find_command(*state.command, argument);
    if (next == nullptr) {
      state.unknown = argument;
      return state;
    }
    state.command = next;
  }
  return state;
}

std::vector<std::string> command_names(const CLI::App& parent) {
  std::vector<std::string> names;
  for (const CLI::App* sub : parent.get_subcommands({}))
    if (!sub->get_group().empty()) names.push_back(sub->get_name());
  return names;
}

// "create" typed where "key create" was meant, at any depth.
std::string full_command_of(const CLI::App& parent, const std::string& word) {
  for (const CLI::App* sub : parent.get_subcommands({})) {
    if (find_command(*sub, word) != nullptr) return full_name(*sub) + " " + word;
  }
  return {};
}

Error unknown_word(const CLI::App& root, const CLI::App& parent, const std::string& word) {
  std::string shown = escape_control(shorten(word, 40));
  std::string where = full_name(parent);
  std::string message = fmt::format("`{}` has no command '{}'", where, shown);
  for (const Elsewhere& entry : elsewhere_words)
    if (entry.command == where && entry.word == word)
      return make_error(ErrorCode::usage, message, fmt::format("use: {}", entry.instead));
  std::vector<std::string> names = command_names(parent);
  std::string near = nearest(word, names);
  if (!near.empty())
    return make_error(ErrorCode::usage, message, fmt::format("did you mean: {} {}", where, near));
  if (&parent == &root)
    if (std::string full = full_command_of(root, word); !full.empty())
      return make_error(ErrorCode::usage, message, fmt::format("did you mean: {}", full));
  return make_error(ErrorCode::usage, message,
                    fmt::format("it has: {}; see {} --help", join(names, ", "), where));
}

void add_option_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
}

}  // namespace

const CLI::App& named_command(const CLI::App& root, const std::vector<std::string>& arguments) {
  return *walk(root, arguments).command;
}

std::optional<Error> judge_words(const CLI::App& root, const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments)
    if (holds_key(argument)) return secret_on_command_line();
  Walk state = walk(root, arguments);
  // `litegw help anything` judges its words itself.
  if (state.unknown.empty()) return std::nullopt;
  return unknown_word(root, *state.command, state.unknown);
}

Error judge_unknown_option(const CLI::App& root, const CLI::App& command,
                           const std::string& option) {
  std::string name = option.substr(0, option.find('='));
  std::string shown = escape_control(shorten(name, 40));
  std::string message = fmt::format("`{}` has no flag {}", full_name(command), shown);
  if (name == "--api-key" || name == "--master-key" || name == "--token")
    return make_error(
        ErrorCode::usage, message,
        "secrets do not go on the command line: --key-file FILE, --key-file - (stdin) "
        "or LITEGW_API_KEY");
  std::vector<std::string> names;
  add_option_names(command, names);
  add_option_names(root, names);
  for (const Elsewhere& entry : elsewhere_options)
    if (entry.word == name)
      return make_error(ErrorCode::usage, message, fmt::format("use: {}", entry.instead));
  std::string near = nearest(name, names);
  return make_error(ErrorCode::usage, message,
                    near.empty() ? fmt::format("see its flags: {} --help", full_name(command))
                                 : fmt::format("did you mean {}?", near));
}

}  // namespace litegw::cmd
