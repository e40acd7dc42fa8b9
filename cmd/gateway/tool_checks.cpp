// Calls of tools: a plain function, and the grammar tool by which Cursor's agent edits files.
#include <fmt/format.h>

#include "cmd/gateway/checks.h"
#include "cmd/gateway/troubleshooting.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

constexpr const char* patch_grammar = R"(start: begin hunk+ end
begin: "*** Begin Patch" LF
end: "*** End Patch" LF?
hunk: "*** Add File: " name LF line+
name: /(.+)/
line: "+" /(.*)/ LF
%import common.LF
)";

Problem problem(std::string detail, std::string fix, int row) {
  return {Problem::Kind::other, std::move(detail), std::move(fix), row};
}

// What every client trips over, whatever the tool.
std::optional<Problem> malformed(const ChatAnswer& answer) {
  if (answer.calls.empty()) return std::nullopt;
  const SeenCall& call = answer.calls.front();
  const char* fix = "the gateway must answer chat tool calls with index, id, type and name";
  if (answer.call_without_index)
    return problem("a piece of a tool call has no index", fix, row::custom_call);
  if (call.type != "function")
    return problem(fmt::format("a tool call of type '{}' came, Cursor reads 'function' only",
                               shorten(call.type, 40)),
                   fix, row::custom_call);
  if (call.id.empty() || call.name.empty())
    return problem("a tool call without id or name came", fix, row::custom_call);
  if (answer.finish_reason != "tool_calls")
    return problem(fmt::format("the finish reason is '{}', not 'tool_calls'",
                               shorten(answer.finish_reason, 40)),
                   fix, row::tools_lost);
  return std::nullopt;
}

bool is_json_object(const std::string& text) {
  Result<Json> json = parse_json(text);
  return json && json->is_object();
}

// Small models are free to ignore what they are forced to: only our own promise fails here.
std::optional<Problem> not_called(const ChatAnswer& answer, const char* name) {
  if (!answer.calls.empty() && answer.calls.front().name == name) return std::nullopt;
  if (!answer.calls.empty())
    return problem(fmt::format("a call of '{}' came, {} was forced",
                               shorten(answer.calls.front().name, 40), name),
                   "tools are mixed up on the way, or the model cannot call them", row::tools_lost);
  return problem(fmt::format("text instead of the forced call: '{}'", shorten(answer.text, 60)),
                 "tools are lost on the way, or the model cannot call any: try another model",
                 row::tools_lost);
}

Json tool_body(const TestRun& run, const std::string& prompt, Json tool, Json choice) {
  Json body = chat_body(run.model, prompt);
  body["stream"] = true;
  body["tools"] = Json::array({std::move(tool)});
  body["tool_choice"] = std::move(choice);
  return body;
}

Next check_function(Gateway& gateway, const TestRun& run, Report& report) {
  Json schema{{"type", "object"}, {"properties", Json{{"path", Json{{"type", "string"}}}}}};
  schema["required"] = Json::array({"path"});
  Json function{{"name", "read_file"}, {"description", "Reads a file."}, {"parameters", schema}};
  Json body = tool_body(run, "Read a.txt.", Json{{"type", "function"}, {"function", function}},
                        Json{{"type", "function"}, {"function", Json{{"name", "read_file"}}}});
  ChatAnswer answer = ask_chat(gateway, body);
  Check check{"tool_call", "Tool call", Verdict::passed, "", "", 0, answer.took.count(), false};
  if (answer.problem) {
    if (answer.problem->kind == Problem::Kind::interrupted) return Next::interrupted;
    set_problem(check, *answer.problem, Verdict::failed);
    if (check.row == row::none) check.row = row::tools_lost;
  } else if (auto bad = malformed(answer)) {
    set_problem(check, *bad, Verdict::failed);
  } else if (auto other = not_called(answer, "read_file")) {
    set_problem(check, *other, broken(gateway));
  } else if (!is_json_object(answer.calls.front().arguments)) {
    set_problem(check,
                problem("the arguments of a function call are no JSON object",
                        "are pieces lost or doubled on the way?", row::tools_lost),
                Verdict::failed);
  } else {
    check.detail = fmt::format("read_file({})", shorten(answer.calls.front().arguments, 60));
  }
  report.add(std::move(check));
  return Next::go_on;
}

// Raw text, not JSON around it.
std::optional<Problem> encoded_patch(const std::string& arguments) {
  if (!trim(arguments).empty() && !is_json_object(arguments)) return std::nullopt;
  return problem(fmt::format("the patch came as '{}'", shorten(arguments, 60)),
                 "the gateway must hand the tool's input on as raw text", row::patch_encoded);
}

Next check_custom(Gateway& gateway, const TestRun& run, Report& report) {
  Json format{{"type", "grammar"}, {"syntax", "lark"}, {"definition", patch_grammar}};
  Json tool{{"type", "custom"}, {"name", "ApplyPatch"}, {"description", "Edits files."}};
  tool["format"] = std::move(format);
  Json body = tool_body(run, "Add the file hello.txt with the line: hello. Use ApplyPatch.",
                        std::move(tool), Json{{"type", "custom"}, {"name", "ApplyPatch"}});
  ChatAnswer answer = ask_chat(gateway, body);
  Check check{"custom_tool", "Custom tool", Verdict::passed, "", "", 0, answer.took.count(), true};
  if (answer.problem) {
    if (answer.problem->kind == Problem::Kind::interrupted) return Next::interrupted;
    set_problem(check, *answer.problem, broken(gateway));
    if (check.row != row::hidden_error && check.row != row::no_chat_answer)
      check.row = row::custom_tool;
  } else if (auto bad = malformed(answer)) {
    set_problem(check, *bad, broken(gateway));
  } else if (auto other = not_called(answer, "ApplyPatch")) {
    set_problem(check, *other, broken(gateway));
  } else if (auto encoded = encoded_patch(answer.calls.front().arguments)) {
    set_problem(check, *encoded, broken(gateway));
  } else {
    check.detail = "a grammar tool is called as a function, with raw text";
  }
  report.add(std::move(check));
  return Next::go_on;
}

}  // namespace

Next check_tools(Gateway& gateway, const TestRun& run, Report& report) {
  Next next = check_function(gateway, run, report);
  if (next == Next::go_on) next = check_custom(gateway, run, report);
  return next;
}

}  // namespace litegw::cmd
