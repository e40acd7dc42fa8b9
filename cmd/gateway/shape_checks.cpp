// Bodies that Cursor posts to the chat path although they are not plain Chat Completions.
#include <fmt/format.h>

#include "cmd/gateway/checks.h"
#include "cmd/gateway/troubleshooting.h"
#include "common/control/api.h"

namespace litegw::cmd {
namespace {

const Json read_file_schema = Json{{"type", "object"},
                                   {"properties", Json{{"path", Json{{"type", "string"}}}}},
                                   {"required", Json::array({"path"})}};

struct Shape {
  const char* id;
  const char* title;
  int row;
  const char* fix;
};

// A limit, a failing provider, a cut answer; a refusal of the body is what was looked for.
bool has_own_row(const Problem& problem) {
  bool is_budget = problem.row == row::key && problem.kind == Problem::Kind::other;
  return is_budget || problem.row == row::hidden_error || problem.row == row::no_chat_answer ||
         problem.row == row::buffering;
}

Next check_shape(Gateway& gateway, const Shape& shape, const Json& body, const GatewayRequest& how,
                 Report& report) {
  ChatAnswer answer = ask_chat(gateway, body, how);
  Check check{shape.id, shape.title, Verdict::passed,     "answered as chat",
              "",       0,           answer.took.count(), true};
  if (answer.problem) {
    if (answer.problem->kind == Problem::Kind::interrupted) return Next::interrupted;
    set_problem(check, *answer.problem, broken(gateway));
    if (!has_own_row(*answer.problem)) {
      check.row = shape.row;
      check.fix = shape.fix;
    }
  }
  report.add(std::move(check));
  return Next::go_on;
}

Json responses_body(const std::string& model) {
  Json part{{"type", "input_text"}, {"text", "Reply with the single word OK."}};
  Json body = Json::object();
  body["model"] = model;
  body["messages"] = Json::array();
  body["input"] = Json::array({Json{{"role", "user"}, {"content", Json::array({part})}}});
  body["stream"] = true;
  body["stream_options"] = Json{{"include_usage", true}};
  body["store"] = false;
  body["tools"] = nullptr;
  body["metadata"] = Json{{"cursorConversationId", "litegw-test"}};
  return body;
}

Json anthropic_body(const std::string& model) {
  Json call{{"type", "tool_use"}, {"id", "toolu_litegw1"}, {"name", "read_file"}};
  call["input"] = Json{{"path", "a.txt"}};
  Json result{{"type", "tool_result"}, {"tool_use_id", "toolu_litegw1"}, {"content", "hello"}};
  Json text{{"type", "text"}, {"text", "Which word is in the file?"}};
  Json body = Json::object();
  body["model"] = model;
  body["max_tokens"] = 256;
  body["stream"] = true;
  body["system"] = Json::array({Json{{"type", "text"}, {"text", "Be brief."}}});
  body["messages"] =
      Json::array({Json{{"role", "user"}, {"content", "Read a.txt."}},
                   Json{{"role", "assistant"}, {"content", Json::array({call})}},
                   Json{{"role", "user"}, {"content", Json::array({result, text})}}});
  body["tools"] = Json::array({Json{{"name", "read_file"},
                                    {"description", "Reads a file."},
                                    {"input_schema", read_file_schema}}});
  body["tool_choice"] = Json{{"type", "auto"}};
  return body;
}

// The first follow-up after a tool: Cursor sends content [] beside the calls.
Json empty_content_body(const std::string& model) {
  Json call{{"id", "call_litegw1"}, {"type", "function"}};
  call["function"] = Json{{"name", "read_file"}, {"arguments", R"({"path":"a.txt"})"}};
  Json assistant{{"role", "assistant"}, {"content", Json::array()}};
  assistant["tool_calls"] = Json::array({call});
  Json function{{"name", "read_file"}, {"parameters", read_file_schema}};
  Json body = Json::object();
  body["model"] = model;
  body["stream"] = true;
  body["messages"] =
      Json::array({Json{{"role", "user"}, {"content", "Which word is in a.txt?"}}, assistant,
                   Json{{"role", "tool"}, {"tool_call_id", "call_litegw1"}, {"content", "hello"}}});
  body["tools"] = Json::array({Json{{"type", "function"}, {"function", function}}});
  return body;
}

}  // namespace

Next check_shapes(Gateway& gateway, const TestRun& run, Report& report) {
  const Shape responses{"responses_body", "Responses body", row::responses_body,
                        "names that look like GPT make Cursor post `input`: the gateway must "
                        "take it on the chat path"};
  const Shape anthropic{"anthropic_body", "Anthropic body", row::anthropic_body,
                        "names with claude- make Cursor post Anthropic blocks on the chat path"};
  const Shape empty{"empty_content", "Empty content", row::empty_content,
                    "the gateway must turn an assistant's content [] into null"};
  Next next = check_shape(gateway, responses, responses_body(run.model), {}, report);
  if (next == Next::go_on)
    next = check_shape(gateway, anthropic, anthropic_body(run.model), {}, report);
  if (next == Next::go_on)
    next = check_shape(gateway, empty, empty_content_body(run.model), {}, report);
  return next;
}

Next check_names(Gateway& gateway, const TestRun& run, Report& report) {
  const Shape suffix{"suffix", "Name suffix", row::name_suffix,
                     "Cursor's picker appends -thinking, -high, -fast: the gateway must read them"};
  const Shape azure{"azure", "Azure route", row::azure,
                    "where Cursor shows no base URL field, its Azure setting needs "
                    "/openai/deployments/MODEL/chat/completions"};
  const std::string prompt = "Reply with the single word OK.";
  Next next =
      check_shape(gateway, suffix, chat_body(run.model + "-thinking-high", prompt), {}, report);
  if (next != Next::go_on) return next;
  GatewayRequest how;
  how.path = fmt::format("{}/openai/deployments/{}/chat/completions?api-version=2024-10-21",
                         gateway.prefix(), control::percent_encode(run.model));
  how.whole = true;
  how.headers = {{"api-key", gateway.key().reveal()}};
  return check_shape(gateway, azure, chat_body(run.model, prompt), how, report);
}

}  // namespace litegw::cmd
