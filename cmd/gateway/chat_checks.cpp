#include <optional>

#include <fmt/format.h>

#include "cmd/gateway/checks.h"
#include "cmd/render/cells.h"
#include "common/base/text.h"
#include "common/http/sse.h"

namespace litegw::cmd {
namespace {

// Enough pieces to see whether something on the way collects them.
constexpr std::size_t pieces_to_judge = 5;
constexpr Duration quick_answer = milliseconds(100);

Json chat_body(const std::string& model, const std::string& prompt) {
  Json body = Json::object();
  body["model"] = model;
  body["messages"] = Json::array({Json{{"role", "user"}, {"content", prompt}}});
  return body;
}

std::string fix_for(int status) {
  if (status == 401 || status == 403) return "litegw key show KEY: may it call this model?";
  if (status == 429)
    return "a budget or a limit: litegw key show KEY, litegw log tail --status 429";
  if (status >= 500) return "the provider failed: litegw log show last, litegw model show MODEL";
  return "litegw log show last tells the cause";
}

int row_for(int status) {
  if (status == 401 || status == 403) return 6;
  if (status == 429 || status >= 500) return 8;
  return 0;
}

Next check_short_chat(Gateway& gateway, const std::string& model, Report& report) {
  auto response = gateway.send("POST", "/chat/completions",
                               dump(chat_body(model, "Reply with the single word OK.")));
  Check check{"chat", "Chat", Verdict::failed, "", "", 0, 0, false};
  if (!response) {
    check.detail = response.error().message;
    report.add(std::move(check));
    return Next::stop;
  }
  check.duration_us = gateway.took().count();
  Result<Json> json = parse_json(response->body);
  bool answered = response->status == 200 && json && json->is_object() &&
                  json->contains("choices") && (*json)["choices"].is_array() &&
                  !(*json)["choices"].empty();
  if (!answered) {
    check.detail = response->status == 200 ? "status 200 without choices" : answer_text(*response);
    check.fix = fix_for(response->status);
    check.row = response->status == 200 ? 15 : row_for(response->status);
    report.add(std::move(check));
    bool refused = response->status == 401 || response->status == 403;
    return refused ? Next::refused : Next::stop;
  }
  check.verdict = Verdict::passed;
  check.detail = fmt::format("{} answered", model);
  report.add(std::move(check));
  return Next::go_on;
}

// What a stream showed.
struct Stream {
  http::SseParser parser;
  std::string refused;  // body of an answer that is none
  std::size_t pieces = 0, events = 0;
  Duration first{}, last{};
  bool done = false, broken = false, has_error = false;
  bool has_usage = false;
  std::string problem;

  void take(std::string_view bytes, Duration after) {
    if (pieces++ == 0) first = after;
    last = after;
    Status fed = parser.feed(bytes, [this](const http::SseEvent& event) { take_event(event); });
    if (!fed) problem = fed.error().message;
  }

  void take_event(const http::SseEvent& event) {
    if (event.data == "[DONE]") {
      done = true;
      return;
    }
    ++events;
    Result<Json> json = parse_json(event.data);
    if (!json || !json->is_object()) {
      broken = true;
      return;
    }
    has_error = has_error || json->contains("error");
    has_usage = has_usage || (json->contains("usage") && (*json)["usage"].is_object());
  }
};

http::OnAnswer listen_to(Stream& stream) {
  http::OnAnswer callbacks;
  callbacks.on_body = [&stream](const http::Response& head, std::string_view piece,
                                Duration after) {
    if (head.status == 200)
      stream.take(piece, after);
    else
      stream.refused += piece;
    return stream.problem.empty();
  };
  return callbacks;
}

Check judge_stream(const http::Response& response, const Stream& stream, Duration took) {
  Check check{"stream", "Streamed chat", Verdict::failed, "", "", 0, took.count(), false};
  std::string type = to_lower(response.find("content-type").value_or(""));
  if (!type.starts_with("text/event-stream")) {
    check.detail = fmt::format("content-type is '{}', not text/event-stream", type);
    check.fix = "does a proxy on the way rewrite answers?";
    check.row = 15;
    return check;
  }
  if (stream.broken || stream.has_error || !stream.problem.empty() || stream.events == 0) {
    check.detail = stream.has_error     ? "an error came in the stream"
                   : stream.events == 0 ? "no event came"
                                        : "an event is no JSON object";
    check.fix = "litegw log show last tells the cause";
    check.row = 15;
    return check;
  }
  if (!stream.done) {
    check.detail = fmt::format("cut after {} events, without [DONE]", stream.events);
    check.fix = "does a proxy on the way end long answers? see its read timeout";
    check.row = 28;
    return check;
  }
  check.detail = fmt::format("{} events in {} pieces, the first after {}", stream.events,
                             stream.pieces, duration_cell(stream.first.count()).shown);
  bool together = stream.pieces < 3 && stream.events >= pieces_to_judge;
  if (together && stream.first > quick_answer) {
    check.detail += ": something on the way collects them";
    check.fix = "turn buffering off: nginx proxy_buffering off; Caddy flush_interval -1";
    check.row = 28;
    return check;
  }
  check.verdict = Verdict::passed;
  return check;
}

void check_stream(Gateway& gateway, const std::string& model, Report& report) {
  Json body = chat_body(model, "Count from 1 to 20, one number a line.");
  body["stream"] = true;
  body["stream_options"] = Json{{"include_usage", true}};
  Stream stream;
  auto response = gateway.send("POST", "/chat/completions", dump(body), {}, listen_to(stream));
  if (!response) {
    report.add(Check{"stream", "Streamed chat", Verdict::failed, response.error().message,
                     "does a proxy on the way cut long answers?", 28, 0, false});
    return;
  }
  if (response->status != 200) {
    response->body = stream.refused;
    report.add(Check{"stream", "Streamed chat", Verdict::failed, answer_text(*response),
                     fix_for(response->status), row_for(response->status), gateway.took().count(),
                     false});
    return;
  }
  Check streamed = judge_stream(*response, stream, gateway.took());
  bool judged = streamed.verdict == Verdict::passed;
  report.add(std::move(streamed));
  if (!judged) return;
  Check usage{"usage", "Usage chunk", Verdict::passed, "tokens are reported at the end", "", 0,
              0,       true};
  if (!stream.has_usage) {
    usage.verdict = gateway.is_litegw() ? Verdict::failed : Verdict::warning;
    usage.detail = "no chunk carried usage";
    usage.fix = "Cursor needs it to compact long chats";
    usage.row = 29;
  }
  report.add(std::move(usage));
}

}  // namespace

Next check_chat(Gateway& gateway, const TestOptions& options, Report& report) {
  Next next = check_short_chat(gateway, options.model, report);
  if (next != Next::go_on) return next;
  check_stream(gateway, options.model, report);
  return Next::go_on;
}

}  // namespace litegw::cmd
