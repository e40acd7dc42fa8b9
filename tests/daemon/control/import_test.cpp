// Moving in from LiteLLM: records as its GET /key/list?return_full_object=true has them.
#include <doctest/doctest.h>

#include "common/base/hash.h"
#include "daemon/control/litellm_record.h"
#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

namespace {

Json json(const std::string& text) {
  return parse_json(text).value();
}

Json record(const std::string& secret, const Json& more = Json::object()) {
  Json out{{"token", to_hex(sha256(secret))},
           {"key_name", "sk-..." + secret.substr(secret.size() - 4)},
           {"spend", 0.0},
           {"models", Json::array()},
           {"metadata", Json::object()},
           {"created_at", "2026-08-30T20:28:00.123000+00:00"}};
  for (const auto& [name, value] : more.items())
    out[name] = value;
  return out;
}

Json page(const std::vector<Json>& records) {
  Json keys = Json::array();
  for (const Json& one : records)
    keys.push_back(one);
  return Json{{"keys", keys}, {"total_count", records.size()}};
}

Answer import(Running& running, const Json& document, bool dry_run = false) {
  return running.call("POST", "/v1/import/keys",
                      Json{{"document", document}, {"dry_run", dry_run}});
}

const std::string secret = "sk-RV-l2BJEZ_LYNChSx2EueQ";

Json full_record() {
  return record(secret, json(R"({
    "key_alias": "ci", "spend": 1.2500000000000002, "max_budget": 10.5, "budget_duration": "30d",
    "expires": "2099-10-04T03:47:58.123000+00:00", "models": ["gpt-4o", "gone-model"],
    "aliases": {"fast": "gpt-4o"}, "tpm_limit": 1000, "rpm_limit": 60, "max_parallel_requests": 4,
    "metadata": {"tags": ["nightly"], "owner": "ada", "nested": {"a": 1},
                 "model_rpm_limit": {"gpt-4o": 7}},
    "model_max_budget": {"gpt-4o": {"budget_limit": "0.5", "time_period": "1d"}},
    "budget_limits": [{"budget_duration": "24h", "max_budget": 2}],
    "user_id": "u-1", "user_email": "ada@example.com", "user_max_budget": 50, "user_spend": 3.5,
    "team_id": "t-1", "team_alias": "web", "team_max_budget": 100, "team_models": ["gpt-*"],
    "team_tpm_limit": 9000, "team_spend": 4, "soft_budget": 8, "permissions": {"x": true}
  })"));
}

}  // namespace

TEST_CASE("a key of LiteLLM comes with its name, models, limits, owners, spend and windows") {
  Running running;
  Answer done = import(running, page({full_record()}));
  REQUIRE(done.status == 200);
  CHECK(done.body["imported"] == Json(true));
  CHECK(done.body["items"][0]["result"] == Json("new"));
  CHECK(running.daemon.store().find_key(sha256(secret)).value().has_value());

  const Json key = running.call("GET", "/v1/keys/ci").body;
  CHECK(key["hash"] == Json(to_hex(sha256(secret))));
  CHECK(key["masked"] == Json("sk-...EueQ"));
  CHECK(key["models"] == json(R"(["gpt-4o","gone-model"])"));
  CHECK(key["rpm"] == Json(60));
  CHECK(key["parallel"] == Json(4));
  CHECK(key["tags"] == json(R"(["nightly"])"));
  CHECK(key["metadata"]["owner"] == Json("ada"));
  CHECK(key["budgets"][0]["amount_usd"] == Json("10.5"));
  CHECK(key["budgets"][0]["window"] == Json("litellm:30d"));
  CHECK(key["budgets"][0]["spent_usd"] == Json("1.25"));
  CHECK(key["budgets"][1]["window"] == Json("litellm:1d"));
  CHECK(key["model_limits"]["gpt-4o"]["rpm"] == Json(7));
  CHECK(key["model_limits"]["gpt-4o"]["budgets"][0]["amount_usd"] == Json("0.5"));
  CHECK(key["user"] == Json("ada@example.com"));
  CHECK(key["team"] == Json("web"));
  CHECK(key["spend_usd"] == Json("1.25"));
  CHECK(running.call("GET", "/v1/teams/web").body["models"] == json(R"(["gpt-*"])"));
  CHECK(running.call("GET", "/v1/budgets?user=u-1").body["items"][0]["spent_usd"] == Json("3.5"));
  CHECK(running.daemon.store().check().value() == std::vector<std::string>{});

  const std::string notes = dump(done.body["items"]);
  for (const char* said : {"soft_budget", "permissions", "gone-model", "bounds this team key",
                           "does not say when a team's budget resets"})
    CHECK_MESSAGE(notes.find(said) != std::string::npos, said);
}

TEST_CASE("a dry run writes nothing, and says the same") {
  Running running;
  Answer dry = import(running, page({full_record()}), true);
  CHECK(dry.body["imported"] == Json(false));
  CHECK(dry.body["items"].size() == 3);
  CHECK(running.daemon.store().key_count() == 0);
  CHECK(running.call("GET", "/v1/teams").body["items"].empty());
}

TEST_CASE("importing again adds only what was spent in between") {
  Running running;
  Json entry = full_record();
  import(running, page({entry}));
  const std::string id = running.call("GET", "/v1/keys/ci").body["id"].get<std::string>();
  Answer same = import(running, page({entry}));
  CHECK(same.body["items"][0]["result"] == Json("same"));
  CHECK(running.call("GET", "/v1/keys/ci").body["budgets"][0]["spent_usd"] == Json("1.25"));
  entry["spend"] = 2.0;
  entry["rpm_limit"] = 90;
  Answer more = import(running, page({entry}));
  CHECK(more.body["items"][0]["result"] == Json("changed"));
  const Json key = running.call("GET", "/v1/keys/ci").body;
  CHECK(key["id"] == Json(id));
  CHECK(key["rpm"] == Json(90));
  CHECK(key["budgets"][0]["spent_usd"] == Json("2"));
  CHECK(running.daemon.store().key_count() == 1);
}

TEST_CASE("imports at once, beside other changes, count spend once and lose nothing") {
  Running running;
  Json entry = full_record();
  import(running, page({entry}));
  constexpr int imports = 4, rounds = 6;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  threads.reserve(imports);
  for (int i = 0; i < imports; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < rounds; ++round) {
        Json later = entry;
        later["spend"] = 2.0;
        later["rpm_limit"] = 100 + i;  // else most would find nothing to do
        if (import(running, page({later})).status != 200) ++failed;
      }
    });
  threads.emplace_back([&] {
    for (int i = 0; i < rounds; ++i)
      if (running.create(Json{{"name", "k" + std::to_string(i)}}).status != 201) ++failed;
    while (running.call("POST", "/v1/keys/ci/block").status != 200) {
    }
  });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(failed == 0);
  const Json key = running.call("GET", "/v1/keys/ci").body;
  CHECK(key["budgets"][0]["spent_usd"] == Json("2"));
  CHECK(key["state"] == Json("blocked"));
  CHECK(running.daemon.store().key_count() == 1 + rounds);
  const std::vector<budget::Counter> stored = running.daemon.store().counters().value();
  CHECK(std::any_of(stored.begin(), stored.end(), [&](const budget::Counter& counter) {
    return counter.place.level.id == key["id"].get<std::string>() && counter.spent == dollars(2);
  }));
  CHECK(running.daemon.store().check().value() == std::vector<std::string>{});
}

TEST_CASE("a repeated import unblocks nothing and leaves owners as they are here") {
  Running running;
  import(running, page({full_record()}));
  running.call("POST", "/v1/keys/ci/block");
  running.call("PATCH", "/v1/teams/web",
               json(R"({"budgets":[{"amount_usd":"70","window":"month"}]})"));
  import(running, page({full_record()}));
  CHECK(running.call("GET", "/v1/keys/ci").body["state"] == Json("blocked"));
  CHECK(running.call("GET", "/v1/teams/web").body["budgets"][0]["amount_usd"] == Json("70"));
}

TEST_CASE("one key that cannot be taken over keeps all of them out") {
  Running running;
  running.create(json(R"({"name":"taken"})"));
  const Json good = record("sk-good-0123456789abcdef", json(R"({"key_alias":"good"})"));
  const std::vector<Json> bad{
      Json("88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"),
      json(R"({"token":"sk-plain-text-0123456789"})"),
      json(R"({"token":"88DC"})"),
      json("null"),
      record("sk-other", json(R"({"key_alias":"taken"})")),
      record("sk-other", json(R"({"key_alias":"good"})")),
      record("sk-other", json(R"({"key_alias":"two\nlines"})")),
      record("sk-other", json(R"({"expires":"tomorrow"})")),
      good,
  };
  for (const Json& entry : bad) {
    CAPTURE(dump(entry));
    Answer done = import(running, page({good, entry}));
    REQUIRE(done.status == 200);
    CHECK(done.body["imported"] == Json(false));
    const Json& line = done.body["items"].back();
    CHECK(line["result"] == Json("refused"));
    CHECK(line["row"] == Json(2));
    CHECK_FALSE(line["notes"].empty());
    CHECK(running.daemon.store().key_count() == 1);
  }
  for (const char* text : {"{}", "5", R"("sk")", R"({"keys":5})"}) {
    CAPTURE(text);
    CHECK(import(running, json(text)).param() == "document");
  }
}

TEST_CASE("a key that could not call models there does not come to call them here") {
  Running running;
  import(running, page({record("sk-a-0123456789abcdef", json(R"({"key_alias":"viewer",
                     "allowed_routes":["info_routes"]})")),
                        record("sk-b-0123456789abcdef", json(R"({"key_alias":"caller",
                     "allowed_routes":["llm_api_routes"]})")),
                        record("sk-c-0123456789abcdef", json(R"({"key_alias":"session",
                     "team_id":"litellm-dashboard"})"))}));
  CHECK(running.call("GET", "/v1/keys/viewer").body["state"] == Json("blocked"));
  CHECK(running.call("GET", "/v1/keys/caller").body["state"] == Json("active"));
  CHECK(running.call("GET", "/v1/keys/session").status == 404);
}

TEST_CASE("limits come from the shared budget when the key has none of its own") {
  const Json entry = record(secret, json(R"({"max_budget": null,
      "litellm_budget_table": {"max_budget": 7, "budget_duration": "7d", "rpm_limit": 5}})"));
  const config::Config config;
  ImportedKey read = read_litellm_record(entry, config);
  REQUIRE(read.key.limits.budgets.size() == 1);
  CHECK(read.key.limits.budgets[0].amount == dollars(7));
  CHECK(read.key.limits.budgets[0].window == "litellm:7d");
  CHECK(read.key.limits.rpm == 5);
}

TEST_CASE("durations of LiteLLM become windows, and what differs is said") {
  const std::vector<std::tuple<std::string, std::string, bool>> cases{
      {"30d", "litellm:30d", false},
      {"7d", "litellm:7d", false},
      {"1w", "litellm:7d", false},
      {"24h", "litellm:1d", false},
      {"1mo", "month", false},
      {"60d", "litellm:60d", false},
      {"1h", "1h", true},
      {"90m", "2h", true},
      {"30s", "1h", true},
      {"fortnight", "", true},
      {"30", "", true},
      {"", "", false},
  };
  for (const auto& [duration, window, noted] : cases) {
    CAPTURE(duration);
    std::string note;
    CHECK(litellm_window(duration, note) == window);
    CHECK(note.empty() != noted);
    CHECK(budget::parse_window(window).has_value());
  }
}
