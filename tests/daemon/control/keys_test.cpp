#include <thread>

#include <unistd.h>

#include <doctest/doctest.h>

#include "common/base/hash.h"
#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

namespace {

Json json(const std::string& text) {
  return parse_json(text).value();
}

}  // namespace

TEST_CASE("a key is shown once, and then never again") {
  Running running;
  Answer made = running.create(
      json(R"({"name":"me","budgets":[{"amount_usd":"10","window":"month"}],"rpm":5})"));
  REQUIRE(made.status == 201);
  std::string key = made.body["key"].get<std::string>();
  CHECK(key.size() == 25);
  CHECK(made.body["created"] == Json(true));
  CHECK(made.body["hash"].get<std::string>() == to_hex(sha256(key)));
  CHECK_FALSE(made.body["budgets"][0]["resets_at"].is_null());

  for (const std::string& target : {std::string("/v1/keys/me"), std::string("/v1/keys"),
                                    "/v1/keys/" + made.body["id"].get<std::string>(),
                                    "/v1/keys/" + made.body["hash"].get<std::string>()}) {
    CAPTURE(target);
    Answer shown = running.call("GET", target);
    CHECK(shown.status == 200);
    CHECK(dump(shown.body).find(key) == std::string::npos);
    CHECK(dump(shown.body).find("sk-..." + key.substr(21)) != std::string::npos);
  }
  CHECK(running.daemon.store().find_key(sha256(key)).value().has_value());
}

TEST_CASE("a taken name is a conflict, unless the key is only wanted if missing") {
  Running running;
  REQUIRE(running.create(json(R"({"name":"me"})")).status == 201);
  Answer again = running.create(json(R"({"name":"me"})"));
  CHECK(again.status == 409);
  CHECK(again.error_code() == "already_exists");
  Answer missing = running.create(json(R"({"name":"me","if_missing":true})"));
  CHECK(missing.status == 200);
  CHECK(missing.body["created"] == Json(false));
  CHECK(missing.body["key"].is_null());
  CHECK(running.create(json(R"({"if_missing":true})")).param() == "name");
}

TEST_CASE("what cannot be a key is refused with the member to blame") {
  Running running;
  const std::string long_name = R"({"name":")" + std::string(1 << 20, 'a') + "\"}";
  const std::string long_user = R"({"user":")" + std::string(300, 'u') + "\"}";
  const std::string long_value = R"({"metadata":{"k":")" + std::string(2000, 'v') + "\"}}";
  const std::vector<std::pair<std::string, std::string>> cases{
      {long_name, "name"},
      {R"({"name":"a\nb"})", "name"},
      {R"({"name":"a\u007f"})", "name"},
      {R"({"name":" a"})", "name"},
      {R"({"name":"sk-abc"})", "name"},
      {R"({"name":"-"})", "name"},
      {R"({"models":["gpt-4p"]})", "models"},
      {R"({"models":[""]})", "models"},
      {R"({"budgets":[{"amount_usd":"10","window":"30"}]})", "budgets"},
      {R"({"budgets":[{"amount_usd":"10","window":"fortnight"}]})", "budgets"},
      {R"({"budgets":[{"amount_usd":"1","window":"day"},{"amount_usd":"2","window":"day"}]})",
       "budgets"},
      {R"({"rpm":0})", "rpm"},
      {R"({"tpm":-1})", "tpm"},
      {R"({"parallel":-5})", "parallel"},
      {R"({"model_limits":{"mock":{"rpm":0}}})", "model_limits.mock.rpm"},
      {R"({"model_limits":{"mcok":{"rpm":1}}})", "model_limits"},
      {R"({"expires_at":"2020-01-01T00:00:00Z"})", "expires_at"},
      {long_user, "user"},
      {R"({"tags":["a\tb"]})", "tags"},
      {long_value, "metadata"},
      {R"({"key":"sk-short"})", "key"},
      {R"({"key":"abcdefghijklmnopqrst"})", "key"},
      {R"({"key":"sk-with a blank in it"})", "key"},
  };
  for (const auto& [body, param] : cases) {
    CAPTURE(body.substr(0, 100));
    Answer answer = running.call_text("POST", "/v1/keys", body);
    CHECK(answer.status == 400);
    CHECK(answer.error_code() == "invalid_argument");
    CHECK(answer.param() == param);
    CHECK_FALSE(answer.hint().empty());
    CHECK(answer.message().size() < 300);
  }
  CHECK(running.daemon.store().key_count() == 0);
}

TEST_CASE("unknown members, wrong types and broken JSON are refused") {
  Running running;
  for (const char* body :
       {R"({"nmae":"me"})", R"({"name":5})", "[]", R"({"budgets":[{"amount_usd":"-1"}]})"}) {
    CAPTURE(body);
    CHECK(running.call_text("POST", "/v1/keys", body).error_code() == "invalid_argument");
  }
  for (const char* body : {"{", R"({"name":"a","name":"b"})", "NaN"}) {
    CAPTURE(body);
    CHECK(running.call_text("POST", "/v1/keys", body).error_code() == "invalid_json");
  }
  CHECK(running.call("GET", "/v1/keys?limit=many").error_code() == "invalid_argument");
  CHECK(running.call("GET", "/v1/keys?state=actve").param() == "state");
}

TEST_CASE("a model that is misspelt gets the nearest name; patterns, groups and aliases pass") {
  Running running;
  CHECK(running.create(json(R"({"models":["gpt-4p"]})")).hint() == "did you mean 'gpt-4o'?");
  CHECK(running.create(json(R"({"models":["gpt-*","beta","smart","mock"]})")).status == 201);
}

TEST_CASE("an update changes what it names and nothing else") {
  Running running;
  running.call("POST", "/v1/users", json(R"({"name":"ada"})"));
  REQUIRE(running.create(json(R"({"name":"me","models":["mock"],"rpm":5,"user":"ada"})")).status ==
          201);
  Answer changed = running.call("PATCH", "/v1/keys/me",
                                json(R"({"add_models":["gpt-4o"],"unset":["rpm"],"tpm":9})"));
  REQUIRE(changed.status == 200);
  CHECK(changed.body["models"] == json(R"(["mock","gpt-4o"])"));
  CHECK(changed.body["rpm"].is_null());
  CHECK(changed.body["tpm"] == Json(9));
  CHECK(changed.body["user"] == Json("ada"));

  auto param_of = [&](const char* body) {
    return running.call("PATCH", "/v1/keys/me", json(body)).param();
  };
  CHECK(param_of(R"({"unset":["budget"]})") == "unset");
  CHECK(param_of(R"({"remove_models":["mock","gpt-4o"]})") == "remove_models");
  CHECK(param_of(R"({"remove_models":["other"]})") == "remove_models");
  CHECK(running.call("PATCH", "/v1/keys/you", json(R"({"rpm":1})")).status == 404);
}

TEST_CASE("block, unblock, rotate and delete") {
  Running running;
  const Json nothing = Json::object();
  Answer made = running.create(json(R"({"name":"me"})"));
  std::string first = made.body["key"].get<std::string>();
  std::string id = made.body["id"].get<std::string>();
  CHECK(running.call("POST", "/v1/keys/me/block", nothing).body["state"] == Json("blocked"));
  CHECK(running.call("GET", "/v1/keys?state=blocked").body["items"].size() == 1);
  CHECK(running.call("POST", "/v1/keys/me/unblock", nothing).body["state"] == Json("active"));

  Answer rotated = running.call("POST", "/v1/keys/me/rotate", json(R"({"grace_seconds":3600})"));
  REQUIRE(rotated.status == 200);
  CHECK(rotated.body["id"] == Json(id));
  CHECK(rotated.body["key"] != Json(first));
  CHECK_FALSE(rotated.body["old_key_valid_until"].is_null());
  CHECK(running.daemon.store().find_key(sha256(first)).value().has_value());
  CHECK(running.call("POST", "/v1/keys/me/rotate", nothing).status == 200);
  CHECK_FALSE(running.daemon.store().find_key(sha256(first)).value().has_value());
  CHECK(running.call("POST", "/v1/keys/me/rotate", json(R"({"grace_seconds":-1})")).param() ==
        "grace_seconds");

  CHECK(running.call("DELETE", "/v1/keys/me?dry_run=true").status == 200);
  CHECK(running.call("GET", "/v1/keys/me").status == 200);
  CHECK(running.call("DELETE", "/v1/keys/me").status == 200);
  CHECK(running.call("GET", "/v1/keys/me").error_code() == "no_such_object");
}

TEST_CASE("every change says who made it") {
  Running running;
  running.create(json(R"({"name":"me"})"));
  running.call("POST", "/v1/keys/me/block", Json::object());
  Answer audit = running.call("GET", "/v1/audit");
  REQUIRE(audit.body["items"].size() == 2);
  for (const Json& item : audit.body["items"])
    CHECK(item["actor"].get<std::string>().starts_with("uid " + std::to_string(::geteuid())));
}

TEST_CASE("changes at the same time either count or are a conflict") {
  Running running;
  REQUIRE(running.create(json(R"({"name":"me"})")).status == 201);
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  std::atomic<int> conflicts{0};
  threads.reserve(8);
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&running, &done, &conflicts, i] {
      Json body = Json::object();
      body["rpm"] = i + 1;
      Answer answer = running.call("PATCH", "/v1/keys/me", body);
      if (answer.status == 200) ++done;
      if (answer.error_code() == "conflict") ++conflicts;
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(done >= 1);
  CHECK(done + conflicts == 8);
  CHECK(running.call("GET", "/v1/audit").body["items"].size() ==
        static_cast<std::size_t>(1 + done));
}

TEST_CASE("a key itself is no reference") {
  Running running;
  std::string key = running.create(json(R"({"name":"me"})")).body["key"].get<std::string>();
  Answer shown = running.call("GET", "/v1/keys/" + key);
  CHECK(shown.status == 400);
  CHECK(dump(shown.body).find(key) == std::string::npos);
}
