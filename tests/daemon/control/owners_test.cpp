#include <doctest/doctest.h>

#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

namespace {

Json json(const std::string& text) {
  return parse_json(text).value();
}

}  // namespace

TEST_CASE("users and teams are made, changed, blocked and deleted alike") {
  Running running;
  for (const std::string kind : {"user", "team"}) {
    CAPTURE(kind);
    const std::string path = "/v1/" + kind + "s";
    Answer made = running.call("POST", path, json(R"({"name":"ada","models":["gpt-4o"],"rpm":60,
        "budgets":[{"amount_usd":"100","window":"month"}],
        "model_limits":{"mock":{"budgets":[{"amount_usd":"5","window":"day"}]}}})"));
    REQUIRE(made.status == 201);
    CHECK(made.body["schema"] == Json("litegw." + kind + ".v1"));
    CHECK(made.body["created"] == Json(true));
    CHECK(made.body["id"].get<std::string>().starts_with(kind + "_"));
    CHECK_FALSE(made.body["budgets"][0]["resets_at"].is_null());
    CHECK(running.call("POST", path, json(R"({"name":"ada"})")).error_code() == "already_exists");
    Answer again = running.call("POST", path, json(R"({"name":"ada","if_missing":true})"));
    CHECK(again.status == 200);
    CHECK(again.body["created"] == Json(false));

    Answer changed = running.call("PATCH", path + "/ada",
                                  json(R"({"name":"eve","tpm":9,"unset":["rpm","models"]})"));
    REQUIRE(changed.status == 200);
    CHECK(changed.body["tpm"] == Json(9));
    CHECK(changed.body["rpm"].is_null());
    CHECK(running.call("POST", path + "/eve/block").body["state"] == Json("blocked"));
    CHECK(running.call("GET", path + "?state=blocked").body["items"].size() == 1);
    CHECK(running.call("POST", path + "/eve/unblock").body["state"] == Json("active"));
    CHECK(running.call("DELETE", path + "/eve?dry_run=true").status == 200);
    CHECK(running.call("DELETE", path + "/eve").status == 200);
    CHECK(running.call("GET", path + "/eve").error_code() == "no_such_object");
  }
}

TEST_CASE("what cannot be an owner is refused with the member to blame, and nothing is written") {
  Running running;
  const std::string long_name = R"({"name":")" + std::string(1 << 20, 'a') + "\"}";
  const std::string long_value =
      R"({"name":"a","metadata":{"k":")" + std::string(2000, 'v') + "\"}}";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{}", "name"},
      {R"({"name":""})", "name"},
      {long_name, "name"},
      {R"({"name":"a\nb"})", "name"},
      {R"({"name":"a\u009b"})", "name"},
      {R"({"name":" a"})", "name"},
      {R"({"name":"sk-abc"})", "name"},
      {R"({"name":"a","models":["gpt-4p"]})", "models"},
      {R"({"name":"a","budgets":[{"amount_usd":"10","window":"30"}]})", "budgets"},
      {R"({"name":"a","budgets":[{"amount_usd":"-10","window":"day"}]})", "budgets"},
      {R"({"name":"a","budgets":[{"amount_usd":"1","window":"day"},
           {"amount_usd":"2","window":"day"}]})",
       "budgets"},
      {R"({"name":"a","rpm":0})", "rpm"},
      {R"({"name":"a","parallel":-5})", "parallel"},
      {R"({"name":"a","model_limits":{"mock":{"rpm":0}}})", "model_limits.mock.rpm"},
      {R"({"name":"a","model_limits":{"mcok":{"rpm":1}}})", "model_limits"},
      {R"({"name":"a","model_limits":{"gpt-*":{"rpm":1}}})", "model_limits"},
      {R"({"name":"a","model_limits":{"beta":{"rpm":1}}})", "model_limits"},
      {R"({"name":"a","model_limits":{"smart":{"rpm":1}}})", "model_limits"},
      {long_value, "metadata"},
  };
  for (const auto& [body, param] : cases) {
    CAPTURE(body.substr(0, 100));
    Answer answer = running.call_text("POST", "/v1/users", body);
    CHECK(answer.status == 400);
    CHECK(answer.error_code() == "invalid_argument");
    CHECK(answer.param() == param);
    CHECK_FALSE(answer.hint().empty());
    CHECK(answer.message().size() < 300);
  }
  CHECK(running.call("GET", "/v1/users").body["items"].empty());
}

TEST_CASE("a key belongs to owners that exist, by name or id, and shows their names") {
  Running running;
  Answer user = running.call("POST", "/v1/users", json(R"({"name":"ada"})"));
  Answer team = running.call("POST", "/v1/teams", json(R"({"name":"web"})"));
  const std::string team_id = team.body["id"].get<std::string>();
  Answer wrong = running.create(json(R"({"name":"a","user":"adam"})"));
  CHECK(wrong.status == 404);
  CHECK(wrong.param() == "user");
  CHECK(wrong.hint() == "did you mean 'ada'?");
  CHECK(running.create(json(R"({"name":"a","team":"ada"})")).param() == "team");
  CHECK(running.daemon.store().key_count() == 0);

  Answer made = running.create(Json{{"name", "a"}, {"user", "ada"}, {"team", team_id}});
  REQUIRE(made.status == 201);
  CHECK(made.body["user"] == Json("ada"));
  CHECK(made.body["user_id"] == user.body["id"]);
  CHECK(made.body["team"] == Json("web"));
  CHECK(running.call("GET", "/v1/keys?user=ada").body["items"].size() == 1);
  CHECK(running.call("GET", "/v1/keys?user=nobody").status == 404);
  CHECK(running.call("GET", "/v1/users/ada").body["keys"] == Json(1));
  CHECK(running.call("DELETE", "/v1/users/ada").error_code() == "conflict");

  Answer alone = running.call("PATCH", "/v1/keys/a", json(R"({"unset":["user"]})"));
  REQUIRE(alone.status == 200);
  CHECK(alone.body["user"] == Json(""));
  CHECK(running.call("DELETE", "/v1/users/ada").status == 200);
}

TEST_CASE("ending requests now goes for the key, or for all keys of an owner") {
  Running running;
  running.call("POST", "/v1/users", json(R"({"name":"ada"})"));
  const std::string first =
      running.create(json(R"({"name":"a","user":"ada"})")).body["id"].get<std::string>();
  running.create(json(R"({"name":"b"})"));
  const std::string third =
      running.create(json(R"({"name":"c","user":"ada"})")).body["id"].get<std::string>();
  running.call("POST", "/v1/keys/b/block");
  CHECK(running.daemon.ended.empty());
  running.call("POST", "/v1/users/ada/block", json(R"({"now":true})"));
  std::vector<std::string> ended = running.daemon.ended;
  std::sort(ended.begin(), ended.end());
  std::vector<std::string> both{first, third};
  std::sort(both.begin(), both.end());
  CHECK(ended == both);
  running.call("POST", "/v1/keys/a/block", json(R"({"now":true})"));
  CHECK(running.daemon.ended.size() == 3);
}
