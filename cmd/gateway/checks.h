// The checks of `litegw test`, in the order of a client's way. Each adds its lines to the report.
// Blocking, one thread.
#pragma once

#include <optional>
#include <string>

#include "cmd/gateway/chat_answer.h"
#include "cmd/gateway/gateway.h"
#include "cmd/gateway/problem.h"
#include "cmd/gateway/report.h"

namespace litegw::cmd {

// How to go on.
enum class Next { go_on, unreachable, refused, stop, interrupted };

// What was asked for, and what the checks so far have learnt.
struct TestRun {
  std::string typed;  // the base URL as given
  bool allow_private = false;
  bool deep = false;
  Duration silence = seconds(45);
  std::string model;                 // empty = the first that the key may call
  Duration round_trip{};             // of a request that no model has to answer
  std::optional<ChatAnswer> stream;  // the streamed chat, when it was whole
};

// URL form, DNS, TCP, TLS, HTTP.
Next check_connection(Gateway& gateway, const TestRun& run, Report& report);
// CORS preflight, models, Cursor's view of the name, Verify probe.
Next check_account(Gateway& gateway, TestRun& run, Report& report);
// Short chat, streamed chat, buffering.
Next check_chat(Gateway& gateway, TestRun& run, Report& report);
// The bodies that Cursor posts beside plain chat, and calls of tools.
Next check_shapes(Gateway& gateway, const TestRun& run, Report& report);
Next check_tools(Gateway& gateway, const TestRun& run, Report& report);
// Name suffix, Azure's route, the usage chunk.
Next check_names(Gateway& gateway, const TestRun& run, Report& report);
Next check_usage(Gateway& gateway, const TestRun& run, Report& report);
// --deep: silence, a large body.
Next check_deep(Gateway& gateway, const TestRun& run, Report& report);

// ---- shared by the above

// A promise of ours is a failure only where we are: another gateway gets a note.
inline Verdict broken(const Gateway& gateway) {
  return gateway.is_litegw() ? Verdict::failed : Verdict::warning;
}
// Gives `check` what the problem says; its own row stays where the problem has none.
void set_problem(Check& check, const Problem& problem, Verdict verdict);
// How a failed request that is not the first of its kind ends the run: only when the user wants it.
inline Next next_after(const std::optional<Problem>& problem) {
  bool interrupted = problem && problem->kind == Problem::Kind::interrupted;
  return interrupted ? Next::interrupted : Next::go_on;
}

// {"model", "messages": [one of the user]}.
Json chat_body(const std::string& model, const std::string& prompt);

// Where litegw or another gateway answers instead of the typed base URL; empty = nowhere near.
std::string find_base(Gateway& gateway);

}  // namespace litegw::cmd
