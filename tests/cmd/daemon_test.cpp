#include "common/control/daemon.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "cmd/render/cells.h"
#include "common/control/log.h"
#include "common/control/models.h"
#include "tests/cmd/support/fake_console.h"
#include "tests/cmd/support/fake_litegwd.h"

using namespace litegw;
using namespace litegw::cmd;
using namespace litegw::cmd::test;

namespace {

std::string text(const auto& message) {
  return dump(control::encode(message));
}

control::StatusView sample_status() {
  control::StatusView status;
  status.version = "0.1.0";
  status.api = "1.0";
  status.pid = 4711;
  status.started_at = *parse_rfc3339("2026-11-23T08:30:00Z");
  status.listeners = {control::ListenerInfo{"127.0.0.1:4000", false, "public"},
                      control::ListenerInfo{"0.0.0.0:443", true, "public"}};
  status.config_file = "/etc/litegw/litegw.yaml";
  status.config_generation = 3;
  status.config_warnings = 1;
  status.last_reload = control::ReloadState{*parse_rfc3339("2026-11-23T09:00:00Z"), true, ""};
  status.models = 4;
  status.deployments = 5;
  status.providers = {
      control::ProviderView{"openai", 4, 0, "", {}},
      control::ProviderView{"mock", 1, 1, "status 500", parse_rfc3339("2026-11-23T09:59:00Z")}};
  status.connections = 12;
  status.active_requests = 3;
  status.active_streams = 2;
  status.store.path = "/var/lib/litegw";
  status.store.state_bytes = 1 << 20;
  status.store.log_bytes = 5 << 20;
  status.store.free_bytes = 50ull << 30;
  status.store.keys = 7;
  status.store.rows = 1000;
  status.store.queued = 2;
  status.store.lag_ms = 20;
  status.resident_bytes = 14 << 20;
  status.counters = {{"requests", 1000}, {"errors", 3}};
  return status;
}

control::ConfigCheck sample_check() {
  control::ConfigCheck check;
  check.file = "litegw.yaml";
  control::Problem wrong;
  wrong.file = "litegw.yaml";
  wrong.line = 3;
  wrong.column = 3;
  wrong.message = "unknown key 'modle_name'";
  wrong.hint = "did you mean 'model_name'?";
  wrong.source_line = "- modle_name: gpt-4o";
  control::Problem unset;
  unset.severity = "warning";
  unset.file = "litegw.yaml";
  unset.line = 4;
  unset.column = 50;
  unset.message = "model gpt-4o: the variable OPENAI_API_KEY is not set";
  unset.variable = "OPENAI_API_KEY";
  check.problems = {wrong, unset};
  return check;
}

}  // namespace

TEST_CASE("the status tells what an operator asks first") {
  Session session;
  session.daemon.answer("GET /v1/status", text(sample_status()));
  session.run("status");
  CHECK(matches_golden("status.tsv", session.console.out));
  session.run("status --json");
  CHECK(matches_golden("status.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("status");
  CHECK(matches_golden("status-80.txt", session.console.out));
}

TEST_CASE("waiting for the daemon ends when it is ready, or with exit code 124") {
  Session session;
  control::StatusView starting = sample_status();
  starting.state = "starting";
  session.daemon.answer("GET /v1/status", text(starting));
  session.run("status --wait 2s");
  CHECK(session.exit_code == 124);
  CHECK(session.console.error.find("litegwd is starting") != std::string::npos);
  int pauses = 0;
  session.console.on_pause = [&] {
    if (++pauses == 3) session.daemon.answer("GET /v1/status", text(sample_status()));
  };
  session.run("status --wait 2s -o name");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out == "ready\n");
  Session forbidden;
  forbidden.daemon.fail(make_error(ErrorCode::socket_not_permitted, "you may not"));
  forbidden.run("status --wait 10s");
  CHECK(forbidden.exit_code == 4);
  CHECK(forbidden.daemon.asked.size() == 1);
}

TEST_CASE("a reload says what changed, and why it did not") {
  Session session;
  control::ReloadResult result;
  result.generation = 4;
  result.changes = {control::ConfigChange{"server.max_body", Json("32MiB"), Json("64MiB"), false},
                    control::ConfigChange{"server.listen[1]", Json("0.0.0.0:443"), {}, true}};
  session.daemon.answer("POST /v1/reload", text(result));
  session.run("reload");
  CHECK(matches_golden("reload.txt", session.console.out + session.console.error));
  control::Problem problem;
  problem.file = "/etc/litegw/litegw.yaml";
  problem.line = 7;
  problem.message = "unknown key 'sevrer'";
  session.daemon.answer(
      "POST /v1/reload",
      dump(control::error_answer(
          make_error(ErrorCode::config_invalid, "the file has 1 error", "litegw config check"),
          {problem})),
      422);
  session.run("reload");
  CHECK(session.exit_code == 8);
  CHECK(matches_golden("reload-refused.txt", session.console.error));
  session.run("reload --json");
  CHECK(parse_json(session.console.error).value()["error"]["problems"][0]["line"] == 7);
}

TEST_CASE("config check shows all problems and asks the daemon about its environment") {
  Session session;
  std::string litegwd = fake_litegwd(session.console);
  session.program_result = cmd::ProgramResult{78, text(sample_check())};
  session.run("config check litegw.yaml");
  CHECK(session.exit_code == 8);
  REQUIRE(session.programs.size() == 1);
  CHECK(session.programs[0] ==
        std::vector<std::string>{litegwd, "--check-config", "--json", "--config", "litegw.yaml"});
  CHECK(matches_golden("config-check.txt", session.console.out + session.console.error));

  control::EnvironmentAnswer set;
  set.set = {"OPENAI_API_KEY"};
  session.daemon.answer("POST /v1/environment", text(set));
  session.run("config check litegw.yaml --json");
  Json json = parse_json(session.console.out).value();
  CHECK(json["environment_checked"] == true);
  CHECK(json["problems"].size() == 1);
  CHECK(json["ok"] == false);
}

TEST_CASE("a warning fails the check only when it is strict") {
  Session session;
  fake_litegwd(session.console);
  control::ConfigCheck check = sample_check();
  check.problems.erase(check.problems.begin());
  session.program_result = cmd::ProgramResult{0, text(check)};
  session.run("config check");
  CHECK(session.exit_code == 0);
  session.run("config check --strict");
  CHECK(session.exit_code == 8);
  session.program_result = cmd::ProgramResult{139, ""};
  session.run("config check");
  CHECK(session.exit_code == 8);
}

TEST_CASE("config init never writes over a file") {
  Session session;
  fake_litegwd(session.console);
  session.program_result = cmd::ProgramResult{0, "model_list: []\n"};
  session.run("config init");
  CHECK(session.console.out == "model_list: []\n");
  std::string file = session.console.variables["PATH"] + "/new.yaml";
  ::unlink(file.c_str());
  session.run({"config", "init", "--output", file});
  CHECK(session.exit_code == 0);
  CHECK(read_test_file(file) == "model_list: []\n");
  session.run({"config", "init", "--output", file});
  CHECK(session.exit_code == 6);
}

TEST_CASE("what is in force and what differs is shown") {
  Session session;
  control::ConfigView view;
  view.settings = {
      control::Setting{"server.listen[0]", "127.0.0.1:4000", "default"},
      control::Setting{"model_list[0].litellm_params.api_key", "os.environ/KEY", "litegw.yaml:3"}};
  session.daemon.answer("GET /v1/config", text(view));
  session.run("config show --origin");
  CHECK(session.console.out ==
        "server.listen[0]\t127.0.0.1:4000\tdefault\n"
        "model_list[0].litellm_params.api_key\tos.environ/KEY\tlitegw.yaml:3\n");
  control::ConfigDiff diff;
  diff.file = "litegw.yaml";
  diff.changes = {control::ConfigChange{"log.level", Json("info"), Json("debug"), false}};
  session.daemon.answer("GET /v1/config/diff", text(diff));
  session.run("config diff");
  CHECK(session.console.out == "- log.level: info\n+ log.level: debug\n");
}

TEST_CASE("models are listed with prices, for people and for Cursor") {
  Session session;
  control::ModelList list;
  control::ModelItem item;
  item.name = "gpt-4o";
  item.provider = "openai";
  item.upstream_model = "gpt-4o-2024-11-20";
  item.deployments = 2;
  item.input_usd_per_million = "2.5";
  item.output_usd_per_million = "10";
  item.context = 128000;
  item.cursor_collision = "gpt-*";
  item.cursor_alias = "team-gpt-4o";
  control::ModelItem local;
  local.name = "local/*";
  local.provider = "compatible";
  list.items = {item, local};
  session.daemon.answer("GET /v1/models", text(list));
  session.run("model list --key ci");
  CHECK(session.daemon.asked.back().target == "/v1/models?key=ci");
  CHECK(matches_golden("model-list.tsv", session.console.out));
  session.run("model list -o csv");
  CHECK(matches_golden("model-list.csv", session.console.out));
  session.run("model list --json");
  CHECK(matches_golden("model-list.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("model list");
  CHECK(matches_golden("model-list-80.txt", session.console.out));
  session.run("model list --cursor");
  CHECK(matches_golden("model-list-cursor-80.txt", session.console.out));
  control::ModelDetail detail;
  detail.name = "gpt-4o";
  control::DeploymentView deployment;
  deployment.id = "openai-1";
  deployment.provider = "openai";
  deployment.upstream_model = "gpt-4o-2024-11-20";
  deployment.api_key_source = "os.environ/OPENAI_API_KEY";
  deployment.price.input = "2.5";
  deployment.price.output = "10";
  deployment.price.source = "built-in prices.json";
  detail.deployments = {deployment};
  session.daemon.answer("GET /v1/models/openai%2Fgpt-4o", text(detail));
  session.run("model show openai/gpt-4o");
  CHECK(matches_golden("model-show-80.txt", session.console.out));
}

TEST_CASE("a spend report has bars for people and none for scripts") {
  Session session;
  control::SpendReport report;
  report.by = {"key", "model"};
  report.items = {
      control::SpendItem{{"ci", "gpt-4o"}, 100, 2, 0, 100'000, 5'000, dollars(3), 1, cents(2)},
      control::SpendItem{{"", "local/x"}, 10, 0, 10, 1'000, 50, Money(), 0, Money()}};
  report.total = control::SpendItem{{}, 110, 2, 10, 101'000, 5'050, dollars(3), 1, cents(2)};
  session.daemon.answer("GET /v1/spend", text(report));
  session.run("spend report --by key,model --since 2026-11");
  CHECK(session.daemon.asked.back().target ==
        "/v1/spend?by=key&by=model&since=2026-11-01T00%3A00%3A00.000Z");
  CHECK(matches_golden("spend.tsv", session.console.out));
  session.run("spend report --by key,model -o csv");
  CHECK(matches_golden("spend.csv", session.console.out));
  session.run("spend report --by key,model --json");
  CHECK(matches_golden("spend.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("spend report --by key,model");
  CHECK(matches_golden("spend-80.txt", session.console.out));
}

TEST_CASE("hours of a report are readable at 80 columns, and exact for scripts") {
  Session session;
  control::SpendReport report;
  report.by = {"hour", "tag"};
  report.items = {control::SpendItem{
      {"2026-11-23T09:00:00Z", "nightly-builds"}, 100, 2, 0, 100'000, 5'000, dollars(3), 1, {}}};
  session.daemon.answer("GET /v1/spend", text(report));
  session.run("spend report --by hour,tag");
  CHECK(session.console.out.starts_with("2026-11-23T09:00:00Z\tnightly-builds\t3\t"));
  session.console.out.clear();
  session.console.make_terminal();
  session.run("spend report --by hour,tag");
  const std::string hour = local_minute(*parse_rfc3339("2026-11-23T09:00:00Z"));
  CHECK(session.console.out.find(hour + "  nightly") != std::string::npos);
}

TEST_CASE("the audit trail names who and what, in dollars and times") {
  Session session;
  control::AuditList list;
  list.items = {control::AuditItem{*parse_rfc3339("2026-11-23T09:00:00Z"), "uid 1000", "key.block",
                                   "key_7dz1pq4m8w2n", Json{{"blocked", true}}}};
  session.daemon.answer("GET /v1/audit", text(list));
  session.run("audit list --target ci");
  CHECK(session.daemon.asked.back().target == "/v1/audit?target=ci&limit=50");
  CHECK(session.console.out ==
        "2026-11-23T09:00:00Z\tuid 1000\tkey.block\tkey_7dz1pq4m8w2n\t{\"blocked\":true}\n");
  const auto shown = [&](const char* change) {
    list.items[0].change = parse_json(change).value();
    session.daemon.answer("GET /v1/audit", text(list));
    session.run("audit list");
    return session.console.out.substr(session.console.out.rfind('\t') + 1);
  };
  CHECK(shown(R"({"before":{"v":1,"rpm":1,"expires":"2026-11-23T10:00:00.000Z","updated":1},)"
              R"("after":{"v":1,"rpm":2,"updated":2}})") ==
        "rpm: 1 -> 2; expires: 2026-11-23T10:00:00.000Z -> none\n");
  CHECK(
      shown(
          R"({"before":{"budgets":[{"amount_usd":"5","window":"month"}]},)"
          R"("after":{"budgets":[{"amount_usd":"0.038","window":""},{"amount_usd":"0.000000001","window":"12h"}]}})") ==
      "budgets: $5.00/month -> $0.038 + $0.000000001/12h\n");
  CHECK(shown(R"({"before":null,"after":{"v":1,"id":"key_1","name":"ci","models":["a","b"],)"
              R"("model_limits":{"m":{"rpm":3,"budgets":[{"amount_usd":"2","window":"day"}]}},)"
              R"("blocked":true,"created":1,"updated":1}})") ==
        "name: ci; models: a, b; model_limits: m rpm 3, budgets $2.00/day; blocked: yes\n");
  CHECK(shown(R"({"before":{"counters":[{"level":"key","id":"key_1","model":"m","window":"day",)"
              R"("since":"2026-11-23T00:00:00Z","spent":"1.2"}]},)"
              R"("after":{"counters":[{"level":"key","id":"key_1","model":"m","window":"day",)"
              R"("since":"2026-11-23T00:00:00Z","spent":"0"}]}})") ==
        "spent: $1.20 -> $0.00 (key, model m, day from 2026-11-23T00:00:00Z)\n");
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("audit list");
  CHECK(session.console.out.starts_with(
      "AT      ACTOR     ACTION     TARGET            CHANGE\n"
      "1h ago  uid 1000  key.block  key_7dz1pq4m8w2n  spent: $1.20 -> "));
}
