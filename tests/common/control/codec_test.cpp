#include "common/control/codec.h"

#include <doctest/doctest.h>

#include "common/control/api.h"
#include "common/control/daemon.h"
#include "common/control/keys.h"
#include "common/control/log.h"
#include "common/control/models.h"

using namespace litegw;
using namespace litegw::control;

TEST_CASE("a request to make a key survives the way to the daemon and back") {
  KeyCreate request;
  request.name = "ci";
  request.models = {"gpt-4o", "claude-*"};
  request.budgets = {Budget{dollars(100), "month"}, Budget{cents(250), "12h"}};
  request.model_limits["gpt-4o"] = ModelLimits{{Budget{dollars(5), "day"}}, 10, {}};
  request.expires_at = parse_rfc3339("2027-01-01T00:00:00Z");
  request.metadata = {{"owner", "me"}};
  request.key = Secret("sk-own-key-0123456789");
  std::string text = dump(encode(request, Absent::omit));
  CHECK(text ==
        R"({"name":"ci","models":["gpt-4o","claude-*"],)"
        R"("budgets":[{"amount_usd":"100","window":"month"},{"amount_usd":"2.5","window":"12h"}],)"
        R"("model_limits":{"gpt-4o":{"budgets":[{"amount_usd":"5","window":"day"}],"rpm":10}},)"
        R"("expires_at":"2027-01-01T00:00:00.000Z","metadata":{"owner":"me"},)"
        R"("key":"sk-own-key-0123456789"})");
  Result<KeyCreate> read = decode_request<KeyCreate>(text);
  REQUIRE(read.has_value());
  CHECK(dump(encode(*read, Absent::omit)) == text);
  CHECK(read->model_limits.at("gpt-4o").rpm == 10);
  CHECK(read->key.reveal() == "sk-own-key-0123456789");
}

TEST_CASE("a member that a request does not have is refused with the nearest one") {
  Error error = decode_request<KeyCreate>(R"({"modles":["a"]})").error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "unknown member 'modles'");
  CHECK(error.hint == "did you mean 'models'?");
  CHECK(decode_request<KeyCreate>(R"({"budgets":[{"amount_usd":"1","windw":"day"}]})")
            .error()
            .param == "budgets[0].windw");
  CHECK(decode_request<KeyBlock>("").has_value());
  CHECK(decode_request<KeyBlock>("{").error().code == ErrorCode::invalid_json);
}

TEST_CASE("a member of the wrong type is named with its path") {
  auto message = [](std::string_view body) {
    return decode_request<KeyCreate>(body).error().message;
  };
  CHECK(message(R"({"budgets":[{"amount_usd":100}]})") ==
        "budgets[0].amount_usd must be dollars as a decimal string, such as \"12.50\"");
  CHECK(message(R"({"rpm":"10"})") == "rpm must be a whole number");
  CHECK(message(R"({"rpm":1.5})") == "rpm must be a whole number");
  CHECK(message(R"({"rpm":18446744073709551615})") == "rpm must be a whole number");
  CHECK(message(R"({"expires_at":"soon"})") ==
        "expires_at must be a time such as \"2026-12-01T00:00:00Z\"");
  CHECK(message(R"({"model_limits":{"m":[]}})") == "model_limits.m must be an object");
  CHECK(message(R"([])") == "the request must be an object");
}

TEST_CASE("an answer always has every member and may have more than we know") {
  Json answer = encode(KeyView{});
  CHECK(answer["expires_at"].is_null());
  CHECK(answer["models"] == Json::array());
  CHECK(answer["spend_usd"] == "0");
  answer["from_the_future"] = 1;
  CHECK(decode<KeyView>(answer, Unknown::ignore).has_value());
  CHECK(decode<KeyView>(answer, Unknown::refuse).has_error());
}

TEST_CASE("negative amounts of an answer are read, too") {
  BudgetState state;
  state.spent_usd = Money::nano(-5);
  CHECK(decode<BudgetState>(encode(state), Unknown::refuse)->spent_usd == Money::nano(-5));
}

TEST_CASE("a query of a log survives the query string") {
  LogQuery query;
  query.since = parse_rfc3339("2026-11-23T09:00:00Z");
  query.status = {"4xx", "429"};
  query.model = "a/b c&d=%";
  query.after_sequence = 0;
  query.follow = true;
  query.min_cost_usd = cents(1);
  std::string text = encode_query(query);
  CHECK(text ==
        "since=2026-11-23T09%3A00%3A00.000Z&after_sequence=0&model=a%2Fb%20c%26d%3D%25&"
        "status=4xx&status=429&min_cost_usd=0.01&limit=50&follow=true");
  Result<LogQuery> read = decode_query<LogQuery>(text);
  REQUIRE(read.has_value());
  CHECK(encode_query(*read) == text);
  CHECK(read->status.size() == 2);
  CHECK(decode_query<LogQuery>("status=429")->status == std::vector<std::string>{"429"});
  CHECK(decode_query<LogQuery>("limit=ten").error().message == "limit must be a whole number");
  CHECK(decode_query<LogQuery>("modle=x").error().hint == "did you mean 'model'?");
  CHECK(decode_query<LogQuery>("model=%zz").has_error());
  CHECK(decode_query<LogQuery>("model=%00").has_error());
  CHECK(decode_query<LogQuery>("").has_value());
}

TEST_CASE("a budget is dollars and a window") {
  CHECK(to_text(parse_budget("100/month").value()) == "100/month");
  CHECK(parse_budget("$5/day")->amount_usd == dollars(5));
  CHECK(parse_budget("2.50/12h")->window == "12h");
  CHECK(parse_budget("10")->window.empty());
  for (const char* wrong :
       {"", "x", "10/", "10/year", "10/5m", "-1/day", "10/30", "1/day/2", "/day"})
    CHECK_MESSAGE(parse_budget(wrong).has_error(), wrong);
}

TEST_CASE("a name with a slash stays one part of a path") {
  CHECK(object_path(path::models, "openai/*") == "/v1/models/openai%2F%2A");
  CHECK(object_path(path::keys, "ci", "rotate") == "/v1/keys/ci/rotate");
  CHECK(parse_object_path(path::models, "/v1/models/openai%2F%2A")->reference == "openai/*");
  CHECK(parse_object_path(path::keys, "/v1/keys/ci/rotate")->action == "rotate");
  CHECK(parse_object_path(path::keys, "/v1/keys")->reference.empty());
  for (const char* other :
       {"/v1/keys/", "/v1/keysx", "/v1/keys/a/", "/v1/keys/a/b/c", "/v1/keys//a"})
    CHECK_MESSAGE(!parse_object_path(path::keys, other).has_value(), other);
}

TEST_CASE("an error keeps its code, its hint and its problems on the wire") {
  Problem problem;
  problem.file = "/etc/litegw/litegw.yaml";
  problem.line = 3;
  problem.message = "unknown key 'modle_list'";
  Error error = make_error(ErrorCode::config_invalid, "the file cannot be used", "fix it", "x");
  ErrorAnswer read = parse_error_answer(422, dump(error_answer(error, {problem})));
  CHECK(read.error.code == ErrorCode::config_invalid);
  CHECK(read.error.message == error.message);
  CHECK(read.error.hint == "fix it");
  REQUIRE(read.problems.size() == 1);
  CHECK(read.problems[0].line == 3);
  CHECK(parse_error_answer(502, "<html>").error.message ==
        "litegwd answered status 502 without an error object");
  CHECK(parse_error_answer(500, R"({"error":{"code":"new_code","message":"m"}})").error.code ==
        ErrorCode::internal);
}

TEST_CASE("another major version is refused, another minor one is not") {
  CHECK(check_api_version(std::nullopt, "").has_value());
  CHECK(check_api_version("1.0", "0.1.0").has_value());
  CHECK(check_api_version("1.9", "0.9.0").has_value());
  CHECK(check_api_version("1", "").has_value());
  for (const char* other : {"2.0", "0.9", "", "x", "10.0", "1x"})
    CHECK_MESSAGE(check_api_version(other, "3.0").has_error(), other);
  CHECK(check_api_version("2.0", "3.1.4").error().code == ErrorCode::version_skew);
}

TEST_CASE("every answer can be read back as it was written") {
  auto same = [](const auto& message) {
    using Message = std::decay_t<decltype(message)>;
    Json written = encode(message);
    Result<Message> read = decode<Message>(written, Unknown::refuse);
    return read.has_value() && encode(*read) == written;
  };
  KeyView key;
  key.budgets.push_back(BudgetState{dollars(1), "day", cents(1), Money(), Time(days(1))});
  key.spend_by_model.push_back(SpendLine{"gpt-4o", 1, 0, 2, 3, cents(4)});
  key.key = Secret("sk-1");
  CHECK(same(key));
  StatusView status;
  status.listeners.push_back({"127.0.0.1:4000", false, "public"});
  status.last_reload = ReloadState{Time(days(2)), false, "x"};
  status.counters["requests"] = 5;
  CHECK(same(status));
  RequestRow row;
  row.attempts.push_back({"d", "openai", "", 200, 5});
  row.tags = {"a"};
  CHECK(same(row));
  ConfigDiff diff;
  diff.changes.push_back({"server.listen", Json::array({1}), std::nullopt, true});
  CHECK(same(diff));
  ModelDetail model;
  model.deployments.push_back({});
  CHECK(same(model));
  CHECK(same(SpendReport{}));
  CHECK(same(AuditList{}));
  CHECK(same(ConfigCheck{}));
}
