#include "common/control/log.h"

#include <doctest/doctest.h>

#include "cmd/follow.h"
#include "cmd/render/style.h"
#include "common/base/text.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;
using control::RequestRow;

namespace {

RequestRow sample_row(std::uint64_t sequence) {
  RequestRow row;
  row.sequence = sequence;
  row.id = "req_01k9zt8m3rn5v7x9zbdfhjkm" + std::to_string(10 + sequence);
  row.started_at = *parse_rfc3339("2026-11-23T09:58:00Z") + seconds(sequence);
  row.duration_us = 1'240'000;
  row.first_byte_us = 310'000;
  row.outcome = "ok";
  row.status = 200;
  row.method = "POST";
  row.route = "/v1/chat/completions";
  row.key_id = "key_7dz1pq4m8w2n";
  row.key_name = "ci";
  row.asked_model = row.model = "gpt-4o";
  row.provider = "openai";
  row.upstream_model = "gpt-4o-2024-11-20";
  row.stream = true;
  row.tokens_in = 1000;
  row.tokens_out = 50;
  row.usage.input = 1000;
  row.usage.output = 50;
  row.cost_usd = Money::nano(3'000'000);
  row.priced = true;
  row.attempts = {control::AttemptView{"openai-1", "openai", "", 200, 1'200'000}};
  return row;
}

RequestRow refused_row(std::uint64_t sequence) {
  RequestRow row = sample_row(sequence);
  row.status = 401;
  row.outcome = "refused";
  row.error_code = "invalid_api_key";
  row.error_message = "no such key\x1b[2J: sk-...9999";
  row.tokens_in = row.tokens_out = 0;
  row.usage = {};
  row.cost_usd = Money();
  row.attempts.clear();
  return row;
}

std::string line(const auto& message) {
  return dump(control::encode(message)) + "\n";
}

std::string heartbeat(std::uint64_t sequence) {
  control::LogHeartbeat beat;
  beat.sequence = sequence;
  return line(beat);
}

Session with_rows() {
  Session session;
  control::LogList list;
  list.items = {control::encode(sample_row(1)), control::encode(refused_row(2))};
  session.daemon.answer("GET /v1/log", dump(control::encode(list)));
  return session;
}

// A daemon that is restarted between its answers.
class Restarting : public cmd::Transport {
 public:
  explicit Restarting(std::vector<std::string>& targets) : targets_(targets) {}

  Result<cmd::Reply> exchange(const cmd::Ask&) override { return cmd::Reply{}; }
  Result<cmd::Reply> follow(const cmd::Ask& ask,
                            const std::function<bool(std::string_view)>& on_line) override {
    targets_.push_back(ask.target);
    auto feed = [&](const std::string& text) {
      for (const std::string& part : split(text, '\n'))
        if (!part.empty()) on_line(part);
    };
    switch (targets_.size()) {
      case 1:
        feed(line(sample_row(1)) + heartbeat(1) + line(sample_row(2)));
        return make_error(ErrorCode::upstream_bad_response, "the daemon closed");
      case 2:
        return make_error(ErrorCode::daemon_not_running, "nobody listens");
      case 3:
        // Row 2 again, as a careless daemon might: it must not be shown twice.
        feed(line(sample_row(2)) + line(sample_row(3)) + heartbeat(3));
        return cmd::Reply{200, "1.0", "0.1.0", ""};
      default:
        return make_error(ErrorCode::not_permitted, "no longer");
    }
  }

 private:
  std::vector<std::string>& targets_;
};

}  // namespace

TEST_CASE("the last requests are shown in every form") {
  Session session = with_rows();
  session.run("log tail -n 2");
  CHECK(session.daemon.asked.back().target == "/v1/log?limit=2");
  CHECK(matches_golden("log-tail.tsv", session.console.out));
  session.run("log tail -o csv");
  CHECK(matches_golden("log-tail.csv", session.console.out));
  session.run("log tail --json");
  CHECK(matches_golden("log-tail.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("log tail");
  CHECK(matches_golden("log-tail-80.txt", session.console.out));
  for (const std::string& shown : split(session.console.out, '\n'))
    CHECK(cmd::display_width(shown) <= 80);
  CHECK(session.console.out.find('\x1b') == std::string::npos);
}

TEST_CASE("filters of the log reach the daemon") {
  Session session = with_rows();
  session.run(
      "log tail --since today --until 2026-11 --key ci --user u --team t --model m --provider p "
      "--status error,429 --min-cost 0.01 --min-latency 2s --ua Cursor --grep x --stream --after "
      "r");
  CHECK(session.daemon.asked.back().target ==
        "/v1/log?since=2026-11-23T00%3A00%3A00.000Z&until=2026-12-01T00%3A00%3A00.000Z&after=r&"
        "key=ci&user=u&team=t&model=m&provider=p&status=error&status=429&min_cost_usd=0.01&"
        "min_latency_ms=2000&user_agent=Cursor&grep=x&stream=true&limit=50");
  for (const char* wrong : {"log tail --status 6xx", "log tail --min-cost cheap",
                            "log tail --min-latency 2", "log tail --since x"}) {
    session.run(wrong);
    CHECK_MESSAGE(session.exit_code == 2, wrong);
  }
}

TEST_CASE("following goes on after a restart without losing or doubling a row") {
  FakeConsole console;
  std::vector<std::string> targets;
  cmd::TransportFactory transports = [&](const std::string&) {
    return std::make_unique<Restarting>(targets);
  };
  int code = cmd::run({"log", "tail", "-f", "-o", "name"}, console, transports, {});
  CHECK(console.out == sample_row(1).id + "\n" + sample_row(2).id + "\n" + sample_row(3).id + "\n");
  REQUIRE(targets.size() == 4);
  CHECK(targets[0] == "/v1/log?limit=50&follow=true");
  CHECK(targets[1] == "/v1/log?after_sequence=2&limit=50&follow=true");
  CHECK(targets[3] == "/v1/log?after_sequence=3&limit=50&follow=true");
  CHECK(code == 4);
  CHECK(matches_golden("log-follow-notes.txt", console.error));
}

TEST_CASE("following fails at once when there is no daemon to begin with") {
  Session session;
  session.daemon.fail(make_error(ErrorCode::daemon_not_running, "litegwd is not running"));
  session.run("log tail -f");
  CHECK(session.exit_code == 3);
  CHECK(session.daemon.asked.size() == 1);
}

TEST_CASE("a request is found by the end of its id, as tables show it") {
  Session session = with_rows();
  control::RequestDetail detail;
  detail.request = control::encode(sample_row(1));
  detail.cost_explanation = "1000 input x $2.50/M + 50 output x $10/M";
  detail.request_body = R"({"model":"gpt-4o"})";
  session.daemon.answer("GET /v1/log/" + sample_row(1).id, dump(control::encode(detail)));
  session.run("log show hjkm11 -o name");
  CHECK(session.console.out == sample_row(1).id + "\n");
  session.run("log show nosuch");
  CHECK(session.exit_code == 5);
  session.run("log show 11");
  CHECK(session.exit_code == 5);
  session.run({"log", "show", sample_row(1).id});
  CHECK(matches_golden("log-show.tsv", session.console.out));
  session.run({"log", "show", sample_row(1).id, "--json"});
  CHECK(matches_golden("log-show.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run({"log", "show", sample_row(1).id});
  CHECK(matches_golden("log-show-80.txt", session.console.out));
}

TEST_CASE("an export is one row a line, also with --json") {
  Session session;
  session.daemon.answer("GET /v1/log", line(sample_row(1)) + line(refused_row(2)));
  session.run("log export --since 2026-11 --json");
  CHECK(session.exit_code == 0);
  CHECK(session.console.out == line(sample_row(1)) + line(refused_row(2)));
  CHECK(session.daemon.asked.back().target ==
        "/v1/log?since=2026-11-01T00%3A00%3A00.000Z&limit=0&export=true");
  session.run("log export -o csv");
  CHECK(matches_golden("log-tail.csv", session.console.out));
}

TEST_CASE("an export that breaks off is a failure") {
  Session session;
  session.daemon.answer("GET /v1/log", line(sample_row(1)) + "{\"id\":\n");
  session.run("log export");
  CHECK(session.exit_code == 1);
}
