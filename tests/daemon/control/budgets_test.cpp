#include <doctest/doctest.h>

#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

namespace {

Json json(const std::string& text) {
  return parse_json(text).value();
}

// A charge as a request makes it: in the accounts and, with its row, in the store.
void spend(Running& running, const Json& key, const std::string& model, Money cost) {
  const budget::Window month{budget::Window::Kind::month, 0};
  const Time now = wall_clock();
  budget::Entry charge;
  charge.time = now;
  charge.amount = cost;
  charge.purpose.key_id = key["id"].get<std::string>();
  charge.places = {{{budget::LevelKind::key, charge.purpose.key_id, {}},
                    month,
                    budget::period_of(month, now, now, nullptr)}};
  for (const budget::Place& place : charge.places)
    running.daemon.accounts().charge(place.level, place.window, place.period, cost);
  requestlog::Row row;
  row.id = "req_" + model + to_decimal(cost);
  row.started = now;
  row.status = 200;
  row.model = row.asked_model = model;
  row.key_id = charge.purpose.key_id;
  row.cost = cost;
  row.priced = true;
  REQUIRE(running.daemon.store().record(std::move(row), charge));
  running.daemon.store().flush();
}

// Without a budget: a row alone.
void spend_freely(Running& running, const Json& key, const std::string& model, Money cost) {
  requestlog::Row row;
  row.id = "req_free_" + model + to_decimal(cost);
  row.started = wall_clock();
  row.status = 200;
  row.model = row.asked_model = model;
  row.key_id = key["id"].get<std::string>();
  row.cost = cost;
  row.priced = true;
  REQUIRE(running.daemon.store().record(std::move(row)));
  running.daemon.store().flush();
}

}  // namespace

TEST_CASE("a key's budgets are shown with those of its owners, and what is left of each") {
  Running running;
  running.call("POST", "/v1/users",
               json(R"({"name":"ada","budgets":[{"amount_usd":"50","window":"month"}]})"));
  Json key = running
                 .create(json(R"({"name":"ci","user":"ada",
      "budgets":[{"amount_usd":"10","window":"month"}],
      "model_limits":{"mock":{"budgets":[{"amount_usd":"1","window":"day"}]}}})"))
                 .body;
  running.create(json(R"({"name":"other","budgets":[{"amount_usd":"3","window":""}]})"));
  spend(running, key, "mock", cents(250));

  Answer shown = running.call("GET", "/v1/budgets?key=ci");
  REQUIRE(shown.status == 200);
  const Json& items = shown.body["items"];
  REQUIRE(items.size() == 3);
  CHECK(items[0]["level"] == Json("key"));
  CHECK(items[0]["spent_usd"] == Json("2.5"));
  CHECK(items[0]["available_usd"] == Json("7.5"));
  CHECK(items[1]["model"] == Json("mock"));
  CHECK(items[2]["level"] == Json("user"));
  CHECK(items[2]["name"] == Json("ada"));
  CHECK(running.call("GET", "/v1/budgets").body["items"].size() == 4);
  CHECK(running.call("GET", "/v1/budgets?user=ada").body["items"].size() == 1);
  CHECK(running.call("GET", "/v1/budgets?user=ada&key=ci").param() == "team");
  CHECK(running.call("GET", "/v1/budgets?team=web").param() == "team");
  CHECK(running.call("GET", "/v1/keys/ci").body["budgets"][0]["spent_usd"] == Json("2.5"));
}

TEST_CASE("a reset zeroes what was spent and leaves a row of who did it") {
  Running running;
  Json key =
      running.create(json(R"({"name":"ci","budgets":[{"amount_usd":"10","window":"month"}]})"))
          .body;
  spend(running, key, "mock", cents(250));
  Answer dry = running.call("POST", "/v1/budgets/reset", json(R"({"key":"ci","dry_run":true})"));
  REQUIRE(dry.status == 200);
  CHECK(dry.body["items"][0]["spent_usd"] == Json("2.5"));
  CHECK(running.call("GET", "/v1/budgets?key=ci").body["items"][0]["spent_usd"] == Json("2.5"));

  Answer done = running.call("POST", "/v1/budgets/reset", json(R"({"key":"ci"})"));
  REQUIRE(done.status == 200);
  CHECK(done.body["items"][0]["spent_usd"] == Json("2.5"));
  CHECK(running.call("GET", "/v1/budgets?key=ci").body["items"][0]["spent_usd"] == Json("0"));
  bool audited = false;
  const Json audit = running.call("GET", "/v1/audit").body;
  for (const Json& item : audit["items"])
    audited = audited || item["action"] == Json("budget reset");
  CHECK(audited);
  CHECK(running.daemon.store().check().value() == std::vector<std::string>{});

  for (const char* body : {R"({})", R"({"key":"ci","user":"x"})", R"({"key":"ci","window":"day"})",
                           R"({"key":"ci","model":"mock"})", R"({"key":"cj"})"}) {
    CAPTURE(body);
    Answer refused = running.call_text("POST", "/v1/budgets/reset", body);
    CHECK(refused.status >= 400);
    CHECK_FALSE(refused.hint().empty());
    CHECK_FALSE(refused.param().empty());
  }
}

TEST_CASE("a budget given later begins with what was spent in its window") {
  Running running;
  Json key = running.create(json(R"({"name":"ci"})")).body;
  spend_freely(running, key, "mock", cents(300));
  spend_freely(running, key, "gpt-4o", cents(100));
  Answer changed = running.call("PATCH", "/v1/keys/ci",
                                json(R"({"budgets":[{"amount_usd":"10","window":"month"}],
               "model_limits":{"gpt-4o":{"budgets":[{"amount_usd":"2","window":""}]}}})"));
  REQUIRE(changed.status == 200);
  CHECK(changed.body["budgets"][0]["spent_usd"] == Json("4"));
  CHECK(changed.body["model_limits"]["gpt-4o"]["budgets"][0]["spent_usd"] == Json("1"));
  // Changing the amount, or giving it again, counts nothing twice.
  changed = running.call("PATCH", "/v1/keys/ci",
                         json(R"({"budgets":[{"amount_usd":"20","window":"month"}]})"));
  CHECK(changed.body["budgets"][0]["spent_usd"] == Json("4"));
  running.call("PATCH", "/v1/keys/ci", json(R"({"unset":["budgets"]})"));
  changed = running.call("PATCH", "/v1/keys/ci",
                         json(R"({"budgets":[{"amount_usd":"20","window":"month"}]})"));
  CHECK(changed.body["budgets"][0]["spent_usd"] == Json("4"));
  CHECK(running.daemon.store().check().value() == std::vector<std::string>{});
}
