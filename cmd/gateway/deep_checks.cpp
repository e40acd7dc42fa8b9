// --deep: what takes long or is large. Neither asks a model of litegw's: nothing is spent.
#include <fmt/format.h>

#include "cmd/gateway/checks.h"
#include "cmd/gateway/troubleshooting.h"
#include "cmd/render/cells.h"

namespace litegw::cmd {
namespace {

constexpr std::size_t large_body = std::size_t{5} << 20;
constexpr const char* delay_header = "x-litegw-test-delay";
// Another gateway is asked for this one, so that no model gets 5 MiB to read.
constexpr const char* no_such_model = "litegw-test-no-such-model";

void judge_silence(const ChatAnswer& answer, Duration asked, Check& check) {
  Duration lasted = answer.last - answer.first;
  if (answer.problem) {
    set_problem(check, *answer.problem, Verdict::failed);
    check.detail = fmt::format("after {} of {}: {}", duration_cell(answer.took.count()).shown,
                               to_text(asked), check.detail);
    check.row = row::idle_cut;
    check.fix =
        "raise the idle and read timeouts on the way (nginx proxy_read_timeout 3600s), keep "
        "cursor.keepalive at 10s";
  } else if (lasted < asked / 2) {
    check.verdict = Verdict::failed;
    check.detail = "nothing arrived before the end: something collects the stream";
    check.row = row::buffering;
    check.fix = "turn buffering off: nginx proxy_buffering off; Caddy flush_interval -1";
  } else {
    check.detail = fmt::format("survived; {} comments arrived meanwhile",
                               answer.pieces > 2 ? answer.pieces - 2 : 0);
  }
}

Next check_silence(Gateway& gateway, const TestRun& run, Report& report) {
  Check check{
      "silence", "Silence", Verdict::skipped, "only litegw can be asked to be silent", "", 0,
      0,         true};
  if (gateway.is_litegw()) {
    Json body = chat_body(run.model, "ping");
    body["stream"] = true;
    body["max_tokens"] = 1;
    GatewayRequest how{.headers = {{delay_header, to_text(run.silence)}}};
    how.patience = run.silence + gateway.timeout();
    ChatAnswer answer = ask_chat(gateway, body, how);
    check.duration_us = answer.took.count();
    if (answer.problem && answer.problem->kind == Problem::Kind::interrupted)
      return Next::interrupted;
    check.title = fmt::format("Silence of {}", to_text(run.silence));
    check.detail = "litegw answers it on its /cursor routes only";
    if (answer.is_delayed || answer.problem) {
      check.verdict = Verdict::passed;
      judge_silence(answer, run.silence, check);
    }
  }
  report.add(std::move(check));
  return Next::go_on;
}

bool is_about_size(const Problem& problem) {
  return problem.row == row::body_size || problem.row == row::buffering ||
         problem.row == row::hidden_error;
}

Next check_large(Gateway& gateway, const TestRun& run, Report& report) {
  bool ours = gateway.is_litegw();
  Json body = chat_body(ours ? run.model : no_such_model, std::string(large_body, 'x'));
  body["stream"] = true;
  body["max_tokens"] = 1;
  GatewayRequest how;
  // Answered by litegw itself.
  if (ours) how.headers = {{delay_header, "1ms"}};
  // On its other routes the model is unknown, as elsewhere.
  if (ours && gateway.url().path.find("/cursor") == std::string::npos)
    body["model"] = no_such_model;
  ChatAnswer answer = ask_chat(gateway, body, how);
  Check check{"large_body",        "5 MiB body", Verdict::passed, "arrived", "", 0,
              answer.took.count(), false};
  if (answer.problem && answer.problem->kind == Problem::Kind::interrupted)
    return Next::interrupted;
  if (answer.problem && is_about_size(*answer.problem)) {
    set_problem(check, *answer.problem, Verdict::failed);
    check.row = row::body_size;
    check.fix = "allow 32 MiB: nginx client_max_body_size 32m; litegw server.max_body";
  }
  report.add(std::move(check));
  return Next::go_on;
}

}  // namespace

Next check_deep(Gateway& gateway, const TestRun& run, Report& report) {
  if (!run.deep) return Next::go_on;
  Next next = check_silence(gateway, run, report);
  if (next == Next::go_on) next = check_large(gateway, run, report);
  return next;
}

}  // namespace litegw::cmd
