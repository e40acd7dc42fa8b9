#include "daemon/dialects/chat/encode.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/dialects/neutral/json_text.h"

namespace litegw::dialects::chat {
namespace {

std::string failure_text(const AnswerFailure& failure, const std::string& request_id) {
  return fmt::format(
      "[litegw] The upstream stopped before the answer was complete ({}). Request id {}.",
      failure.type.empty() ? error_name(failure.error.code) : std::string_view(failure.type),
      request_id);
}

struct Wrapping {
  std::string_view open, close;
};
Wrapping wrapping(config::Reasoning reasoning) {
  if (reasoning == config::Reasoning::think) return {"<think>\n", "\n</think>\n\n"};
  return {"<details><summary>Thinking</summary>\n\n", "\n\n</details>\n\n"};
}

bool as_custom(ToolKind kind, const AnswerOptions& options) {
  return kind == ToolKind::custom && options.custom_calls == config::CustomCalls::custom;
}

}  // namespace

std::string_view finish_reason(StopReason reason) {
  switch (reason) {
    case StopReason::stop:
    case StopReason::stop_sequence:
    case StopReason::pause:
      return "stop";
    case StopReason::length:
    case StopReason::context:
      return "length";
    case StopReason::tools:
      return "tool_calls";
    case StopReason::filter:
      return "content_filter";
    case StopReason::malformed:
      return "error";
  }
  return "stop";
}

Json usage_json(const ledger::Usage& usage) {
  Json value = Json::object();
  value["prompt_tokens"] = usage.total_input();
  value["completion_tokens"] = usage.total_output();
  value["total_tokens"] = usage.total_input() + usage.total_output();
  if (!usage.reported) return value;
  Json details = Json{{"cached_tokens", usage.cache_read}};
  if (std::int64_t written = usage.cache_write + usage.cache_write_1h; written > 0)
    details["cache_write_tokens"] = written;
  if (usage.audio_input > 0) details["audio_tokens"] = usage.audio_input;
  value["prompt_tokens_details"] = std::move(details);
  value["completion_tokens_details"] = Json{{"reasoning_tokens", usage.reasoning}};
  return value;
}

void StreamEncoder::encode(const Event& event, std::string& out) {
  bool is_reasoning =
      std::holds_alternative<ReasoningDelta>(event) || std::holds_alternative<ReasoningEnd>(event);
  if (head_.empty())
    begin(std::holds_alternative<Start>(event) ? std::get<Start>(event) : Start{}, out);
  if (in_reasoning_ && !is_reasoning) end_reasoning(out);
  std::visit(Overloaded{
                 [](const Start&) {},
                 [&](const TextDelta& delta) { content(delta.text, out); },
                 [](const TextEnd&) {},
                 [&](const ReasoningDelta& delta) { reasoning(delta.text, out); },
                 [](const ReasoningEnd&) {},
                 [&](const ToolStart& start) { tool_start(start, out); },
                 [&](const ToolDelta& delta) { tool_delta(delta, out); },
                 [](const ToolEnd&) {},
                 [&](const RefusalDelta& delta) { refusal(delta.text, out); },
                 [&](const Annotation& annotation) {
                   if (annotation.family != "openai") return;
                   chunk(R"({"annotations":[)" + dump(annotation.value) + "]}", out);
                 },
                 [](const OpaqueItem&) {},
                 [&](const UsageEvent& usage) { usage_ = usage.usage; },
                 [&](const Stop& stop) { stop_ = stop; },
                 [&](const AnswerFailure& failure) { failure_ = failure; },
             },
             event);
}

void StreamEncoder::begin(const Start& start, std::string& out) {
  head_ = R"(data: {"id":)";
  append_quoted(head_, options_.id.empty() ? start.id : options_.id);
  head_ += fmt::format(R"(,"object":"chat.completion.chunk","created":{},"model":)",
                       options_.created != 0 ? options_.created : start.created);
  append_quoted(head_, options_.model.empty() ? start.model : options_.model);
  head_ += R"(,"choices":)";
  chunk(R"({"role":"assistant","content":""})", out);
}

void StreamEncoder::chunk(std::string_view delta, std::string& out) {
  out += head_;
  out += R"([{"index":0,"delta":)";
  out += delta;
  out += ",\"finish_reason\":null}]}\n\n";
}

void StreamEncoder::text_chunk(std::string_view member, std::string_view text, std::string& out) {
  out += head_;
  out += R"([{"index":0,"delta":{")";
  out += member;
  out += "\":";
  append_quoted(out, text);
  out += "},\"finish_reason\":null}]}\n\n";
}

void StreamEncoder::content(std::string_view text, std::string& out) {
  if (text.empty()) return;
  sent_content_ = true;
  text_chunk("content", text, out);
}

// Cursor reads no such member: its user would see an empty answer.
void StreamEncoder::refusal(std::string_view text, std::string& out) {
  if (options_.errors_as_text) return content(text, out);
  text_chunk("refusal", text, out);
}

void StreamEncoder::reasoning(std::string_view text, std::string& out) {
  if (text.empty() || options_.reasoning == config::Reasoning::hide) return;
  if (options_.reasoning == config::Reasoning::field)
    return text_chunk("reasoning_content", text, out);
  if (!std::exchange(in_reasoning_, true)) content(wrapping(options_.reasoning).open, out);
  content(text, out);
}

void StreamEncoder::end_reasoning(std::string& out) {
  in_reasoning_ = false;
  content(wrapping(options_.reasoning).close, out);
}

void StreamEncoder::tool_start(const ToolStart& start, std::string& out) {
  tools_[start.index] = start.kind;
  bool custom = as_custom(start.kind, options_);
  std::string delta = fmt::format(R"({{"tool_calls":[{{"index":{},"id":)", start.index);
  append_quoted(delta, start.id);
  delta += custom ? R"(,"type":"custom","custom":{"name":)"
                  : R"(,"type":"function","function":{"name":)";
  append_quoted(delta, start.name);
  delta += custom ? R"(,"input":""}}]})" : R"(,"arguments":""}}]})";
  chunk(delta, out);
}

void StreamEncoder::tool_delta(const ToolDelta& delta, std::string& out) {
  if (delta.text.empty()) return;
  auto tool = tools_.find(delta.index);
  bool custom = tool != tools_.end() && as_custom(tool->second, options_);
  out += head_;
  out += R"([{"index":0,"delta":{"tool_calls":[{"index":)";
  out += std::to_string(delta.index);
  out += custom ? R"(,"custom":{"input":)" : R"(,"function":{"arguments":)";
  append_quoted(out, delta.text);
  out += "}}]},\"finish_reason\":null}]}\n\n";
}

void StreamEncoder::end_chunk(std::string_view reason, std::string& out) {
  out += head_;
  out += R"([{"index":0,"delta":{},"finish_reason":)";
  append_quoted(out, reason);
  out += "}]}\n\n";
}

// openai-python raises on a data object with `error`; Cursor shows nothing for it.
void StreamEncoder::failure(std::string& out) {
  Json error{{"message", failure_->error.message},
             {"type", error_info(failure_->error.code).openai_type},
             {"param", nullptr},
             {"code", failure_->type.empty() ? std::string(error_name(failure_->error.code))
                                             : failure_->type}};
  out += head_;
  out += R"([{"index":0,"delta":{},"finish_reason":"error"}],"error":)" + dump(error) + "}\n\n";
}

void StreamEncoder::finish(std::string& out) {
  if (head_.empty()) begin(Start{}, out);
  if (in_reasoning_) end_reasoning(out);
  if (failure_ && !options_.errors_as_text) return failure(out);
  if (failure_) {
    content((sent_content_ ? "\n\n" : "") + failure_text(*failure_, options_.request_id), out);
    end_chunk("stop", out);
  } else {
    StopReason reason = stop_ ? stop_->reason : StopReason::stop;
    bool is_plain = reason == StopReason::stop || reason == StopReason::stop_sequence;
    end_chunk(finish_reason(is_plain && !tools_.empty() ? StopReason::tools : reason), out);
  }
  if (options_.include_usage) out += head_ + R"([],"usage":)" + dump(usage_json(usage_)) + "}\n\n";
  out += "data: [DONE]\n\n";
}

Json whole_answer(const Answer& answer, const AnswerOptions& options) {
  std::string text, reasoning, refusal;
  Json calls = Json::array();
  for (const Part& part : answer.parts) {
    if (const Text* piece = part.as<Text>()) text += piece->text;
    if (const Reasoning* piece = part.as<Reasoning>()) reasoning += piece->text;
    if (const Refusal* piece = part.as<Refusal>()) refusal += piece->text;
    const ToolCall* call = part.as<ToolCall>();
    if (!call) continue;
    const char* type = as_custom(call->kind, options) ? "custom" : "function";
    Json body{{"name", call->name},
              {as_custom(call->kind, options) ? "input" : "arguments", call->arguments}};
    calls.push_back(Json{{"id", call->id}, {"type", type}, {type, std::move(body)}});
  }
  bool is_shown = !reasoning.empty() && (options.reasoning == config::Reasoning::think ||
                                         options.reasoning == config::Reasoning::details);
  if (is_shown) {
    Wrapping around = wrapping(options.reasoning);
    text = std::string(around.open) + reasoning + std::string(around.close) + text;
  }
  if (options.errors_as_text) text += std::exchange(refusal, {});
  Json message{{"role", "assistant"}};
  message["content"] = text.empty() && (!calls.empty() || !refusal.empty()) ? Json() : Json(text);
  if (!refusal.empty()) message["refusal"] = refusal;
  if (!reasoning.empty() && options.reasoning == config::Reasoning::field)
    message["reasoning_content"] = reasoning;
  if (!answer.annotations.empty()) message["annotations"] = answer.annotations;
  if (!calls.empty()) message["tool_calls"] = std::move(calls);

  Json value = Json::object();
  value["id"] = options.id.empty() ? answer.start.id : options.id;
  value["object"] = "chat.completion";
  value["created"] = options.created != 0 ? options.created : answer.start.created;
  value["model"] = options.model.empty() ? answer.start.model : options.model;
  Json choice{{"index", 0}, {"message", std::move(message)}};
  choice["finish_reason"] = finish_reason(answer.reason());
  value["choices"] = Json::array({std::move(choice)});
  value["usage"] = usage_json(answer.usage);
  return value;
}

}  // namespace litegw::dialects::chat
