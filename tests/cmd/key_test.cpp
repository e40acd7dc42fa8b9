#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "common/base/hash.h"
#include "common/control/keys.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;
using control::KeyView;

namespace {

const std::string secret = "sk-AbCdEfGhIjKlMnOpQrStUv";

KeyView sample_key() {
  KeyView key;
  key.id = "key_7dz1pq4m8w2n";
  key.name = "ci";
  key.hash = std::string(64, 'a');
  key.masked = "sk-...StUv";
  key.models = {"gpt-4o", "claude-sonnet-4"};
  key.budgets = {control::BudgetState{dollars(100), "month", Money::nano(1'234'500'000), Money(),
                                      parse_rfc3339("2026-12-01T00:00:00Z")}};
  key.rpm = 60;
  key.user = "ada";
  key.tags = {"ci"};
  key.created_at = parse_rfc3339("2026-11-01T08:00:00Z");
  key.updated_at = key.created_at;
  key.last_used_at = parse_rfc3339("2026-11-23T09:58:00Z");
  key.created_by = "uid 1000";
  key.requests = 1234;
  key.spend_usd = Money::nano(1'234'500'000);
  key.spend_by_window = {
      control::SpendLine{"this month", 1234, 3, 1'000'000, 50'000, Money::nano(1'234'500'000)}};
  key.spend_by_model = {
      control::SpendLine{"gpt-4o", 1234, 3, 1'000'000, 50'000, Money::nano(1'234'500'000)}};
  return key;
}

control::KeyList sample_list() {
  control::KeyList list;
  list.items.push_back(sample_key());
  KeyView blocked;
  blocked.id = "key_0a1b2c3d4e5f";
  blocked.name = "a name that is rather long, \x1b[31mand red";
  blocked.masked = "sk-...9999";
  blocked.state = "blocked";
  blocked.spend_usd = Money::nano(132'000);
  list.items.push_back(blocked);
  for (KeyView& item : list.items)
    item.spend_by_window.clear(), item.spend_by_model.clear();
  return list;
}

std::string text(const auto& message) {
  return dump(control::encode(message));
}

Session with_new_key() {
  Session session;
  KeyView made = sample_key();
  made.key = Secret(secret);
  made.created = true;
  session.daemon.answer("POST /v1/keys", text(made), 201);
  return session;
}

}  // namespace

TEST_CASE("off a terminal a new key is printed alone") {
  Session session = with_new_key();
  session.run("key create --name ci");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out == secret + "\n");
  CHECK(session.daemon.asked.back().body == R"({"name":"ci"})");
}

TEST_CASE("on a terminal a new key comes with its limits, which are no data") {
  Session session = with_new_key();
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("key create --name ci");
  CHECK(session.console.out == secret + "\n");
  CHECK(matches_golden("key-create-note.txt", session.console.error));
  session.run("key create --name ci --quiet");
  CHECK(session.console.error.empty());
}

TEST_CASE("key create --json is one object with the key in it") {
  Session session = with_new_key();
  session.run("key create --name ci --json");
  CHECK(matches_golden("key-create.json", session.console.out));
  Json json = parse_json(session.console.out).value();
  CHECK(json["key"] == secret);
  CHECK(json["created"] == true);
  CHECK(json["schema"] == "litegw.key.v1");
}

TEST_CASE("every flag of key create reaches the daemon") {
  Session session = with_new_key();
  session.run(
      "key create --name ci --models a,b --models c --budget 100/month --budget 5/day --rpm 10 "
      "--tpm 2000 --parallel 3 --model-budget gpt-4o=5/day --model-rpm gpt-4o=7 --model-tpm x=1 "
      "--expires 90d --user u --team t --tag k --tag l --metadata a=b=c");
  REQUIRE(session.exit_code == 0);
  CHECK(matches_golden("key-create-request.json", session.daemon.asked.back().body + "\n"));
}

TEST_CASE("a wrong value of key create says which and sends nothing") {
  for (const char* line :
       {"key create --budget lots", "key create --budget 5/day --budget 6/day",
        "key create --rpm ten", "key create --expires 2020-01-01", "key create --expires soon",
        "key create --model-rpm gpt-4o", "key create --model-budget gpt-4o=5/year",
        "key create --metadata x", "key create --if-missing", "key create --model-rpm a=b"}) {
    Session session = with_new_key();
    session.run(line);
    CHECK_MESSAGE(session.exit_code == 2, line);
    CHECK(session.daemon.asked.empty());
    CHECK(session.console.out.empty());
    CHECK(session.console.error.find("  do:  ") != std::string::npos);
  }
}

TEST_CASE("a key of one's own comes from stdin, never from the command line") {
  Session session = with_new_key();
  session.console.input = "  sk-my-own-key-0123456789\n";
  session.run("key create --name own --key-file -");
  CHECK(session.daemon.asked.back().body == R"({"name":"own","key":"sk-my-own-key-0123456789"})");
  for (const char* line :
       {"key create --name sk-my-own-key-0123456789", "key show sk-my-own-key-0123456789",
        "key create --key-file=sk-my-own-key-0123456789"}) {
    session.daemon.asked.clear();
    session.run(line);
    CHECK(session.exit_code == 2);
    CHECK(session.daemon.asked.empty());
    CHECK(session.console.error.find("my-own-key") == std::string::npos);
  }
}

TEST_CASE("a key on stdin is looked up by its hash") {
  Session session;
  std::string hash = to_hex(sha256(secret));
  session.daemon.answer("GET /v1/keys/" + hash, text(sample_key()));
  session.console.input = secret + "\n";
  session.run("key show - -o name");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out == "ci\n");
}

TEST_CASE("--output-file keeps the key off stdout and off other users") {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "litegw-key-file-test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  std::string file = folder / "ci.key";
  Session session = with_new_key();
  session.run({"key", "create", "--name", "ci", "--output-file", file});
  CHECK(session.exit_code == 0);
  CHECK(session.console.out.empty());
  CHECK(session.console.error.find(secret) == std::string::npos);
  CHECK(read_test_file(file) == secret + "\n");
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);

  session.daemon.asked.clear();
  session.run({"key", "create", "--name", "ci", "--output-file", file});
  CHECK(session.exit_code == 6);
  CHECK(session.daemon.asked.empty());
  session.run({"key", "create", "--output-file", (folder / "no/such/folder").string()});
  CHECK(session.exit_code == 1);
  CHECK(session.daemon.asked.empty());
  std::filesystem::remove_all(folder);
}

TEST_CASE("--if-missing leaves a key that is there and prints no secret") {
  Session session = with_new_key();
  session.daemon.answer("GET /v1/keys/ci", text(sample_key()));
  session.run("key create --name ci --if-missing --json");
  CHECK(session.exit_code == 0);
  Json json = parse_json(session.console.out).value();
  CHECK(json["created"] == false);
  CHECK_FALSE(json.contains("key"));
  CHECK(session.daemon.asked.size() == 1);
  session.run("key create --name other --if-missing");
  CHECK(session.console.out == secret + "\n");
}

TEST_CASE("a name that is taken is exit code 6") {
  Session session;
  session.daemon.answer("POST /v1/keys",
                        dump(control::error_answer(make_error(
                            ErrorCode::already_exists, "a key named 'ci' exists (key_7dz1pq4m8w2n)",
                            "pick another name, or add --if-missing"))),
                        409);
  session.run("key create --name ci");
  CHECK(session.exit_code == 6);
  CHECK(matches_golden("key-create-taken.txt", session.console.error));
}

TEST_CASE("a form that would lose the new key is refused before it is made") {
  Session session = with_new_key();
  for (const char* line : {"key create -o name", "key create -o csv", "key rotate ci -o name"}) {
    session.run(line);
    CHECK_MESSAGE(session.exit_code == 2, line);
    CHECK(session.daemon.asked.empty());
  }
}

TEST_CASE("keys are listed in every form") {
  Session session;
  session.daemon.answer("GET /v1/keys", text(sample_list()));
  session.run("key list --state blocked --limit 5 --sort spend");
  CHECK(session.daemon.asked.back().target == "/v1/keys?state=blocked&sort=spend&limit=5");
  CHECK(matches_golden("key-list.tsv", session.console.out));
  session.run("key list -o csv");
  CHECK(matches_golden("key-list.csv", session.console.out));
  session.run("key list --json");
  CHECK(matches_golden("key-list.json", session.console.out));
  session.run("key list -o jsonl");
  CHECK(matches_golden("key-list.jsonl", session.console.out));
  session.run("key ls -o name");
  CHECK(session.console.out == "ci\na name that is rather long, \\x1b[31mand red\n");
  session.console.make_terminal();
  session.console.variables["TERM"] = "dumb";
  session.run("key list");
  CHECK(matches_golden("key-list-80.txt", session.console.out));
  session.console.width = 160;
  session.run("key list");
  CHECK(matches_golden("key-list-160.txt", session.console.out));
}

TEST_CASE("no line of a list is wider than the terminal") {
  Session session;
  session.daemon.answer("GET /v1/keys", text(sample_list()));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("key list");
  std::size_t start = 0;
  for (std::size_t end = 0; (end = session.console.out.find('\n', start)) != std::string::npos;
       start = end + 1)
    CHECK(cmd::display_width(session.console.out.substr(start, end - start)) <= 80);
}

TEST_CASE("a key is shown with what it may and what it spent") {
  Session session;
  session.daemon.answer("GET /v1/keys/ci", text(sample_key()));
  session.run("key show ci");
  CHECK(matches_golden("key-show.tsv", session.console.out));
  session.run("key show ci --json");
  CHECK(matches_golden("key-show.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.console.variables["TZ"] = "UTC";
  session.run("key show ci");
  CHECK(matches_golden("key-show-80.txt", session.console.out));
}

TEST_CASE("key update sends only what was given") {
  Session session;
  session.daemon.answer("PATCH /v1/keys/ci", text(sample_key()));
  session.run("key update ci --budget 200/month --add-models o3,o4 --unset expires,rpm");
  CHECK(session.exit_code == 0);
  CHECK(session.daemon.asked.back().body ==
        R"({"add_models":["o3","o4"],"budgets":[{"amount_usd":"200","window":"month"}],)"
        R"("unset":["expires_at","rpm"]})");
  session.daemon.asked.clear();
  session.run("key update ci");
  CHECK(session.exit_code == 2);
  session.run("key update ci --unset exipres");
  CHECK(session.exit_code == 2);
  CHECK(session.console.error.find("did you mean 'expires'?") != std::string::npos);
  CHECK(session.daemon.asked.empty());
}

TEST_CASE("blocking and unblocking name the key") {
  Session session;
  session.daemon.answer("POST /v1/keys/ci/block", text(sample_key()));
  session.daemon.answer("POST /v1/keys/ci/unblock", text(sample_key()));
  session.run("key block ci --now");
  CHECK(session.daemon.asked.back().body == R"({"now":true})");
  CHECK(session.console.error ==
        "Key ci (key_7dz1pq4m8w2n, sk-...StUv) blocked: counts from its next request on; its "
        "running streams were ended.\n");
  session.run("key unblock ci");
  CHECK(session.exit_code == 0);
}

TEST_CASE("key rotate prints the new secret alone and passes the grace on") {
  Session session;
  KeyView rotated = sample_key();
  rotated.key = Secret(secret);
  session.daemon.answer("POST /v1/keys/ci/rotate", text(rotated));
  session.run("key rotate ci --grace 24h");
  CHECK(session.console.out == secret + "\n");
  CHECK(session.daemon.asked.back().body == R"({"grace_seconds":86400})");
  session.run("key rotate ci --grace tomorrow");
  CHECK(session.exit_code == 2);
}

TEST_CASE("deleting asks on a terminal and refuses to guess elsewhere") {
  Session session;
  session.daemon.answer("GET /v1/keys/ci", text(sample_key()));
  session.daemon.answer("DELETE /v1/keys/key_7dz1pq4m8w2n", text(sample_key()));
  auto deleted = [&] {
    return session.daemon.asked.back().method == "DELETE";
  };

  session.run("key delete ci");
  CHECK(session.exit_code == 2);
  CHECK_FALSE(deleted());
  CHECK(matches_golden("key-delete-off-terminal.txt", session.console.error));

  session.run("key delete ci --yes");
  CHECK(session.exit_code == 0);
  CHECK(deleted());

  session.console.make_terminal();
  session.console.lines = {"n"};
  session.run("key delete ci");
  CHECK(session.exit_code == 1);
  CHECK_FALSE(deleted());
  session.console.lines = {"y"};
  session.run("key rm ci");
  CHECK(session.exit_code == 0);
  CHECK(deleted());
  session.run("key delete ci --no-input");
  CHECK(session.exit_code == 2);
  session.run("key delete ci --dry-run");
  CHECK(session.exit_code == 0);
  CHECK_FALSE(deleted());
}

TEST_CASE("nothing is deleted when one of several keys does not exist") {
  Session session;
  session.daemon.answer("GET /v1/keys/ci", text(sample_key()));
  session.run("key delete ci nosuch --yes");
  CHECK(session.exit_code == 5);
  for (const cmd::Ask& ask : session.daemon.asked)
    CHECK(ask.method == "GET");
}

TEST_CASE("a key may be called like a command") {
  Session session;
  session.daemon.answer("GET /v1/keys/status", text(sample_key()));
  session.daemon.answer("GET /v1/keys/key", text(sample_key()));
  session.run("key show status -o name");
  CHECK(session.exit_code == 0);
  session.run("key show key -o name");
  CHECK(session.exit_code == 0);
}
