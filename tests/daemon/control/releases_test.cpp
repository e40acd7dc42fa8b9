#include <doctest/doctest.h>

#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

namespace {

Json json(const std::string& text) {
  return parse_json(text).value();
}

const char* const release_path = "/v1/budgets/release";

Json body_of(const std::vector<std::string>& requests, bool dry_run = false) {
  Json body{{"request_ids", requests}};
  if (dry_run) body["dry_run"] = true;
  return body;
}

// A key of a user, each with a budget of ten dollars a month.
Json make_key(Running& running) {
  running.call("POST", "/v1/users",
               json(R"({"name":"ada","budgets":[{"amount_usd":"10","window":"month"}]})"));
  return running
      .create(
          json(R"({"name":"ci","user":"ada","budgets":[{"amount_usd":"10","window":"month"}]})"))
      .body;
}

// A request under way, as the store knows it.
void hold(Running& running, const std::string& request, const Json& key, Money amount) {
  const budget::Window month{budget::Window::Kind::month, 0};
  const Time now = wall_clock();
  store::Store& store = running.daemon.store();
  const std::string user = store.list_owners(auth::OwnerKind::user).value().front().id;
  const budget::Period period = budget::period_of(month, now, now, nullptr);
  budget::OpenHold hold;
  hold.number = store.next_hold();
  hold.purpose = {request, key["id"].get<std::string>(), "ci", user, "", "mock", "mock"};
  hold.admitted = now;
  hold.deadline = now + minutes(10);
  hold.amount = amount;
  hold.places = {{{budget::LevelKind::key, hold.purpose.key_id, {}}, month, period},
                 {{budget::LevelKind::user, user, {}}, month, period}};
  store.hold(hold);
  store.flush();
}

std::string spent(Running& running, const char* query) {
  const Json shown = running.call("GET", std::string("/v1/budgets?") + query).body;
  return shown["items"][0]["spent_usd"].get<std::string>();
}

}  // namespace

TEST_CASE("what a crash has charged is listed, and released at every level, once") {
  Running running;
  const Json key = make_key(running);
  hold(running, "req_1", key, cents(250));
  hold(running, "req_2", key, cents(100));
  CHECK(running.call("GET", "/v1/budgets").body["unsettled"].empty());
  running.daemon.die_and_start();

  const Json report = running.call("GET", "/v1/budgets?key=ci").body;
  REQUIRE(report["unsettled"].size() == 2);
  const Json& line = report["unsettled"][1];
  CHECK(line["request_id"] == Json("req_1"));
  CHECK(line["key_name"] == Json("ci"));
  CHECK(line["user"] == Json("ada"));
  CHECK(line["model"] == Json("mock"));
  CHECK(line["amount_usd"] == Json("2.5"));
  CHECK_FALSE(line["charged_at"].is_null());
  CHECK(report["more_unsettled"] == Json(false));
  CHECK(running.call("GET", "/v1/budgets?user=ada").body["unsettled"].size() == 2);
  running.create(json(R"({"name":"other"})"));
  CHECK(running.call("GET", "/v1/budgets?key=other").body["unsettled"].empty());

  const Answer dry = running.call("POST", release_path, body_of({"req_1"}, true));
  REQUIRE(dry.status == 200);
  CHECK(dry.body["from"].size() == 2);
  CHECK(spent(running, "key=ci") == "3.5");
  const Answer done = running.call("POST", release_path, body_of({"req_1", "req_1"}));
  REQUIRE(done.status == 200);
  CHECK(done.body["items"].size() == 1);
  REQUIRE(done.body["from"].size() == 2);
  CHECK(done.body["from"][0]["level"] == Json("key"));
  CHECK(done.body["from"][1]["name"] == Json("ada"));
  CHECK(done.body["from"][1]["current"] == Json(true));
  CHECK(spent(running, "key=ci") == "1");
  CHECK(spent(running, "user=ada") == "1");
  CHECK(running.call("GET", "/v1/budgets").body["unsettled"].size() == 1);
  CHECK(running.call("GET", "/v1/spend?by=key").body["total"]["cost_usd"] == Json("1"));

  const Answer again = running.call("POST", release_path, body_of({"req_2", "req_1"}));
  CHECK(again.status == 409);
  CHECK(again.message().find("released already") != std::string::npos);
  CHECK(spent(running, "key=ci") == "1");
  const Json audit = running.call("GET", "/v1/audit?target=ci").body["items"];
  CHECK(audit[audit.size() - 1]["action"] == Json("budget release"));
  CHECK(running.daemon.store().check().value() == std::vector<std::string>{});
}

TEST_CASE("only charges of a crash are released, and a refusal says why") {
  Running running;
  const Json key = make_key(running);
  running.record("req_settled");
  hold(running, "req_open", key, cents(1));
  running.daemon.store().flush();
  const auto refused = [&](const Json& body) {
    const Answer answer = running.call("POST", release_path, body);
    CHECK(answer.status >= 400);
    CHECK_FALSE(answer.hint().empty());
    CHECK(answer.param() == "request_ids");
    return std::to_string(answer.status) + " " + answer.message();
  };
  CHECK(refused(body_of({"req_nobody"})) == "404 no request 'req_nobody'");
  CHECK(refused(body_of({"req_settled"})).starts_with("409 request 'req_settled' was settled"));
  CHECK(refused(body_of({"req_open"})).starts_with("409 request 'req_open' is under way"));
  CHECK(refused(body_of({})).starts_with("400 no request"));
  CHECK(refused(body_of(std::vector<std::string>(1001, "req_x"))).starts_with("400 1001 requests"));
}

TEST_CASE("a charge from before a reset is released without touching what was spent since") {
  Running running;
  const Json key = make_key(running);
  hold(running, "req_1", key, cents(250));
  running.daemon.die_and_start();
  REQUIRE(running.call("POST", "/v1/budgets/reset", json(R"({"key":"ci"})")).status == 200);
  REQUIRE(running.call("POST", release_path, body_of({"req_1"})).status == 200);
  CHECK(spent(running, "key=ci") == "0");
  CHECK(spent(running, "user=ada") == "0");
  CHECK(running.daemon.store().check().value() == std::vector<std::string>{});
}

TEST_CASE("releases, resets and new budgets at once leave accounts and store alike") {
  for (int round = 0; round < 10; ++round) {
    CAPTURE(round);
    Running running;
    const Json key = make_key(running);
    for (int i = 0; i < 4; ++i)
      hold(running, "req_" + std::to_string(i), key, cents(100));
    running.daemon.die_and_start();
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i)
      callers.emplace_back([&running, i] {
        running.call("POST", release_path, body_of({"req_" + std::to_string(i / 2)}));
      });
    // The month alone: a reset that came after the new budget would rightly empty that one too.
    callers.emplace_back([&running] {
      running.call("POST", "/v1/budgets/reset", json(R"({"key":"ci","window":"month"})"));
    });
    callers.emplace_back([&running] {
      running.call("PATCH", "/v1/keys/ci", json(R"({"budgets":[{"amount_usd":"10","window":"month"},
                                       {"amount_usd":"9","window":""}]})"));
    });
    for (std::thread& caller : callers)
      caller.join();
    CHECK(spent(running, "user=ada") == "2");
    CHECK(running.call("GET", "/v1/spend?by=key").body["total"]["cost_usd"] == Json("2"));
    for (const budget::Counter& counter : running.daemon.store().counters().value()) {
      CHECK(counter.spent >= Money());
      CHECK(running.daemon.accounts().spent(counter.place.level, counter.place.window) ==
            counter.spent);
      if (counter.place.window.kind == budget::Window::Kind::never)
        CHECK(counter.spent == cents(200));
    }
    CHECK(running.daemon.store().check().value() == std::vector<std::string>{});
  }
}
