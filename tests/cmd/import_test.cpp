#include <doctest/doctest.h>

#include "common/control/budgets.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;

namespace {

control::ImportReport sample() {
  control::ImportReport report;
  report.imported = true;
  control::ImportLine key;
  key.row = 1;
  key.name = "ci";
  key.id = "key_7dz1pq4m8w2n";
  key.result = "new";
  key.spend_usd = cents(125);
  key.notes = {"has no counterpart here: soft_budget", "models 'x': not served here (yet)"};
  report.items.push_back(key);
  control::ImportLine team;
  team.kind = "team";
  team.name = "web";
  team.id = "t-1";
  team.result = "new";
  report.items.push_back(team);
  report.notes = {"the list holds 1 of 250 keys: get the other pages too (&page=2, ...)"};
  return report;
}

std::string text(const auto& message) {
  return dump(control::encode(message));
}

}  // namespace

TEST_CASE("an import sends the list as it is and says line by line what came of it") {
  Session session;
  session.daemon.answer("POST /v1/import/keys", text(sample()));
  session.console.input = R"({"keys":[{"token":"aa"}],"total_count":250})";
  session.run("key import -");
  CHECK(session.exit_code == 0);
  CHECK(session.daemon.asked.back().body ==
        R"({"document":{"keys":[{"token":"aa"}],"total_count":250}})");
  CHECK(matches_golden("key-import.tsv", session.console.out));
  CHECK(session.console.error.find("1 of 250 keys") != std::string::npos);
  CHECK(session.console.error.find("Imported keys: 1 new; 1 new team") != std::string::npos);
  session.run("key import - --dry-run --json");
  CHECK(session.daemon.asked.back().body.find(R"("dry_run":true)") != std::string::npos);
  CHECK(matches_golden("key-import.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("key import -");
  CHECK(matches_golden("key-import-80.txt", session.console.out));
}

TEST_CASE("an import with a refused key fails, whatever else was good") {
  Session session;
  control::ImportReport report = sample();
  report.imported = false;
  report.items[0].result = "refused";
  session.daemon.answer("POST /v1/import/keys", text(report));
  session.console.input = "[]";
  session.run("key import -");
  CHECK(session.exit_code == 6);
  CHECK(session.console.error.find("nothing was") != std::string::npos);
}

TEST_CASE("what is no JSON is not sent") {
  Session session;
  session.console.input = "{";
  session.run("key import -");
  CHECK(session.exit_code == 2);
  CHECK(session.daemon.asked.empty());
  session.run("key import /nonexistent/keys.json");
  CHECK(session.exit_code == 2);
  CHECK(session.daemon.asked.empty());
}
