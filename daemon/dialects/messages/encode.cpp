#include "daemon/dialects/messages/encode.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/dialects/neutral/json_text.h"
#include "daemon/dialects/neutral/state.h"

namespace litegw::dialects::messages {
namespace {

void write_event(std::string_view type, const Json& data, std::string& out) {
  out += fmt::format("event: {}\ndata: {}\n\n", type, dump(data));
}

std::string_view stop_reason(StopReason reason) {
  switch (reason) {
    case StopReason::stop:
      return "end_turn";
    case StopReason::stop_sequence:
      return "stop_sequence";
    case StopReason::length:
      return "max_tokens";
    case StopReason::context:
      return "model_context_window_exceeded";
    case StopReason::tools:
      return "tool_use";
    case StopReason::filter:
      return "refusal";
    case StopReason::pause:
      return "pause_turn";
    case StopReason::malformed:
      return "end_turn";
  }
  return "end_turn";
}

// Anthropic's own signature goes back as it came; state of others in our envelope.
std::string signature(const ReasoningState& state) {
  if (state.blob.empty() && state.family != "deepseek") return {};
  return state.family == "anthropic" ? state.blob : wrap_state(state);
}

Json message(const Start& start, const AnswerOptions& options) {
  Json value{{"id", options.id.empty() ? start.id : options.id}, {"type", "message"}};
  value["role"] = "assistant";
  value["model"] = options.model.empty() ? start.model : options.model;
  value["content"] = Json::array();
  value["stop_reason"] = nullptr;
  value["stop_sequence"] = nullptr;
  return value;
}

void set_stop(Json& value, StopReason reason, const std::optional<Stop>& stop) {
  value["stop_reason"] = stop_reason(reason);
  bool is_sequence = reason == StopReason::stop_sequence && stop && !stop->detail.empty();
  value["stop_sequence"] = is_sequence ? Json(stop->detail) : Json();
}

Json tool_input(const ToolCall& call) {
  if (call.kind == ToolKind::custom) return Json{{"input", call.arguments}};
  Result<Json> parsed = parse_json(call.arguments);
  if (parsed && parsed->is_object()) return std::move(*parsed);
  return call.arguments.empty() ? Json::object() : Json{{"_raw", call.arguments}};
}

}  // namespace

std::string_view error_type(ErrorCode code) {
  if (code == ErrorCode::unknown_model) return "not_found_error";
  switch (error_info(code).status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      break;
  }
  return error_info(code).status < 500 ? "invalid_request_error" : "api_error";
}

std::string error_body(const Error& error, std::string_view request_id) {
  Json body{{"type", "error"},
            {"error", {{"type", error_type(error.code)}, {"message", error.message}}}};
  body["request_id"] = request_id;
  return dump(body);
}

Json usage_json(const ledger::Usage& usage) {
  Json value{{"input_tokens", usage.input + usage.audio_input + usage.image_input}};
  value["cache_creation_input_tokens"] = usage.cache_write + usage.cache_write_1h;
  value["cache_read_input_tokens"] = usage.cache_read;
  value["output_tokens"] = usage.total_output();
  if (usage.cache_write_1h > 0)
    value["cache_creation"] = Json{{"ephemeral_5m_input_tokens", usage.cache_write},
                                   {"ephemeral_1h_input_tokens", usage.cache_write_1h}};
  return value;
}

void StreamEncoder::begin(std::string& out) {
  begun_ = true;
  Json value = message(start_, options_);
  value["usage"] = usage_json(usage_);
  write_event("message_start", Json{{"type", "message_start"}, {"message", std::move(value)}}, out);
}

void StreamEncoder::encode(const Event& event, std::string& out) {
  // The usage of an Anthropic upstream comes before its first block: message_start can carry it.
  if (const Start* start = std::get_if<Start>(&event)) start_ = *start;
  if (const UsageEvent* usage = std::get_if<UsageEvent>(&event)) usage_ = usage->usage;
  if (std::holds_alternative<Start>(event) || std::holds_alternative<UsageEvent>(event)) return;
  if (!begun_) begin(out);
  std::visit(Overloaded{
                 [](const Start&) {},
                 [&](const TextDelta& delta) { text(delta.text, out); },
                 [&](const TextEnd&) {
                   if (open_ == Open::text) close(out);
                 },
                 [&](const ReasoningDelta& piece) {
                   if (open_ == Open::tool) return;  // nothing to show beside a call
                   if (open_ != Open::thinking)
                     start_block(Open::thinking,
                                 Json{{"type", "thinking"}, {"thinking", ""}, {"signature", ""}},
                                 out);
                   delta("thinking_delta", "thinking", piece.text, out);
                 },
                 [&](const ReasoningEnd& end) { reasoning_end(end.state, out); },
                 [&](const ToolStart& start) {
                   had_tools_ = true;
                   if (open_ == Open::tool)
                     waiting_[start.index] = Waiting{start, {}, false};
                   else
                     open_tool(start, out);
                 },
                 [&](const ToolDelta& piece) {
                   if (piece.index == tool_ && open_ == Open::tool)
                     tool_text(piece.text, out);
                   else if (auto found = waiting_.find(piece.index); found != waiting_.end())
                     found->second.text += piece.text;
                 },
                 [&](const ToolEnd& end) { tool_end(end.index, out); },
                 [&](const RefusalDelta& delta) { text(delta.text, out); },
                 [](const Annotation&) {},
                 [&](const OpaqueItem& item) {
                   if (item.item.family != "anthropic" || open_ == Open::tool) return;
                   start_block(Open::text, item.item.value, out);
                   close(out);
                 },
                 [](const UsageEvent&) {},
                 [&](const Stop& stop) { stop_ = stop; },
                 [&](const AnswerFailure& failure) { failure_ = failure; },
             },
             event);
}

void StreamEncoder::start_block(Open kind, const Json& block, std::string& out) {
  close(out);
  open_ = kind;
  ++block_;
  write_event("content_block_start",
              Json{{"type", "content_block_start"}, {"index", block_}, {"content_block", block}},
              out);
}

void StreamEncoder::delta(std::string_view type, std::string_view member, std::string_view piece,
                          std::string& out) {
  out += "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":";
  out += std::to_string(block_);
  out += ",\"delta\":{\"type\":\"";
  out += type;
  out += "\",\"";
  out += member;
  out += "\":";
  append_quoted(out, piece);
  out += "}}\n\n";
}

void StreamEncoder::close(std::string& out) {
  if (open_ == Open::nothing) return;
  open_ = Open::nothing;
  out += fmt::format(
      "event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":{}}}\n\n",
      block_);
}

void StreamEncoder::text(const std::string& piece, std::string& out) {
  if (piece.empty()) return;
  if (open_ == Open::tool) {
    late_text_ += piece;
    return;
  }
  if (open_ != Open::text) start_block(Open::text, Json{{"type", "text"}, {"text", ""}}, out);
  delta("text_delta", "text", piece, out);
}

void StreamEncoder::reasoning_end(const ReasoningState& state, std::string& out) {
  if (open_ == Open::tool) return;
  if (state.redacted) {
    start_block(Open::thinking, Json{{"type", "redacted_thinking"}, {"data", signature(state)}},
                out);
    return close(out);
  }
  std::string signed_by = signature(state);
  if (open_ != Open::thinking && signed_by.empty()) return;
  if (open_ != Open::thinking)
    start_block(Open::thinking, Json{{"type", "thinking"}, {"thinking", ""}, {"signature", ""}},
                out);
  if (!signed_by.empty()) delta("signature_delta", "signature", signed_by, out);
  close(out);
}

void StreamEncoder::open_tool(const ToolStart& start, std::string& out) {
  Json block{{"type", "tool_use"}, {"id", start.id}, {"name", start.name}};
  block["input"] = Json::object();
  start_block(Open::tool, block, out);
  tool_ = start.index;
  tool_kind_ = start.kind;
  // Custom tools are unknown in this dialect: their text travels as one string member.
  if (tool_kind_ == ToolKind::custom)
    delta("input_json_delta", "partial_json", "{\"input\":\"", out);
}

void StreamEncoder::tool_text(std::string_view piece, std::string& out) {
  if (piece.empty()) return;
  if (tool_kind_ == ToolKind::function)
    return delta("input_json_delta", "partial_json", piece, out);
  std::string escaped;
  append_escaped(escaped, piece);
  delta("input_json_delta", "partial_json", escaped, out);
}

void StreamEncoder::tool_end(int index, std::string& out) {
  if (auto found = waiting_.find(index); found != waiting_.end()) found->second.ended = true;
  if (index != tool_ || open_ != Open::tool) return;
  if (tool_kind_ == ToolKind::custom) delta("input_json_delta", "partial_json", "\"}", out);
  close(out);
  next_waiting(out);
}

void StreamEncoder::next_waiting(std::string& out) {
  if (waiting_.empty()) return;
  Waiting next = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  open_tool(next.start, out);
  tool_text(next.text, out);
  if (next.ended) tool_end(next.start.index, out);
}

void StreamEncoder::finish(std::string& out) {
  if (failure_) {
    std::string type =
        failure_->type.empty() ? std::string(error_type(failure_->error.code)) : failure_->type;
    Json error{{"type", "error"},
               {"error", {{"type", type}, {"message", failure_->error.message}}}};
    if (!options_.request_id.empty()) error["request_id"] = options_.request_id;
    return write_event("error", error, out);
  }
  if (!begun_) begin(out);
  while (open_ == Open::tool)
    tool_end(tool_, out);
  close(out);
  if (!late_text_.empty()) text(std::exchange(late_text_, {}), out);
  close(out);
  StopReason reason = stop_ ? stop_->reason : StopReason::stop;
  bool is_plain = reason == StopReason::stop || reason == StopReason::stop_sequence;
  Json stop = Json::object();
  set_stop(stop, is_plain && had_tools_ ? StopReason::tools : reason, stop_);
  write_event(
      "message_delta",
      Json{{"type", "message_delta"}, {"delta", std::move(stop)}, {"usage", usage_json(usage_)}},
      out);
  write_event("message_stop", Json{{"type", "message_stop"}}, out);
}

Json whole_answer(const Answer& answer, const AnswerOptions& options) {
  Json value = message(answer.start, options);
  Json& content = value["content"];
  for (const Part& part : answer.parts) {
    if (const Text* text = part.as<Text>(); text && !text->text.empty())
      content.push_back(Json{{"type", "text"}, {"text", text->text}});
    if (const Refusal* refusal = part.as<Refusal>())
      content.push_back(Json{{"type", "text"}, {"text", refusal->text}});
    if (const Reasoning* reasoning = part.as<Reasoning>()) {
      const ReasoningState& state = reasoning->state;
      if (state.redacted)
        content.push_back(Json{{"type", "redacted_thinking"}, {"data", signature(state)}});
      else
        content.push_back(Json{
            {"type", "thinking"}, {"thinking", reasoning->text}, {"signature", signature(state)}});
    }
    if (const ToolCall* call = part.as<ToolCall>())
      content.push_back(Json{{"type", "tool_use"},
                             {"id", call->id},
                             {"name", call->name},
                             {"input", tool_input(*call)}});
    if (const Opaque* opaque = part.as<Opaque>(); opaque && opaque->family == "anthropic")
      content.push_back(opaque->value);
  }
  set_stop(value, answer.reason(), answer.stop);
  value["usage"] = usage_json(answer.usage);
  return value;
}

}  // namespace litegw::dialects::messages
