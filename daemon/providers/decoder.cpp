#include "daemon/providers/decoder.h"

#include <cctype>
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

namespace {

// Four hex digits at `at`, or -1.
int code_unit(std::string_view text, std::size_t at) {
  int unit = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = i < text.size() ? text[i] : 'x';
    if (!std::isxdigit(static_cast<unsigned char>(c))) return -1;
    unit = unit * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return unit;
}

// The length of the escape at `at`, a pair of surrogates counting as one; 0 for half of a pair.
std::size_t whole_escape(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\\u") return 2;
  const int unit = code_unit(text, at + 2);
  const bool is_half = unit >= 0xd800 && unit < 0xe000;
  if (!is_half) return 6;
  const int next = text.substr(at + 6, 2) == "\\u" ? code_unit(text, at + 8) : -1;
  const bool is_pair = unit < 0xdc00 && next >= 0xdc00 && next < 0xe000;
  return is_pair ? 12 : 0;
}

// Some servers cut their text into deltas within a character: each half becomes U+FFFD.
std::string with_whole_characters(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    const auto byte = static_cast<unsigned char>(json[at]);
    std::size_t length = 1;
    std::string_view instead;
    if (byte == '\\') {
      length = whole_escape(json, at);
      if (length == 0) instead = "\\ufffd";
    } else if (byte >= 0x80) {
      length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      if (!is_valid_utf8(json.substr(at, length))) instead = "\xef\xbf\xbd";
    }
    out += instead.empty() ? json.substr(at, length) : instead;
    at += instead.empty() ? length : byte == '\\' ? 6 : 1;
  }
  return out;
}

}  // namespace

void AnswerDecoder::feed_events(std::string_view bytes, Events& out) {
  auto on_event = [&](const http::SseEvent& event) {
    if (failed_ || done_ || event.data.empty()) return;
    if (event.data == "[DONE]") {
      done_ = true;
      return;
    }
    Result<Json> data = parse_json(event.data);
    if (!data) data = parse_json(with_whole_characters(event.data));
    if (!data || !data->is_object())
      return fail(ErrorCode::upstream_bad_response,
                  fmt::format("the upstream sent an event that is no JSON object: {}",
                              escape_control(shorten(event.data, 80))),
                  {}, out);
    saw_event_ = true;
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
  const bool is_over = is_complete() || (done_ && saw_event_);
  if (!is_over)
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
