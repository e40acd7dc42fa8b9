// Completion scripts for bash, zsh and fish, made by walking the tree of commands. What only the
// daemon knows (keys, models) the scripts ask `litegw __complete KIND` for. Pure.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace litegw::cmd {

class Registry;

// What stands after an option, or in the place of an argument.
enum class ValueKind { none, words, key, user, team, model, request, file, free_text };

struct OptionShape {
  std::vector<std::string> names;  // "-o", "--format"; empty for an argument
  std::string summary;
  ValueKind kind = ValueKind::none;
  std::vector<std::string> words;  // for ValueKind::words
  bool list = false;               // "a,b": completed after each comma
};

struct CommandShape {
  std::string path;  // "key create"; empty for litegw itself
  std::vector<std::pair<std::string, std::string>> commands;  // name, summary
  std::vector<OptionShape> options, arguments;
};

// All commands that are shown, parents first; the root's global flags are its options.
std::vector<CommandShape> command_shapes(const Registry& registry);

std::string bash_completion(const std::vector<CommandShape>& commands);
std::string zsh_completion(const std::vector<CommandShape>& commands);
std::string fish_completion(const std::vector<CommandShape>& commands);

}  // namespace litegw::cmd
