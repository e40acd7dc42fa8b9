#include "daemon/dialects/cursor/answers.h"

#include <utility>

#include "common/base/json.h"

namespace litegw::dialects::cursor {
namespace {

constexpr std::int64_t more_than_any_context = 1'000'000;

Json usage(std::int64_t input, std::int64_t output) {
  return Json{
      {"prompt_tokens", input}, {"completion_tokens", output}, {"total_tokens", input + output}};
}

Json body(const AnswerOptions& options, const char* object, Json choices) {
  Json value{{"id", options.id}, {"object", object}, {"created", options.created}};
  value["model"] = options.model;
  value["choices"] = std::move(choices);
  return value;
}

std::string reply(const AnswerOptions& options, const std::string& text, Json counted) {
  Json choice{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}};
  choice["finish_reason"] = "stop";
  Json value = body(options, "chat.completion", Json::array({std::move(choice)}));
  value["usage"] = std::move(counted);
  return dump(value);
}

std::string event(const Json& value) {
  return "data: " + dump(value) + "\n\n";
}

std::string chunk(const AnswerOptions& options, Json delta, Json finish_reason) {
  Json choice{{"index", 0}, {"delta", std::move(delta)}};
  choice["finish_reason"] = std::move(finish_reason);
  return event(body(options, "chat.completion.chunk", Json::array({std::move(choice)})));
}

std::string stream(const AnswerOptions& options, Json delta, Json counted) {
  Json last = body(options, "chat.completion.chunk", Json::array());
  last["usage"] = std::move(counted);
  return chunk(options, std::move(delta), nullptr) + chunk(options, Json::object(), "stop") +
         event(last) + "data: [DONE]\n\n";
}

}  // namespace

std::string verify_reply(const AnswerOptions& options) {
  return reply(options, "hi", usage(20, 1));
}

std::string overflow_reply(const AnswerOptions& options) {
  return reply(options, "", usage(more_than_any_context, 0));
}

std::string overflow_stream(const AnswerOptions& options) {
  return stream(options, Json{{"role", "assistant"}}, usage(more_than_any_context, 0));
}

std::string error_reply(const AnswerOptions& options, const std::string& text) {
  return reply(options, text, usage(0, 0));
}

std::string error_stream(const AnswerOptions& options, const std::string& text) {
  return stream(options, Json{{"role", "assistant"}, {"content", text}}, usage(0, 0));
}

std::string silence_begin(const AnswerOptions& options) {
  return chunk(options, Json{{"role", "assistant"}, {"content", ""}}, nullptr);
}

std::string silence_end(const AnswerOptions& options) {
  Json last = body(options, "chat.completion.chunk", Json::array());
  last["usage"] = usage(0, 0);
  return chunk(options, Json{{"content", "hi"}}, nullptr) + chunk(options, Json::object(), "stop") +
         event(last) + "data: [DONE]\n\n";
}

}  // namespace litegw::dialects::cursor
