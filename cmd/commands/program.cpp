// completion, version, help and what completion scripts ask for.
#include <memory>

#include <fmt/format.h>

#include "cmd/commands/commands.h"
#include "cmd/completion.h"
#include "cmd/help.h"
#include "cmd/registry.h"
#include "cmd/words.h"
#include "common/base/text.h"
#include "common/base/version.h"
#include "common/control/daemon.h"
#include "common/control/keys.h"
#include "common/control/log.h"
#include "common/control/models.h"
#include "common/control/owners.h"

namespace litegw::cmd {
namespace {

// A shell waits for completions: better none than late ones.
constexpr Duration completion_patience = milliseconds(200);

Result<int> print_completion(Context& context, const Registry& registry, const std::string& shell) {
  std::vector<CommandShape> commands = command_shapes(registry);
  if (shell == "bash") {
    context.output().data(bash_completion(commands));
  } else if (shell == "zsh") {
    context.output().data(zsh_completion(commands));
  } else if (shell == "fish") {
    context.output().data(fish_completion(commands));
  } else {
    return make_error(ErrorCode::usage,
                      fmt::format("no completion for '{}'", escape_control(shorten(shell, 40))),
                      "litegw completion bash, zsh or fish");
  }
  return 0;
}

std::vector<std::string> candidates(Context& context, const std::string& kind) {
  std::vector<std::string> out;
  ControlClient& client = context.client();
  client.set_timeout(completion_patience);
  if (kind == "key") {
    auto keys = client.get<control::KeyList>(control::path::keys);
    if (keys)
      for (const control::KeyView& key : keys->value.items)
        out.push_back(key.name.empty() ? key.id : key.name);
  } else if (kind == "user" || kind == "team") {
    const std::string_view path = kind == "user" ? control::path::users : control::path::teams;
    auto owners = client.get<control::OwnerList>(path);
    if (owners)
      for (const control::OwnerView& owner : owners->value.items)
        out.push_back(owner.name);
  } else if (kind == "model") {
    auto models = client.get<control::ModelList>(control::path::models);
    if (models)
      for (const control::ModelItem& model : models->value.items)
        out.push_back(model.name);
  } else if (kind == "request") {
    auto rows = client.get<control::LogList>(control::path::log);
    out.emplace_back("last");
    if (rows)
      for (const Json& row : rows->value.items)
        out.push_back(row.value("id", std::string()));
  }
  return out;
}

Result<int> complete(Context& context, const std::string& kind) {
  for (const std::string& candidate : candidates(context, kind))
    if (candidate.find_first_of(" \t'\"\\$`*?[") == std::string::npos)
      context.output().line(escape_control(candidate));
  return 0;
}

Result<int> print_version(Context& context) {
  auto daemon = context.client().get<control::VersionView>(control::path::version);
  Output& output = context.output();
  Json answer = Json::object();
  answer["schema"] = "litegw.version.v1";
  answer["version"] = version();
  answer["api"] = control::api_version;
  answer["compiler"] = compiler();
  answer["daemon"] = daemon ? daemon->raw : Json();
  if (output.is_json()) {
    output.json(answer);
    return 0;
  }
  output.line(fmt::format("litegw {} (control protocol {}, {})", version(), control::api_version,
                          compiler()));
  if (daemon)
    output.line(fmt::format("litegwd {} (control protocol {})",
                            escape_control(daemon->value.version),
                            escape_control(daemon->value.api)));
  else
    output.note(fmt::format("litegwd: {}", escape_control(daemon.error().message)));
  if (daemon && daemon->value.version != version())
    output.warning("litegw and litegwd differ; restart litegwd after an upgrade");
  return 0;
}

Result<int> print_help(Context& context, const Registry& registry,
                       const std::vector<std::string>& words) {
  if (words.size() == 1) {
    std::string topic = help_topic(words.front());
    if (!topic.empty()) {
      context.output().data(topic);
      return 0;
    }
  }
  if (std::optional<Error> odd = judge_words(registry.root(), words)) {
    std::vector<std::string> topics = help_topics();
    std::string near = words.size() == 1 ? nearest(words.front(), topics) : std::string();
    if (!near.empty()) odd->hint = fmt::format("did you mean: litegw help {}", near);
    return *odd;
  }
  // help() of an app asks the subcommand that was parsed, which is `help` itself; hence the
  // formatter.
  const CLI::App& command = named_command(registry.root(), words);
  context.output().data(
      command.get_formatter()->make_help(&command, "", CLI::AppFormatMode::Normal));
  return 0;
}

}  // namespace

void add_program_commands(Registry& registry) {
  CLI::App& root = registry.root();
  CLI::App& completion = registry.command(
      root, "completion", "Print the completion script of a shell",
      {"litegw completion bash > ~/.local/share/bash-completion/completions/litegw",
       "litegw completion zsh > ~/.zfunc/_litegw",
       "litegw completion fish > ~/.config/fish/completions/litegw.fish"});
  completion.group("This program");
  auto shell = std::make_shared<std::string>();
  CLI::Option* which = completion.add_option("SHELL", *shell, "bash, zsh or fish")->required();
  registry.set_values(which, {"bash", "zsh", "fish"});
  registry.run(completion, "print the completion script", [shell, &registry](Context& context) {
    return print_completion(context, registry, *shell);
  });

  CLI::App& about = registry.command(root, "version", "Show the versions of litegw and litegwd",
                                     {"litegw version", "litegw version --json"});
  about.group("This program");
  registry.run(about, "show the version", print_version);

  CLI::App& help = registry.command(root, "help", "Show help on a command or a topic",
                                    {"litegw help key create", "litegw help exit-codes"});
  help.group("This program");
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::Option* topic =
      help.add_option("WORD", *words, "A command, or exit-codes, environment, formatting");
  registry.set_values(topic, help_topics());
  registry.run(help, "show help", [words, &registry](Context& context) {
    return print_help(context, registry, *words);
  });

  CLI::App& hidden = registry.command(root, "__complete", "Candidates for completion scripts", {});
  hidden.group("");
  auto kind = std::make_shared<std::string>();
  hidden.add_option("KIND", *kind);
  registry.run(hidden, "complete", [kind](Context& context) { return complete(context, *kind); });
}

}  // namespace litegw::cmd
