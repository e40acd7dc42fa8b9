#include <doctest/doctest.h>

#include "common/control/daemon.h"
#include "tests/cmd/support/fake_console.h"
#include "tests/cmd/support/fake_litegwd.h"

using namespace litegw;
using namespace litegw::cmd::test;

namespace {

std::string text(const auto& message) {
  return dump(control::encode(message));
}

control::StoreCheck sample(std::vector<std::string> problems) {
  control::StoreCheck check;
  check.path = "/var/lib/litegw";
  check.keys = 3;
  check.rows = 1234;
  check.problems = std::move(problems);
  return check;
}

}  // namespace

TEST_CASE("a clean store is exit 0, a damaged one 8 and its problems are data") {
  Session session;
  session.daemon.answer("POST /v1/store/check", text(sample({})));
  session.run("store check");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out.empty());
  CHECK(session.console.error.find("clean, 3 keys, 1,234 rows") != std::string::npos);
  session.daemon.answer("POST /v1/store/check", text(sample({"key_a: counter 5, ledger 6"})));
  session.run("store check");
  CHECK(session.exit_code == 8);
  CHECK(session.console.out == "key_a: counter 5, ledger 6\n");
  session.run("store check --json");
  CHECK(session.exit_code == 8);
  CHECK(parse_json(session.console.out).value()["ok"] == Json(false));
}

TEST_CASE("without a daemon litegwd itself looks at the store") {
  Session session;
  session.daemon.fail(make_error(ErrorCode::daemon_not_running, "nobody answers", "start it"));
  fake_litegwd(session.console);
  session.program_result.output = text(sample({}));
  session.run("store check --state-dir /var/lib/litegw");
  REQUIRE(session.programs.size() == 1);
  std::vector<std::string> words(session.programs[0].begin() + 1, session.programs[0].end());
  CHECK(words ==
        std::vector<std::string>{"--check-store", "--json", "--state-dir", "/var/lib/litegw"});
  CHECK(session.exit_code == 0);
  session.program_result.exit_status = 70;
  session.run("store check");
  CHECK(session.exit_code == 1);
}

TEST_CASE("a backup names the file as litegwd finds it") {
  Session session;
  control::StoreCopied copied;
  copied.file = "/tmp/x.mdb";
  copied.bytes = 2048;
  session.daemon.answer("POST /v1/store/backup", text(copied));
  session.run("store backup /tmp/x.mdb");
  CHECK(session.exit_code == 0);
  CHECK(session.daemon.asked.back().body == R"({"file":"/tmp/x.mdb"})");
  session.run("store backup here.mdb");
  CHECK(session.daemon.asked.back().body.find(R"({"file":"/)") == 0);
}

TEST_CASE("a restore is refused while litegwd runs, and asks first when it does not") {
  Session session;
  session.daemon.answer("GET /v1/version", text(control::VersionView{}));
  session.run("store restore x.mdb --yes");
  CHECK(session.exit_code == 6);
  CHECK(session.programs.empty());
  session.daemon.fail(make_error(ErrorCode::daemon_not_running, "nobody answers", "start it"));
  session.run("store restore x.mdb");
  CHECK(session.exit_code == 2);
  CHECK(session.programs.empty());
  fake_litegwd(session.console);
  control::StoreCopied copied;
  copied.path = "/var/lib/litegw/before-restore-x";
  session.program_result.output = text(copied);
  session.run("store restore /b/x.mdb --yes");
  CHECK(session.exit_code == 0);
  REQUIRE(session.programs.size() == 1);
  CHECK(session.programs[0][1] == "--restore-store");
  CHECK(session.programs[0][2] == "/b/x.mdb");
}
