#include <doctest/doctest.h>

#include "common/control/budgets.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;

namespace {

control::BudgetLine line(const std::string& level, const std::string& name, Money spent,
                         Money held) {
  control::BudgetLine out;
  out.level = level;
  out.id = level + "_7dz1pq4m8w2n";
  out.name = name;
  out.window = "month";
  out.limit_usd = dollars(100);
  out.spent_usd = spent;
  out.held_usd = held;
  out.available_usd = dollars(100) - spent - held;
  out.resets_at = parse_rfc3339("2026-12-01T00:00:00Z");
  return out;
}

control::UnsettledLine unsettled() {
  control::UnsettledLine out;
  out.request_id = "req_01k9zt8m3rn5v7x9zbdfhjkmnr";
  out.key_id = "key_7dz1pq4m8w2n";
  out.key_name = "ci";
  out.user = "ada";
  out.team = "web";
  out.model = "claude-sonnet-4-5";
  out.provider = "anthropic";
  out.amount_usd = cents(61);
  out.admitted_at = parse_rfc3339("2026-11-23T08:58:00Z");
  out.charged_at = parse_rfc3339("2026-11-23T09:00:00Z");
  return out;
}

control::ReleasedFrom from(const std::string& level, const std::string& name,
                           const std::string& window, bool current) {
  control::ReleasedFrom out;
  out.request_id = unsettled().request_id;
  out.level = level;
  out.id = level + "_7dz1pq4m8w2n";
  out.name = name;
  out.window = window;
  out.amount_usd = unsettled().amount_usd;
  out.current = current;
  return out;
}

control::BudgetReport sample() {
  control::BudgetReport report;
  report.items = {line("key", "ci", cents(325), cents(2)),
                  line("user", "ada", dollars(95), Money()),
                  line("team", "web", dollars(100), Money())};
  control::BudgetLine& model = report.items.emplace_back(line("key", "ci", Money(), Money()));
  model.model = "gpt-4o";
  model.window = "";
  model.resets_at.reset();
  control::HoldLine hold;
  hold.request_id = "req_01k9zt8m3rn5v7x9zbdfhjkmnp";
  hold.key_id = "key_7dz1pq4m8w2n";
  hold.key_name = "ci";
  hold.user = "ada";
  hold.model = "gpt-4o";
  hold.provider = "openai";
  hold.amount_usd = cents(2);
  hold.admitted_at = parse_rfc3339("2026-11-23T09:59:30Z");
  hold.deadline_at = parse_rfc3339("2026-11-23T10:09:30Z");
  report.holds.push_back(hold);
  hold.request_id = "req_01k9zt8m3rn5v7x9zbdfhjkmnq";
  hold.deadline_at = parse_rfc3339("2026-11-23T09:59:50Z");
  hold.overdue = true;
  report.holds.push_back(hold);
  report.unsettled.push_back(unsettled());
  return report;
}

std::string text(const auto& message) {
  return dump(control::encode(message));
}

}  // namespace

TEST_CASE("budgets of every level are shown with what is spent, held and left") {
  Session session;
  session.daemon.answer("GET /v1/budgets", text(sample()));
  session.run("budget show --key ci");
  CHECK(session.daemon.asked.back().target == "/v1/budgets?key=ci");
  CHECK(matches_golden("budget-show.tsv", session.console.out));
  session.run("budget show -o csv");
  CHECK(session.daemon.asked.back().target == "/v1/budgets");
  CHECK(matches_golden("budget-show.csv", session.console.out));
  session.run("budget show --json");
  CHECK(matches_golden("budget-show.json", session.console.out));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("budget show");
  CHECK(matches_golden("budget-show-80.txt", session.console.out));
}

TEST_CASE("whose budget is said once, and for a reset it must be said") {
  for (const char* words : {"budget show --key a --user b", "budget reset --yes",
                            "budget reset --user a --team b --yes"}) {
    Session session;
    session.run(words);
    CHECK_MESSAGE(session.exit_code == 2, words);
    CHECK(session.daemon.asked.empty());
    CHECK(session.console.error.find("  do:  ") != std::string::npos);
  }
}

TEST_CASE("a reset shows what would go, asks, and resets then") {
  Session session;
  control::BudgetResetAnswer answer;
  answer.items = {line("user", "ada", dollars(95), Money())};
  session.daemon.answer("POST /v1/budgets/reset", text(answer));

  session.run("budget reset --user ada");
  CHECK(session.exit_code == 2);
  CHECK(session.daemon.asked.size() == 1);
  CHECK(session.daemon.asked.back().body == R"({"user":"ada","dry_run":true})");

  session.run("budget reset --user ada --window month --model gpt-4o --yes");
  CHECK(session.exit_code == 0);
  CHECK(session.daemon.asked.back().body == R"({"user":"ada","model":"gpt-4o","window":"month"})");
  CHECK(session.console.error.find("Reset user ada: $95.00 of $100.00 a month") !=
        std::string::npos);

  session.console.make_terminal();
  session.console.lines = {"n"};
  session.daemon.asked.clear();
  session.run("budget reset --user ada");
  CHECK(session.exit_code == 1);
  CHECK(session.daemon.asked.size() == 1);
}

TEST_CASE("unsettled charges are shown without any budget too, and how to release them") {
  Session session;
  control::BudgetReport report;
  report.unsettled.push_back(unsettled());
  session.daemon.answer("GET /v1/budgets", text(report));
  session.console.make_terminal();
  session.console.variables["NO_COLOR"] = "1";
  session.run("budget show");
  CHECK(session.console.out.find("req_01k9zt8m3rn5v7x9zbdfhjkmnr") != std::string::npos);
  CHECK(session.console.out.find("$0.61") != std::string::npos);
  CHECK(session.console.error.find("litegw budget release ID") != std::string::npos);
}

TEST_CASE("a release shows what would go, asks, and releases then") {
  const std::string id = unsettled().request_id;
  control::BudgetReleaseAnswer answer;
  answer.items = {unsettled()};
  answer.from = {from("key", "ci", "month", true), from("user", "ada", "", true),
                 from("team", "web", "day", false)};
  Session session;
  session.daemon.answer("POST /v1/budgets/release", text(answer));

  session.run("budget release " + id);
  CHECK(session.exit_code == 2);
  CHECK(session.daemon.asked.size() == 1);
  CHECK(session.daemon.asked.back().body == R"({"request_ids":[")" + id + R"("],"dry_run":true})");

  session.run("budget release " + id + " --dry-run");
  CHECK(session.exit_code == 0);
  CHECK(session.daemon.asked.size() == 2);
  CHECK(session.console.error.find("Would release $0.61 of " + id) != std::string::npos);

  session.run("budget release " + id + " --yes");
  CHECK(session.exit_code == 0);
  CHECK(session.daemon.asked.back().body == R"({"request_ids":[")" + id + R"("]})");
  CHECK(matches_golden("budget-release.txt", session.console.error));

  session.run("budget release " + id + " --yes --json");
  CHECK(matches_golden("budget-release.json", session.console.out));

  session.console.make_terminal();
  session.console.lines = {"n"};
  session.daemon.asked.clear();
  session.run("budget release " + id);
  CHECK(session.exit_code == 1);
  CHECK(session.daemon.asked.size() == 1);
  CHECK(session.console.error.find("Nothing was released.") != std::string::npos);
}

TEST_CASE("a release without a request is wrong usage") {
  Session session;
  session.run("budget release --yes");
  CHECK(session.exit_code == 2);
  CHECK(session.daemon.asked.empty());
}
