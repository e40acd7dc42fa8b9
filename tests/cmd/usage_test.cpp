#include <doctest/doctest.h>

#include "cmd/registry.h"
#include "common/control/api.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;

namespace {

// Help of every command, one after the other.
void add_help(Session& session, const CLI::App& app, std::string& all) {
  std::string words = cmd::full_name(app).substr(std::string("litegw").size());
  session.run(words + " --help");
  CHECK_MESSAGE(session.exit_code == 0, words);
  all += "$ litegw" + words + " --help\n" + session.console.out + "\n";
  for (const CLI::App* sub : app.get_subcommands({}))
    if (!sub->get_group().empty()) add_help(session, *sub, all);
}

}  // namespace

TEST_CASE("help of every command is as it was read and approved") {
  Session session;
  std::string all;
  auto registry = cmd::make_registry();
  add_help(session, registry->root(), all);
  CHECK(matches_golden("help.txt", all));
  std::size_t start = 0;
  for (std::size_t end; (end = all.find('\n', start)) != std::string::npos; start = end + 1)
    CHECK_MESSAGE(cmd::display_width(all.substr(start, end - start)) <= 80,
                  all.substr(start, end - start));
}

TEST_CASE("help works as a word, and knows topics") {
  Session session;
  session.run("help key create");
  std::string word = session.console.out;
  session.run("key create --help");
  CHECK(session.console.out == word);
  for (const char* topic : {"exit-codes", "environment", "formatting"}) {
    session.run(std::string("help ") + topic);
    CHECK(session.exit_code == 0);
    CHECK(matches_golden(std::string("topic-") + topic + ".txt", session.console.out));
  }
  session.run("help exit-code");
  CHECK(session.exit_code == 2);
  CHECK(session.console.error.find("litegw help exit-codes") != std::string::npos);
  session.run("");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out.starts_with("LLM gateway"));
}

TEST_CASE("wrong words are answered with the right ones") {
  Session session;
  std::string all;
  for (const char* line : {"key",
                           "key crate",
                           "keys",
                           "keys list",
                           "generate",
                           "key generate",
                           "key regenerate ci",
                           "key info ci",
                           "key revoke ci",
                           "model add gpt-4o",
                           "list",
                           "frobnicate",
                           "log follow",
                           "key create --max-budget 10",
                           "key create --duration 30d",
                           "key create --key-alias ci",
                           "key create --modles a",
                           "key list --stat x",
                           "key create --api-key x",
                           "key create --name",
                           "key create --rpm ten",
                           "key show",
                           "key show a b",
                           "key list -o yaml",
                           "key list -o jsno",
                           "key list --color sometimes",
                           "key list --json -o csv",
                           "key show sk-abcdefghijklmnop",
                           "--bogus",
                           "log tail --status foo",
                           "spend report --by modle",
                           "spend report --since soon",
                           "completion tcsh",
                           "start"}) {
    session.run(line);
    CHECK_MESSAGE(session.exit_code == 2, line);
    CHECK_MESSAGE(session.console.out.empty(), line);
    CHECK_MESSAGE(session.daemon.asked.empty(), line);
    all += std::string("$ litegw ") + line + "\n" + session.console.error;
  }
  CHECK(matches_golden("usage-errors.txt", all));
}

TEST_CASE("the three failures of the socket differ") {
  Session session;
  session.daemon.fail(
      make_error(ErrorCode::daemon_not_running, "litegwd is not running", "start it"));
  session.run("key list");
  CHECK(session.exit_code == 3);
  session.daemon.fail(make_error(ErrorCode::socket_not_permitted, "you may not", "join the group"));
  session.run("key list");
  CHECK(session.exit_code == 4);
  Session skewed;
  skewed.daemon.answer_with("GET /v1/keys", FakeDaemon::Answer{200, "{}", "2.0"});
  skewed.run("key list");
  CHECK(skewed.exit_code == 1);
  CHECK(matches_golden("version-skew.txt", skewed.console.error));
}

TEST_CASE("with --json an error is an object on stderr") {
  Session session;
  session.run("key show nosuch --json");
  CHECK(session.exit_code == 5);
  CHECK(session.console.out.empty());
  Json json = parse_json(session.console.error).value();
  CHECK(json["schema"] == "litegw.error.v1");
  CHECK(json["error"]["code"] == "no_such_object");
  CHECK(json["error"]["exit"] == 5);
  CHECK(json["error"]["what"] == "cannot show key 'nosuch'");
  session.run("key crate --json");
  CHECK(parse_json(session.console.error).value()["error"]["code"] == "usage");
}

TEST_CASE("an answer that is no JSON is an error, not an empty list") {
  Session session;
  session.daemon.answer("GET /v1/keys", "<html>");
  session.run("key list");
  CHECK(session.exit_code == 1);
  session.daemon.answer("GET /v1/keys", R"({"items":[{"id":5}]})");
  session.run("key list");
  CHECK(session.exit_code == 1);
  CHECK(session.console.error.find("items[0].id must be a string") != std::string::npos);
}

TEST_CASE("colour is only where it belongs") {
  Session session;
  session.daemon.answer("GET /v1/models",
                        R"({"items":[{"name":"m","provider":"p","state":"healthy"}]})");
  auto coloured = [&](const char* line) {
    session.run(line);
    return session.console.out.find('\x1b') != std::string::npos;
  };
  CHECK_FALSE(coloured("model list"));
  CHECK(coloured("model list --color always") == false);  // a pipe gets plain values, not cells
  session.console.make_terminal();
  CHECK(coloured("model list"));
  CHECK_FALSE(coloured("model list --color never"));
  CHECK_FALSE(coloured("model list --json"));
  CHECK_FALSE(coloured("model list -o csv"));
  session.console.variables["NO_COLOR"] = "1";
  CHECK_FALSE(coloured("model list"));
  CHECK(coloured("model list --color always"));
  session.console.variables = {{"TERM", "dumb"}};
  CHECK_FALSE(coloured("model list"));
}

TEST_CASE("the socket comes from the flag, then the environment, then the file") {
  Session session;
  session.daemon.answer("GET /v1/keys", "{}");
  session.run("key list");
  CHECK(session.daemon.socket.empty());
  session.console.variables["LITEGW_SOCKET"] = "/env.sock";
  session.run("key list");
  CHECK(session.daemon.socket == "/env.sock");
  session.run("key list --socket /flag.sock");
  CHECK(session.daemon.socket == "/flag.sock");
  session.run("--socket /first.sock key list");
  CHECK(session.daemon.socket == "/first.sock");
}

TEST_CASE("the version is one line without a daemon") {
  Session session;
  session.daemon.fail(make_error(ErrorCode::daemon_not_running, "litegwd is not running"));
  session.run("--version");
  CHECK(session.console.out == "litegw 0.1.0\n");
  session.run("version --json");
  CHECK(session.exit_code == 0);
  CHECK(parse_json(session.console.out).value()["daemon"].is_null());
}
