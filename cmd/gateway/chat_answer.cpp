#include "cmd/gateway/chat_answer.h"

#include <fmt/format.h>

#include "cmd/gateway/troubleshooting.h"
#include "cmd/interrupt.h"
#include "common/base/text.h"
#include "common/http/sse.h"

namespace litegw::cmd {
namespace {

constexpr std::size_t max_kept_body = 65536;

std::string text_of(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Reads one chat completion or its chunks into a ChatAnswer.
class Reader {
 public:
  explicit Reader(ChatAnswer& answer) : answer_(answer) {}

  bool done() const { return done_; }

  void take_piece(std::string_view bytes, Duration after) {
    if (answer_.pieces++ == 0) answer_.first = after;
    answer_.last = after;
    Status fed = parser_.feed(bytes, [this](const http::SseEvent& event) { take_event(event); });
    if (!fed) fail(fed.error().message);
  }

  void take_whole(const std::string& body) {
    Result<Json> json = parse_json(body);
    if (!json || !json->is_object()) return fail("status 200, but the body is no JSON object");
    take_object(*json, "message");
  }

  void fail(std::string detail) {
    if (answer_.problem) return;
    answer_.problem =
        Problem{Problem::Kind::other, std::move(detail),
                "something on the way rewrites answers, or it is no chat completions endpoint",
                row::no_chat_answer};
  }

 private:
  void take_event(const http::SseEvent& event) {
    if (event.data == "[DONE]") {
      done_ = true;
      return;
    }
    ++answer_.events;
    Result<Json> json = parse_json(event.data);
    if (!json || !json->is_object()) return fail("an event is no JSON object");
    take_object(*json, "delta");
  }

  void take_object(const Json& object, const char* part) {
    std::string type = text_of(object, "type");
    if (type.starts_with("response.") || text_of(object, "object") == "response")
      return fail(fmt::format("a Responses answer came ('{}'): Cursor reads chat completions only",
                              type.empty() ? "object: response" : shorten(type, 40)));
    if (const Json* error = member(object, "error"))
      return fail("an error came in the answer: " +
                  shorten(error->is_object() ? text_of(*error, "message") : dump(*error), 200));
    const Json* usage = member(object, "usage");
    answer_.has_usage = answer_.has_usage || (usage != nullptr && usage->is_object());
    const Json* choices = member(object, "choices");
    if (choices == nullptr || !choices->is_array())
      return fail("an object without choices came: Cursor shows an empty chat");
    for (const Json& choice : *choices)
      take_choice(choice, part);
  }

  void take_choice(const Json& choice, const char* part) {
    if (!choice.is_object()) return fail("a choice is no object");
    if (std::string reason = text_of(choice, "finish_reason"); !reason.empty())
      answer_.finish_reason = reason;
    const Json* message = member(choice, part);
    if (message == nullptr || !message->is_object()) return;
    answer_.text += text_of(*message, "content");
    const Json* calls = member(*message, "tool_calls");
    if (calls == nullptr || !calls->is_array()) return;
    std::size_t place = 0;
    for (const Json& call : *calls)
      take_call(call, std::string_view(part) == "delta", place++);
  }

  void take_call(const Json& call, bool streamed, std::size_t place) {
    if (!call.is_object()) return fail("a tool call is no object");
    const Json* index = member(call, "index");
    if (index != nullptr && index->is_number_unsigned()) place = index->get<std::size_t>();
    if (streamed && index == nullptr) answer_.call_without_index = true;
    constexpr std::size_t most_calls = 64;
    if (place >= most_calls) return fail("a tool call has an index without reason");
    if (answer_.calls.size() <= place) answer_.calls.resize(place + 1);
    SeenCall& seen = answer_.calls[place];
    seen.id += text_of(call, "id");
    seen.type += text_of(call, "type");
    for (const char* kind : {"function", "custom"}) {
      const Json* inner = member(call, kind);
      if (inner == nullptr || !inner->is_object()) continue;
      seen.name += text_of(*inner, "name");
      seen.arguments += text_of(*inner, "arguments") + text_of(*inner, "input");
    }
  }

  ChatAnswer& answer_;
  http::SseParser parser_;
  bool done_ = false;
};

void judge_stream(const http::Response& response, const Reader& reader, ChatAnswer& answer) {
  if (answer.problem) return;
  std::string type = to_lower(response.find("content-type").value_or(""));
  if (!type.starts_with("text/event-stream")) {
    answer.problem = Problem{Problem::Kind::other,
                             fmt::format("content-type is '{}', not text/event-stream", type),
                             "does a proxy on the way rewrite answers?", row::no_chat_answer};
  } else if (answer.events == 0) {
    answer.problem = Problem{Problem::Kind::other, "status 200, but no event came",
                             "litegw log show last tells the cause", row::no_chat_answer};
  } else if (!reader.done()) {
    answer.problem = Problem{
        Problem::Kind::other, fmt::format("cut after {} events, without [DONE]", answer.events),
        "does something on the way end long answers? see its read timeout", row::buffering};
  }
}

}  // namespace

ChatAnswer ask_chat(Gateway& gateway, const Json& body, GatewayRequest request) {
  request.method = "POST";
  if (request.path.empty()) request.path = "/chat/completions";
  request.body = dump(body);
  bool streamed = body.contains("stream") && body["stream"] == true;
  ChatAnswer answer;
  Reader reader(answer);
  std::string kept;
  http::OnAnswer callbacks;
  callbacks.on_body = [&](const http::Response& head, std::string_view piece, Duration after) {
    bool is_stream =
        to_lower(head.find("content-type").value_or("")).starts_with("text/event-stream");
    if (head.status == 200 && streamed && is_stream)
      reader.take_piece(piece, after);
    else if (kept.size() < max_kept_body)
      kept += piece;
    return !answer.problem && !InterruptWatch::is_interrupted();
  };
  auto response = gateway.send(request, streamed ? callbacks : http::OnAnswer{});
  answer.took = gateway.took();
  if (InterruptWatch::is_interrupted()) {
    answer.problem = Problem{Problem::Kind::interrupted, "interrupted", "", row::none};
    return answer;
  }
  if (!response) {
    answer.problem = problem_of(response.error());
    return answer;
  }
  if (streamed) response->body = std::move(kept);
  answer.is_delayed = response->find("x-litegw-test-delay").has_value();
  if (!answer.problem) answer.problem = problem_of(*response);
  if (answer.problem) return answer;
  if (streamed)
    judge_stream(*response, reader, answer);
  else
    reader.take_whole(response->body);
  return answer;
}

}  // namespace litegw::cmd
