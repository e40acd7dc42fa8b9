#include <fmt/format.h>

#include "cmd/completion.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using Commands = std::vector<CommandShape>;

std::string kind_word(const OptionShape& option) {
  switch (option.kind) {
    case ValueKind::none:
      return "";
    case ValueKind::words:
      return "words " + join(option.words, " ");
    case ValueKind::key:
      return "dynamic key";
    case ValueKind::user:
      return "dynamic user";
    case ValueKind::team:
      return "dynamic team";
    case ValueKind::model:
      return "dynamic model";
    case ValueKind::request:
      return "dynamic request";
    case ValueKind::file:
      return "file";
    case ValueKind::free_text:
      return "nothing";
  }
  return "";
}

std::vector<std::string> paths(const Commands& commands) {
  std::vector<std::string> out;
  for (const CommandShape& command : commands)
    if (!command.path.empty()) out.push_back("\"" + command.path + "\"");
  return out;
}

// `case` arms shared by bash and zsh: what the command has, and what its options take.
std::string flag_arms(const Commands& commands) {
  std::string out;
  for (const CommandShape& command : commands) {
    std::vector<std::string> flags, subs;
    for (const OptionShape& option : command.options)
      flags.insert(flags.end(), option.names.begin(), option.names.end());
    for (const auto& [name, summary] : command.commands)
      subs.push_back(name);
    std::string argument = command.arguments.empty() ? "" : kind_word(command.arguments.front());
    out += fmt::format("    \"{}\") flags=\"{}\" verbs=\"{}\" argument=\"{}\" ;;\n", command.path,
                       join(flags, " "), join(subs, " "), argument);
  }
  return out;
}

std::string value_arms(const Commands& commands) {
  std::string out;
  for (const CommandShape& command : commands) {
    for (const OptionShape& option : command.options) {
      if (option.kind == ValueKind::none) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names)
        patterns.push_back(command.path.empty() ? fmt::format("*\":{}\"", name)
                                                : fmt::format("\"{}:{}\"", command.path, name));
      out += fmt::format("    {}) value=\"{}\" list={} ;;\n", join(patterns, "|"),
                         kind_word(option), option.list ? 1 : 0);
    }
  }
  return out;
}

std::vector<std::string> global_flags(const Commands& commands) {
  std::vector<std::string> names;
  for (const OptionShape& option : commands.front().options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// Puts each text in the place of its mark.
std::string fill(std::string_view script,
                 const std::vector<std::pair<std::string, std::string>>& marks) {
  std::string out(script);
  for (const auto& [mark, text] : marks)
    for (std::size_t at; (at = out.find(mark)) != std::string::npos;)
      out.replace(at, mark.size(), text);
  return out;
}

// Single quotes for fish.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += "\\'";
    else if (c == '\\')
      out += "\\\\";
    else
      out.push_back(c);
  }
  return out + "'";
}

constexpr std::string_view bash_script =
    R"sh(# bash completion for litegw; made by `litegw completion bash`
_litegw() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local path="" word flags="" verbs="" argument="" value="" list=0 i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case "${path:+$path }$word" in
    @paths@) path="${path:+$path }$word" ;;
    esac
  done
  case "$path:$prev" in
@values@  esac
  case "$path" in
@flags@  esac
  [[ -n $path ]] && flags="$flags @global_flags@"
  if [[ -z $value ]]; then
    if [[ $cur == -* ]]; then
      COMPREPLY=($(compgen -W "$flags" -- "$cur"))
      return
    fi
    value="words $verbs"
    [[ -n $argument ]] && value=$argument
  fi
  local prefix="" last=$cur candidates=""
  if [[ $list == 1 && $cur == *,* ]]; then
    prefix=${cur%,*},
    last=${cur##*,}
  fi
  case "$value" in
    words*) candidates=${value#words } ;;
    dynamic*) candidates=$(litegw __complete "${value#dynamic }" 2>/dev/null) ;;
    file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; return ;;
  esac
  local IFS=$' \n'
  COMPREPLY=($(compgen -P "$prefix" -W "$candidates" -- "$last"))
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local colon=${cur%"${cur##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$colon"}")
  fi
  if [[ $list == 1 ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _litegw litegw
)sh";

constexpr std::string_view zsh_script = R"sh(#compdef litegw
# zsh completion for litegw; made by `litegw completion zsh`
_litegw() {
  local cur=${words[CURRENT]} prev=${words[CURRENT-1]}
  local path_="" word flags="" verbs="" argument="" value="" list=0 i
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    case "${path_:+$path_ }$word" in
    @paths@) path_="${path_:+$path_ }$word" ;;
    esac
  done
  case "$path_:$prev" in
@values@  esac
  case "$path_" in
@flags@  esac
  [[ -n $path_ ]] && flags="$flags @global_flags@"
  local -a described
  if [[ -z $value ]]; then
    if [[ $cur == -* ]]; then
      compadd -- ${=flags}
      return
    fi
    if [[ -n $verbs ]]; then
      case "$path_" in
@summaries@      esac
      _describe 'command' described
      return
    fi
    value=${argument:-nothing}
  fi
  case "$value" in
    words*) if (( list )); then _values -s , 'value' ${=${value#words }}; else compadd -- ${=${value#words }}; fi ;;
    dynamic*)
      local kind="${value#dynamic }"
      local -a found
      found=("${(@f)$(litegw __complete $kind 2>/dev/null)}")
      if (( list )); then compset -P '*,'; compadd -S '' -- $found; else compadd -- $found; fi ;;
    file) _files ;;
  esac
}
if [[ $funcstack[1] == _litegw ]]; then _litegw "$@"; else compdef _litegw litegw; fi
)sh";

std::string zsh_summaries(const Commands& commands) {
  std::string out;
  for (const CommandShape& command : commands) {
    if (command.commands.empty()) continue;
    std::vector<std::string> items;
    for (const auto& [name, summary] : command.commands) {
      // Zsh: 'it''s' is no escape; a quote is left out of a summary instead.
      std::string text = summary;
      std::erase(text, '\'');
      items.push_back(fmt::format("'{}:{}'", name, text));
    }
    out += fmt::format("        \"{}\") described=({}) ;;\n", command.path, join(items, " "));
  }
  return out;
}

std::string fish_value(const OptionShape& option) {
  switch (option.kind) {
    case ValueKind::none:
      return "";
    case ValueKind::words:
      return fmt::format(" -x -a {}", in_quotes(join(option.words, " ")));
    case ValueKind::key:
      return " -x -a '(litegw __complete key 2>/dev/null)'";
    case ValueKind::user:
      return " -x -a '(litegw __complete user 2>/dev/null)'";
    case ValueKind::team:
      return " -x -a '(litegw __complete team 2>/dev/null)'";
    case ValueKind::model:
      return " -x -a '(litegw __complete model 2>/dev/null)'";
    case ValueKind::request:
      return " -x -a '(litegw __complete request 2>/dev/null)'";
    case ValueKind::file:
      return " -r -F";
    case ValueKind::free_text:
      return " -x";
  }
  return "";
}

std::string fish_names(const OptionShape& option) {
  std::string out;
  for (const std::string& name : option.names)
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return out;
}

}  // namespace

std::string bash_completion(const Commands& commands) {
  return fill(bash_script, {{"@paths@", join(paths(commands), "|")},
                            {"@values@", value_arms(commands)},
                            {"@flags@", flag_arms(commands)},
                            {"@global_flags@", join(global_flags(commands), " ")}});
}

std::string zsh_completion(const Commands& commands) {
  return fill(zsh_script, {{"@paths@", join(paths(commands), "|")},
                           {"@values@", value_arms(commands)},
                           {"@flags@", flag_arms(commands)},
                           {"@summaries@", zsh_summaries(commands)},
                           {"@global_flags@", join(global_flags(commands), " ")}});
}

std::string fish_completion(const Commands& commands) {
  std::string out = R"(# fish completion for litegw; made by `litegw completion fish`
function __litegw_path
    set -l path
    for word in (commandline -opc)[2..]
        switch "$path $word"
            case )";
  std::vector<std::string> known;
  for (const CommandShape& command : commands)
    if (!command.path.empty())
      known.push_back(in_quotes(command.path.find(' ') == std::string::npos ? " " + command.path
                                                                            : command.path));
  out += join(known, " ") + R"(
                set path (string trim -- "$path $word")
        end
    end
    test "$path" = "$argv"
end
complete -c litegw -f
)";
  for (const CommandShape& command : commands) {
    std::string here =
        fmt::format("complete -c litegw -n {}", in_quotes("__litegw_path " + command.path));
    for (const auto& [name, summary] : command.commands)
      out += fmt::format("{} -a {} -d {}\n", here, name, in_quotes(summary));
    std::string start = command.path.empty() ? "complete -c litegw" : here;
    for (const OptionShape& option : command.options)
      out += fmt::format("{}{}{} -d {}\n", start, fish_names(option), fish_value(option),
                         in_quotes(option.summary));
    for (const OptionShape& argument : command.arguments)
      if (std::string value = fish_value(argument); !value.empty() && value != " -x")
        out += fmt::format("{}{}\n", here, value);
  }
  return out;
}

}  // namespace litegw::cmd
