#include "daemon/providers/decoder.h"

#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/dialects/chat/answer.h"
#include "daemon/providers/failure.h"

namespace litegw::providers {

using dialects::AnswerFailure;
using dialects::Events;

void AnswerDecoder::fail(ErrorCode code, std::string message, std::string type, Events& out) {
  if (std::exchange(failed_, true)) return;
  out.push_back(AnswerFailure{make_error(code, std::move(message)), std::move(type)});
}

void AnswerDecoder::fail_with(const Json& body, Events& out) {
  constexpr int claimed_success = 200;
  dialects::chat::AnswerError error = dialects::chat::read_error(dump(body));
  Failure failure = classify(claimed_success, error, {});
  bool is_named = !error.type.empty() && error.type != "error";
  fail(failure.code, failure.message, is_named ? error.type : error.code, out);
}

void AnswerDecoder::feed(std::string_view bytes, Events& out) {
  if (failed_) return;
  if (framing_ == Framing::unknown) {
    std::size_t first = bytes.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return;  // DeepSeek sends empty lines while it queues
    char c = bytes[first];
    if (c == '<')
      return fail(ErrorCode::upstream_bad_response, "the upstream answered with HTML", {}, out);
    framing_ = c == '{' || c == '[' ? Framing::json : Framing::events;
    bytes.remove_prefix(first);
  }
  if (framing_ == Framing::events) return feed_events(bytes, out);
  body_ += bytes;
  if (body_.size() > 4 * max_event)
    fail(ErrorCode::upstream_bad_response, "the upstream's answer is larger than 64 MiB", {}, out);
}

void AnswerDecoder::feed_events(std::string_view bytes, Events& out) {
  auto on_event = [&](const http::SseEvent& event) {
    if (failed_ || done_ || event.data.empty()) return;
    if (event.data == "[DONE]") {
      done_ = true;
      return;
    }
    Result<Json> data = parse_json(event.data);
    if (!data || !data->is_object())
      return fail(ErrorCode::upstream_bad_response,
                  fmt::format("the upstream sent an event that is no JSON object: {}",
                              escape_control(shorten(event.data, 80))),
                  {}, out);
    stream_event(*data, out);
  };
  if (Status fed = parser_.feed(bytes, on_event); !fed)
    fail(fed.error().code, fed.error().message, {}, out);
}

void AnswerDecoder::finish(Events& out) {
  if (failed_) return;
  // An event at the very end counts without its empty line.
  if (framing_ == Framing::events) feed_events("\n\n", out);
  if (framing_ == Framing::json) {
    Result<Json> body = parse_json(body_);
    if (!body || !body->is_object())
      return fail(ErrorCode::upstream_bad_response, "the upstream's answer is no JSON object", {},
                  out);
    whole_body(*body, out);
  }
  if (failed_) return;
  if (!is_complete())
    return fail(ErrorCode::upstream_bad_response,
                framing_ == Framing::unknown ? "the upstream's answer is empty"
                                             : "the upstream's answer ended before it was complete",
                {}, out);
  close(out);
}

const Json* member_of(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  for (const auto& [key, value] : object.get_ref<const Json::object_t&>())
    if (key == name) return value.is_null() ? nullptr : &value;
  return nullptr;
}

Json* member_of(Json& object, std::string_view name) {
  return const_cast<Json*>(member_of(std::as_const(object), name));
}

std::string_view text_of(const Json& object, std::string_view name) {
  const Json* value = member_of(object, name);
  return value && value->is_string() ? std::string_view(value->get_ref<const std::string&>())
                                     : std::string_view();
}

std::int64_t count_of(const Json& object, std::string_view name) {
  const Json* value = member_of(object, name);
  if (!value || !value->is_number()) return 0;
  double number = value->get<double>();
  constexpr double most = 1e15;
  return number > 0 && number < most ? static_cast<std::int64_t>(number) : 0;
}

}  // namespace litegw::providers
