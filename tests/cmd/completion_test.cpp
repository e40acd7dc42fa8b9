#include "cmd/completion.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "cmd/registry.h"
#include "common/base/text.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd;
using namespace litegw::cmd::test;

namespace {

std::string shell_output(const std::string& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string out;
  char buffer[4096];
  while (std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe.get()))
    out.append(buffer, count);
  return out;
}

bool is_installed(const std::string& shell) {
  return std::system(("command -v " + shell + " >/dev/null 2>&1").c_str()) == 0;
}

// A folder with the three scripts and a `litegw` that knows two keys and two models.
std::string completion_folder() {
  static const std::string folder = [] {
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("litegw-completion-test-" + std::to_string(::getpid()));
    std::filesystem::create_directories(path);
    auto registry = make_registry();
    std::vector<CommandShape> shapes = command_shapes(*registry);
    std::ofstream(path / "litegw.bash") << bash_completion(shapes);
    std::ofstream(path / "_litegw") << zsh_completion(shapes);
    std::ofstream(path / "litegw.fish") << fish_completion(shapes);
    std::ofstream(path / "litegw") << "#!/bin/sh\n"
                                      "[ \"$1\" = __complete ] || exit 9\n"
                                      "case $2 in key) printf 'ci\\ncron\\n';;\n"
                                      "model) printf 'gpt-4o\\ngpt-5\\nllama:8b\\n';; esac\n";
    ::chmod((path / "litegw").c_str(), 0755);
    return path.string();
  }();
  return folder;
}

// What bash offers for the words, the last one being completed.
std::string in_bash(const std::vector<std::string>& words) {
  std::string folder = completion_folder();
  std::string list;
  for (const std::string& word : words)
    list += " '" + word + "'";
  return shell_output("PATH=" + folder + ":$PATH bash --norc -c '. " + folder +
                      "/litegw.bash; COMP_WORDS=(" + join(split(list, '\''), "\"") +
                      "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _litegw 2>/dev/null; "
                      "echo \"${COMPREPLY[*]}\"'");
}

std::string in_fish(const std::string& line) {
  std::string folder = completion_folder();
  return shell_output("HOME=" + folder + " PATH=" + folder + ":$PATH fish --no-config -c 'source " +
                      folder + "/litegw.fish; complete -C \"" + line + "\"' 2>&1 | cut -f1");
}

}  // namespace

TEST_CASE("the installed completion scripts are the ones the program prints") {
  auto registry = make_registry();
  std::vector<CommandShape> shapes = command_shapes(*registry);
  std::string folder = std::string(LITEGW_SOURCE) + "/etc/completions/";
  if (std::getenv("LITEGW_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(folder + "litegw.bash") << bash_completion(shapes);
    std::ofstream(folder + "_litegw") << zsh_completion(shapes);
    std::ofstream(folder + "litegw.fish") << fish_completion(shapes);
  }
  CHECK(read_test_file(folder + "litegw.bash") == bash_completion(shapes));
  CHECK(read_test_file(folder + "_litegw") == zsh_completion(shapes));
  CHECK(read_test_file(folder + "litegw.fish") == fish_completion(shapes));
}

TEST_CASE("bash completes commands, flags, values, keys and models") {
  CHECK(in_bash({"litegw", "ke"}) == "key\n");
  CHECK(in_bash({"litegw", "key", "r"}) == "rotate\n");
  CHECK(in_bash({"litegw", "key", "show", "c"}) == "ci cron\n");
  CHECK(in_bash({"litegw", "key", "create", "--mod"}) ==
        "--models --model-budget --model-rpm --model-tpm\n");
  CHECK(in_bash({"litegw", "key", "create", "--models", "gpt"}) == "gpt-4o gpt-5\n");
  CHECK(in_bash({"litegw", "key", "create", "--models", "gpt-4o,gpt-5"}) == "gpt-4o,gpt-5\n");
  CHECK(in_bash({"litegw", "-o", "js"}) == "json jsonl\n");
  CHECK(in_bash({"litegw", "key", "list", "-o", "c"}) == "csv\n");
  CHECK(in_bash({"litegw", "key", "list", "--state", "b"}) == "blocked\n");
  CHECK(in_bash({"litegw", "key", "list", "--js"}) == "--json\n");
  CHECK(in_bash({"litegw", "spend", "report", "--by", "key,mo"}) == "key,model\n");
  CHECK(in_bash({"litegw", "completion", "f"}) == "fish\n");
  CHECK(in_bash({"litegw", "help", "exit"}) == "exit-codes\n");
}

TEST_CASE("zsh reads the script and knows the commands") {
  if (!is_installed("zsh")) {
    MESSAGE("zsh is not installed: its completion script was not run");
    return;
  }
  std::string script = completion_folder() + "/_litegw";
  CHECK(std::system(("zsh -n " + script).c_str()) == 0);
  // compadd and _describe answer instead of zle.
  std::string out = shell_output(
      "PATH=" + completion_folder() +
      ":$PATH zsh -f -c 'zmodload zsh/parameter; compdef() { :; }; . " + script +
      "; compadd() { shift; print -r -- \"$@\"; }; _describe() { print -r -- ${described%%:*}; }; "
      "words=(litegw key \"\"); CURRENT=3; _litegw; words=(litegw key show \"\"); CURRENT=4; "
      "_litegw; words=(litegw key list --state \"\"); CURRENT=5; _litegw' 2>&1");
  CHECK(out ==
        "create list show update block unblock rotate import delete\nci cron\nactive blocked "
        "expired\n");
}

TEST_CASE("fish reads the script and completes with it") {
  if (!is_installed("fish")) {
    MESSAGE("fish is not installed: its completion script was not run");
    return;
  }
  CHECK(in_fish("litegw key r") == "rotate\n");
  CHECK(in_fish("litegw key show c") == "ci\ncron\n");
  CHECK(in_fish("litegw key list --state b") == "blocked\n");
  CHECK(in_fish("litegw -o js") == "json\njsonl\n");
}

TEST_CASE("candidates come from the daemon, and none when it is gone") {
  Session session;
  session.daemon.answer("GET /v1/keys",
                        R"({"items":[{"id":"key_1","name":"ci"},{"id":"key_2"},{"name":"a b"}]})");
  session.run("__complete key");
  CHECK(session.console.out == "ci\nkey_2\n");
  CHECK(session.daemon.asked.back().timeout == milliseconds(200));
  session.daemon.fail(make_error(ErrorCode::daemon_not_running, "gone"));
  session.run("__complete model");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out.empty());
  CHECK(session.console.error.empty());
}
