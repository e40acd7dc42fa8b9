#include <doctest/doctest.h>

#include "common/control/owners.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;
using control::OwnerView;

namespace {

OwnerView sample(const std::string& kind = "user") {
  OwnerView owner;
  owner.schema = "litegw." + kind + ".v1";
  owner.id = kind + "_4m8w2n7dz1pq";
  owner.name = "ada";
  owner.models = {"gpt-4o"};
  owner.budgets = {control::BudgetState{dollars(100), "month", cents(250), cents(50),
                                        parse_rfc3339("2026-12-01T00:00:00Z")}};
  owner.rpm = 600;
  owner.model_limits["gpt-4o"].budgets = {control::BudgetState{
      dollars(5), "day", cents(10), Money(), parse_rfc3339("2026-11-24T00:00:00Z")}};
  owner.keys = 3;
  owner.created_at = parse_rfc3339("2026-11-01T08:00:00Z");
  owner.updated_at = owner.created_at;
  owner.last_used_at = parse_rfc3339("2026-11-23T09:58:00Z");
  owner.created_by = "uid 1000";
  owner.requests = 12;
  owner.spend_usd = cents(250);
  owner.spend_by_window = {control::SpendLine{"this month", 12, 0, 1000, 50, cents(250)}};
  return owner;
}

control::OwnerList sample_list() {
  control::OwnerList list;
  list.items.push_back(sample());
  OwnerView blocked;
  blocked.id = "user_0a1b2c3d4e5f";
  blocked.name = "bob \x1b[31m";
  blocked.state = "blocked";
  list.items.push_back(blocked);
  for (OwnerView& item : list.items)
    item.spend_by_window.clear();
  return list;
}

std::string text(const auto& message) {
  return dump(control::encode(message));
}

}  // namespace

TEST_CASE("users and teams are made by the same flags, each at its own place") {
  for (const std::string kind : {"user", "team"}) {
    Session session;
    session.daemon.answer("POST /v1/" + kind + "s", text(sample(kind)), 201);
    session.run(kind +
                " create --name ada --models a,b --budget 100/month --rpm 600 --tpm 5 --parallel 2 "
                "--model-budget gpt-4o=5/day --model-rpm gpt-4o=7 --metadata a=b");
    REQUIRE(session.exit_code == 0);
    CHECK(session.daemon.asked.back().body ==
          R"({"name":"ada","models":["a","b"],"budgets":[{"amount_usd":"100","window":"month"}],)"
          R"("rpm":600,"tpm":5,"parallel":2,"model_limits":{"gpt-4o":{"budgets":[{"amount_usd":)"
          R"("5","window":"day"}],"rpm":7}},"metadata":{"a":"b"}})");
  }
}

TEST_CASE("an owner needs a name, and a wrong value sends nothing") {
  for (const char* line :
       {"user create", "team create --budget 5", "user create --name a --budget lots",
        "user create --name a --budget=-5/day", "user create --name a --budget 5/30",
        "user create --name a --rpm ten", "user update ada", "user update ada --unset expires",
        "team update ada --budget 5/day --budget 6/day", "user block", "team delete",
        "user create --name a --expires 90d"}) {
    Session session;
    session.run(line);
    CHECK_MESSAGE(session.exit_code == 2, line);
    CHECK(session.daemon.asked.empty());
    CHECK(session.console.out.empty());
    CHECK(session.console.error.find("  do:  ") != std::string::npos);
  }
}

TEST_CASE("an update of an owner sends only what was given") {
  Session session;
  session.daemon.answer("PATCH /v1/teams/web", text(sample("team")));
  session.run("team update web --budget 200/month --add-models o3 --unset rpm,model-budget");
  REQUIRE(session.exit_code == 0);
  CHECK(session.daemon.asked.back().body ==
        R"({"add_models":["o3"],"budgets":[{"amount_usd":"200","window":"month"}],)"
        R"("unset":["rpm","model_budgets"]})");
}

TEST_CASE("owners are listed and shown in every form") {
  Session session;
  session.daemon.answer("GET /v1/users", text(sample_list()));
  session.daemon.answer("GET /v1/users/ada", text(sample()));
  session.run("user list --state blocked --sort spend --limit 5");
  CHECK(session.daemon.asked.back().target == "/v1/users?state=blocked&sort=spend&limit=5");
  CHECK(matches_golden("user-list.tsv", session.console.out));
  session.run("user list -o csv");
  CHECK(matches_golden("user-list.csv", session.console.out));
  session.run("user ls -o name");
  CHECK(session.console.out == "ada\nbob \\x1b[31m\n");
  session.run("user show ada --json");
  CHECK(matches_golden("user-show.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.console.variables["TZ"] = "UTC";
  session.run("user list");
  CHECK(matches_golden("user-list-80.txt", session.console.out));
  session.run("user show ada");
  CHECK(matches_golden("user-show-80.txt", session.console.out));
}

TEST_CASE("making an owner tells a person what it may, and a script what it is") {
  Session session;
  OwnerView made = sample("team");
  made.created = true;
  session.daemon.answer("POST /v1/teams", text(made), 201);
  session.run("team create --name ada -o name");
  CHECK(session.console.out == "ada\n");
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("team create --name ada");
  CHECK(session.console.out.empty());
  CHECK(matches_golden("team-create-note.txt", session.console.error));
  made.created = false;
  session.daemon.answer("POST /v1/teams", text(made));
  session.run("team create --name ada --if-missing");
  CHECK(session.console.error.find("exists; nothing was changed") != std::string::npos);
}

TEST_CASE("blocking an owner blocks all its keys, and says so") {
  Session session;
  session.daemon.answer("POST /v1/users/ada/block", text(sample()));
  session.run("user block ada --now");
  CHECK(session.daemon.asked.back().body == R"({"now":true})");
  CHECK(session.console.error ==
        "User ada (user_4m8w2n7dz1pq, 3 keys) blocked, with all its keys: counts from their next "
        "request on; their running streams were ended.\n");
}

TEST_CASE("a name without its flag is answered with the command as it should be") {
  for (const std::string noun : {"team", "user", "key"}) {
    Session session;
    session.run(noun + " create web");
    CHECK(session.exit_code == 2);
    CHECK(session.console.error.find("the word 'web' stands alone") != std::string::npos);
    CHECK(session.console.error.find("litegw " + noun + " create --name web") != std::string::npos);
  }
  Session session;
  session.run("team create --budget 5");
  CHECK(session.console.error.find("--name is missing") != std::string::npos);
}

TEST_CASE("deleting an owner asks first, and one with keys is refused") {
  Session session;
  session.daemon.answer("GET /v1/users/ada", text(sample()));
  session.daemon.answer("DELETE /v1/users/user_4m8w2n7dz1pq",
                        dump(control::error_answer(make_error(
                            ErrorCode::conflict, "user 'ada' still has 3 keys",
                            "delete them or give them another user: litegw key list --user ada"))),
                        409);
  session.run("user delete ada");
  CHECK(session.exit_code == 2);
  CHECK(session.daemon.asked.back().method == "GET");
  session.run("user delete ada --yes");
  CHECK(session.exit_code == 6);
  CHECK(session.console.error.find("still has 3 keys") != std::string::npos);
}
