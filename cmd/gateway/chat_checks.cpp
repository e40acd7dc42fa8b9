#include <fmt/format.h>

#include "cmd/gateway/checks.h"
#include "cmd/gateway/troubleshooting.h"
#include "cmd/render/cells.h"

namespace litegw::cmd {
namespace {

// Enough events to see whether something on the way collects them.
constexpr std::size_t events_to_judge = 5;
// A model takes longer than this to write them; what comes closer together was collected.
constexpr Duration apart = milliseconds(20);
constexpr Duration thinking = milliseconds(150);
constexpr const char* pause_of_probe = "600ms";
constexpr Duration half_of_pause = milliseconds(300);

Next check_short_chat(Gateway& gateway, const TestRun& run, Report& report) {
  ChatAnswer answer = ask_chat(gateway, chat_body(run.model, "Reply with the single word OK."));
  Check check{"chat", "Chat", Verdict::passed,     fmt::format("{} answered", run.model),
              "",     0,      answer.took.count(), false};
  if (!answer.problem) {
    report.add(std::move(check));
    return Next::go_on;
  }
  if (answer.problem->kind == Problem::Kind::interrupted) return Next::interrupted;
  set_problem(check, *answer.problem, Verdict::failed);
  report.add(std::move(check));
  return answer.problem->kind == Problem::Kind::key_refused ? Next::refused : Next::stop;
}

Next check_stream(Gateway& gateway, TestRun& run, Report& report) {
  Json body = chat_body(run.model, "Count from 1 to 20, one number a line.");
  body["stream"] = true;
  body["stream_options"] = Json{{"include_usage", true}};
  ChatAnswer answer = ask_chat(gateway, body);
  Check check{"stream", "Streamed chat", Verdict::passed, "", "", 0, answer.took.count(), false};
  if (answer.problem) {
    if (answer.problem->kind == Problem::Kind::interrupted) return Next::interrupted;
    set_problem(check, *answer.problem, Verdict::failed);
    report.add(std::move(check));
    return Next::go_on;
  }
  check.detail = fmt::format("{} events in {} pieces, the first after {}", answer.events,
                             answer.pieces, duration_cell(answer.first.count()).shown);
  report.add(std::move(check));
  run.stream = std::move(answer);
  return Next::go_on;
}

void set_buffered(Check& check, Duration first) {
  check.verdict = Verdict::failed;
  check.detail = fmt::format("the whole stream came at once, after {}: something collects it",
                             duration_cell(first.count()).shown);
  check.fix = "turn buffering off: nginx proxy_buffering off; Caddy flush_interval -1";
  check.row = row::buffering;
}

// A stream of litegw's own with a pause in it shows at once whether something collects.
std::optional<ChatAnswer> ask_with_pause(Gateway& gateway, const TestRun& run) {
  if (!gateway.is_litegw()) return std::nullopt;
  Json body = chat_body(run.model, "ping");
  body["stream"] = true;
  body["max_tokens"] = 1;  // should it reach a model after all
  ChatAnswer answer =
      ask_chat(gateway, body, GatewayRequest{.headers = {{"x-litegw-test-delay", pause_of_probe}}});
  bool interrupted = answer.problem && answer.problem->kind == Problem::Kind::interrupted;
  if (!answer.is_delayed && !interrupted) return std::nullopt;
  return answer;
}

// Of another gateway only a model's own answer can be looked at.
void judge_by_model(const TestRun& run, Check& check) {
  const ChatAnswer& answer = *run.stream;
  Duration spread = answer.last - answer.first;
  if (answer.events >= events_to_judge && spread >= apart) {
    check.detail =
        fmt::format("{} events over {}", answer.events, duration_cell(spread.count()).shown);
    return;
  }
  if (answer.events >= events_to_judge && answer.first - run.round_trip > thinking)
    return set_buffered(check, answer.first);
  check.verdict = Verdict::skipped;
  check.detail = "the model answered too quickly to tell";
}

Next check_buffering(Gateway& gateway, const TestRun& run, Report& report) {
  if (!run.stream) return Next::go_on;
  Check check{"buffering", "Buffering", Verdict::passed, "", "", 0, 0, false};
  auto paused = ask_with_pause(gateway, run);
  if (!paused) {
    judge_by_model(run, check);
    report.add(std::move(check));
    return Next::go_on;
  }
  check.duration_us = paused->took.count();
  if (paused->problem) {
    if (paused->problem->kind == Problem::Kind::interrupted) return Next::interrupted;
    set_problem(check, *paused->problem, Verdict::failed);
  } else if (paused->last - paused->first < half_of_pause) {
    set_buffered(check, paused->first);
  } else {
    check.detail = fmt::format("pieces arrive apart, the first after {}",
                               duration_cell(paused->first.count()).shown);
  }
  report.add(std::move(check));
  return Next::go_on;
}

}  // namespace

Json chat_body(const std::string& model, const std::string& prompt) {
  Json body = Json::object();
  body["model"] = model;
  body["messages"] = Json::array({Json{{"role", "user"}, {"content", prompt}}});
  return body;
}

Next check_chat(Gateway& gateway, TestRun& run, Report& report) {
  Next next = check_short_chat(gateway, run, report);
  if (next == Next::go_on) next = check_stream(gateway, run, report);
  if (next == Next::go_on) next = check_buffering(gateway, run, report);
  return next;
}

Next check_usage(Gateway& gateway, const TestRun& run, Report& report) {
  if (!run.stream) return Next::go_on;
  Check check{"usage", "Usage chunk", Verdict::passed, "tokens are reported at the end", "", 0,
              0,       true};
  if (!run.stream->has_usage) {
    check.verdict = broken(gateway);
    check.detail = "no chunk carried usage";
    check.fix = "Cursor needs it to compact long chats";
    check.row = row::no_usage;
  }
  report.add(std::move(check));
  return Next::go_on;
}

}  // namespace litegw::cmd
