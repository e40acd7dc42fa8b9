#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "cmd/registry.h"
#include "common/base/text.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;

namespace {

std::string page(const std::string& name) {
  return read_test_file(std::string(LITEGW_SOURCE) + "/man/" + name);
}

// mdoc writes "--name" as "Fl Fl name" and "-n" as "Fl n".
bool has_flag(const std::string& text, const std::string& name, bool is_long) {
  std::string flag = is_long ? "Fl Fl " + name : "Fl " + name;
  for (std::size_t at = text.find(flag); at != std::string::npos; at = text.find(flag, at + 1)) {
    bool entry = text.rfind("\n.It ", at) > text.rfind('\n', at - 1) - 1;
    char after = at + flag.size() < text.size() ? text[at + flag.size()] : '\n';
    if (entry && (after == ' ' || after == '\n')) return true;
  }
  return false;
}

void check_command(const CLI::App& app) {
  if (app.get_parent() != nullptr && app.get_group().empty()) return;
  std::string text = page(cmd::man_page(app) + ".1");
  CHECK_MESSAGE(!text.empty(), "no man page ", cmd::man_page(app), " for ", cmd::full_name(app));
  bool is_verb = app.get_parent() != nullptr && app.get_parent()->get_parent() != nullptr;
  if (is_verb)
    CHECK_MESSAGE(text.find("\n.Ss " + app.get_name() + "\n") != std::string::npos,
                  cmd::full_name(app), " has no section in its man page");
  for (const CLI::Option* option : app.get_options()) {
    if (!option->nonpositional() || (app.get_parent() != nullptr && option->check_lname("help")))
      continue;
    for (const std::string& name : option->get_lnames())
      CHECK_MESSAGE(has_flag(text, name, true), cmd::full_name(app), " --", name);
    for (const std::string& name : option->get_snames())
      CHECK_MESSAGE(has_flag(text, name, false), cmd::full_name(app), " -", name);
  }
  for (const CLI::App* sub : app.get_subcommands({}))
    check_command(*sub);
}

}  // namespace

TEST_CASE("every command and flag has its entry in a man page") {
  auto registry = cmd::make_registry();
  check_command(registry->root());
}

TEST_CASE("litegw(1) names every command and every exit code") {
  std::string text = page("litegw.1");
  auto registry = cmd::make_registry();
  for (const CLI::App* sub : registry->root().get_subcommands({}))
    if (!sub->get_group().empty())
      CHECK_MESSAGE(text.find(".It Xr litegw-" + sub->get_name() + " 1") != std::string::npos,
                    sub->get_name());
  for (const char* code : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "124", "130"})
    CHECK(text.find("\n.It " + std::string(code) + "\n") != std::string::npos);
}

TEST_CASE("mandoc has nothing to say about the man pages") {
  if (std::system("command -v mandoc >/dev/null 2>&1") != 0) {
    MESSAGE("mandoc is not installed: the man pages were not checked");
    return;
  }
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(LITEGW_SOURCE) + "/man")) {
    std::string command = "mandoc -Tlint -W warning '" + entry.path().string() + "' >&2";
    CHECK_MESSAGE(std::system(command.c_str()) == 0, entry.path().string());
  }
}
