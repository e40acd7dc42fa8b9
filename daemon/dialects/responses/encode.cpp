#include "daemon/dialects/responses/encode.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/dialects/neutral/json_text.h"
#include "daemon/dialects/neutral/state.h"

namespace litegw::dialects::responses {
namespace {

Json message_item(std::string id, Json content, const std::string& phase, const char* status) {
  Json item{{"id", std::move(id)}, {"type", "message"}, {"status", status}, {"role", "assistant"}};
  item["content"] = std::move(content);
  if (!phase.empty()) item["phase"] = phase;
  return item;
}

Json text_part(bool refusal, const std::string& text, const std::vector<Json>& annotations) {
  if (refusal) return Json{{"type", "refusal"}, {"refusal", text}};
  return Json{{"type", "output_text"}, {"text", text}, {"annotations", annotations}};
}

// OpenAI's own state goes back as it came; that of others in our envelope.
Json reasoning_item(std::string id, const std::string& text, const ReasoningState& state) {
  Json item{{"id", state.item_id.empty() ? std::move(id) : state.item_id}, {"type", "reasoning"}};
  item["summary"] = Json::array();
  if (!text.empty()) item["summary"].push_back(Json{{"type", "summary_text"}, {"text", text}});
  if (!state.blob.empty())
    item["encrypted_content"] = state.family == "openai" ? state.blob : wrap_state(state);
  return item;
}

Json call_item(std::string id, const ToolCall& call, const char* status) {
  bool custom = call.kind == ToolKind::custom;
  Json item{{"id", std::move(id)}, {"type", custom ? "custom_tool_call" : "function_call"}};
  item["status"] = status;
  item["call_id"] = call.id;
  item["name"] = call.name;
  item[custom ? "input" : "arguments"] = call.arguments;
  return item;
}

Json new_response(const Start& start, const AnswerOptions& options) {
  Json response = Json::object();
  response["id"] = options.id.empty() ? start.id : options.id;
  response["object"] = "response";
  response["created_at"] = options.created != 0 ? options.created : start.created;
  response["status"] = "in_progress";
  response["error"] = nullptr;
  response["incomplete_details"] = nullptr;
  response["instructions"] = nullptr;
  response["metadata"] = Json::object();
  response["model"] = options.model.empty() ? start.model : options.model;
  response["output"] = Json::array();
  response["parallel_tool_calls"] = true;
  response["previous_response_id"] = nullptr;
  response["store"] = false;
  response["temperature"] = nullptr;
  response["tool_choice"] = "auto";
  response["tools"] = Json::array();
  response["top_p"] = nullptr;
  response["usage"] = nullptr;
  return response;
}

// Sets status, incomplete_details or error; returns the type of the terminal event.
const char* conclude(Json& response, StopReason reason,
                     const std::optional<AnswerFailure>& failure) {
  if (failure || reason == StopReason::malformed) {
    response["status"] = "failed";
    std::string code = failure && !failure->type.empty() ? failure->type : "server_error";
    std::string message = failure ? failure->error.message : "the model's answer was malformed";
    response["error"] = Json{{"code", std::move(code)}, {"message", std::move(message)}};
    return "response.failed";
  }
  bool cut = reason == StopReason::length || reason == StopReason::context;
  if (cut || reason == StopReason::filter) {
    response["status"] = "incomplete";
    response["incomplete_details"] = Json{{"reason", cut ? "max_output_tokens" : "content_filter"}};
    return "response.incomplete";
  }
  response["status"] = "completed";
  return "response.completed";
}

}  // namespace

Json usage_json(const ledger::Usage& usage) {
  Json value{{"input_tokens", usage.total_input()}};
  value["input_tokens_details"] = Json{{"cached_tokens", usage.cache_read}};
  value["output_tokens"] = usage.total_output();
  value["output_tokens_details"] = Json{{"reasoning_tokens", usage.reasoning}};
  value["total_tokens"] = usage.total_input() + usage.total_output();
  return value;
}

std::string StreamEncoder::item_id(std::string_view prefix) const {
  std::string base = response_["id"].get<std::string>();
  if (base.starts_with("resp_")) base.erase(0, 5);
  return fmt::format("{}_{}_{}", prefix, base, output_.size());
}

void StreamEncoder::event(std::string_view type, Json fields, std::string& out) {
  out += "event: ";
  out += type;
  out += "\ndata: {\"type\":\"";
  out += type;
  out += "\",\"sequence_number\":";
  out += std::to_string(sequence_++);
  std::string rest = dump(fields);
  if (rest.size() > 2) {
    out += ',';
    out += std::string_view(rest).substr(1);
  } else {
    out += '}';
  }
  out += "\n\n";
}

void StreamEncoder::begin(const Start& start, std::string& out) {
  response_ = new_response(start, options_);
  event("response.created", Json{{"response", response_}}, out);
  event("response.in_progress", Json{{"response", response_}}, out);
}

std::size_t StreamEncoder::add_item(Json item, std::string& out) {
  std::size_t index = output_.size();
  event("response.output_item.added", Json{{"output_index", index}, {"item", item}}, out);
  output_.push_back(std::move(item));
  return index;
}

void StreamEncoder::item_done(std::size_t index, Json item, std::string& out) {
  event("response.output_item.done", Json{{"output_index", index}, {"item", item}}, out);
  output_[index] = std::move(item);
}

void StreamEncoder::encode(const Event& event_in, std::string& out) {
  if (response_.is_null())
    begin(std::holds_alternative<Start>(event_in) ? std::get<Start>(event_in) : Start{}, out);
  std::visit(Overloaded{
                 [](const Start&) {},
                 [&](const TextDelta& delta) { text("output_text", delta.text, out); },
                 [&](const TextEnd& end) {
                   phase_ = end.phase;
                   if (open_ == Open::message) close_message(out);
                 },
                 [&](const ReasoningDelta& delta) { reasoning(delta.text, out); },
                 [&](const ReasoningEnd& end) {
                   if (open_ != Open::reasoning) reasoning({}, out);
                   close_reasoning(end.state, out);
                 },
                 [&](const ToolStart& start) { tool_start(start, out); },
                 [&](const ToolDelta& delta) { tool_delta(delta, out); },
                 [&](const ToolEnd& end) {
                   if (auto found = calls_.find(end.index); found != calls_.end())
                     tool_end(found->second, out);
                 },
                 [&](const RefusalDelta& delta) { text("refusal", delta.text, out); },
                 [&](const Annotation& annotation) {
                   if (annotation.family == "openai") annotations_.push_back(annotation.value);
                 },
                 [&](const OpaqueItem& item) {
                   if (item.item.family != "openai") return;
                   close_open(out);
                   item_done(add_item(item.item.value, out), item.item.value, out);
                 },
                 [&](const UsageEvent& usage) { usage_ = usage.usage; },
                 [&](const Stop& stop) { stop_ = stop; },
                 [&](const AnswerFailure& failure) { failure_ = failure; },
             },
             event_in);
}

Json StreamEncoder::part() const {
  return text_part(refusal_, text_, annotations_);
}

void StreamEncoder::text(std::string_view member, const std::string& delta, std::string& out) {
  bool refusal = member == "refusal";
  if (open_ != Open::message || refusal != refusal_) {
    close_open(out);
    refusal_ = refusal;
    open_ = Open::message;
    Json item = message_item(item_id("msg"), Json::array(), {}, "in_progress");
    std::string id = item["id"].get<std::string>();
    std::size_t index = add_item(std::move(item), out);
    event("response.content_part.added",
          Json{{"item_id", id}, {"output_index", index}, {"content_index", 0}, {"part", part()}},
          out);
  }
  text_ += delta;
  // Written by hand: this is the event of every token.
  const std::string& id = output_.back()["id"].get_ref<const std::string&>();
  std::string type = fmt::format("response.{}.delta", member);
  out += fmt::format(
      "event: {}\ndata: {{\"type\":\"{}\",\"sequence_number\":{},\"item_id\":\"{}\","
      "\"output_index\":{},\"content_index\":0,\"delta\":",
      type, type, sequence_++, id, output_.size() - 1);
  append_quoted(out, delta);
  out += refusal ? "}\n\n" : ",\"logprobs\":[]}\n\n";
}

void StreamEncoder::close_message(std::string& out) {
  std::size_t index = output_.size() - 1;
  std::string id = output_[index]["id"].get<std::string>();
  const char* member = refusal_ ? "refusal" : "text";
  event(refusal_ ? "response.refusal.done" : "response.output_text.done",
        Json{{"item_id", id}, {"output_index", index}, {"content_index", 0}, {member, text_}}, out);
  event("response.content_part.done",
        Json{{"item_id", id}, {"output_index", index}, {"content_index", 0}, {"part", part()}},
        out);
  item_done(index, message_item(id, Json::array({part()}), phase_, "completed"), out);
  open_ = Open::nothing;
  text_.clear();
  phase_.clear();
  annotations_.clear();
}

void StreamEncoder::reasoning(const std::string& delta, std::string& out) {
  if (open_ != Open::reasoning) {
    close_open(out);
    open_ = Open::reasoning;
    add_item(reasoning_item(item_id("rs"), {}, {}), out);
  }
  if (delta.empty()) return;
  std::size_t index = output_.size() - 1;
  Json at{{"item_id", output_[index]["id"]}, {"output_index", index}, {"summary_index", 0}};
  if (text_.empty()) {
    Json added = at;
    added["part"] = Json{{"type", "summary_text"}, {"text", ""}};
    event("response.reasoning_summary_part.added", std::move(added), out);
  }
  text_ += delta;
  at["delta"] = delta;
  event("response.reasoning_summary_text.delta", std::move(at), out);
}

void StreamEncoder::close_reasoning(const ReasoningState& state, std::string& out) {
  std::size_t index = output_.size() - 1;
  std::string id = output_[index]["id"].get<std::string>();
  if (!text_.empty()) {
    Json at{{"item_id", id}, {"output_index", index}, {"summary_index", 0}};
    Json done = at;
    done["text"] = text_;
    event("response.reasoning_summary_text.done", std::move(done), out);
    at["part"] = Json{{"type", "summary_text"}, {"text", text_}};
    event("response.reasoning_summary_part.done", std::move(at), out);
  }
  ReasoningState kept = state;
  kept.item_id.clear();  // the client has seen our id
  item_done(index, reasoning_item(id, text_, kept), out);
  open_ = Open::nothing;
  text_.clear();
}

void StreamEncoder::close_open(std::string& out) {
  if (open_ == Open::message)
    close_message(out);
  else if (open_ == Open::reasoning)
    close_reasoning({}, out);
}

void StreamEncoder::tool_start(const ToolStart& start, std::string& out) {
  close_open(out);
  Call call{.output_index = output_.size(), .item_id = item_id("fc"), .call = {}, .done = false};
  call.call = ToolCall{start.id, start.name, start.kind, {}};
  add_item(call_item(call.item_id, call.call, "in_progress"), out);
  calls_[start.index] = std::move(call);
}

void StreamEncoder::tool_delta(const ToolDelta& delta, std::string& out) {
  auto found = calls_.find(delta.index);
  if (found == calls_.end() || delta.text.empty()) return;
  Call& call = found->second;
  call.call.arguments += delta.text;
  event(call.call.kind == ToolKind::custom ? "response.custom_tool_call_input.delta"
                                           : "response.function_call_arguments.delta",
        Json{{"item_id", call.item_id}, {"output_index", call.output_index}, {"delta", delta.text}},
        out);
}

void StreamEncoder::tool_end(Call& call, std::string& out) {
  if (std::exchange(call.done, true)) return;
  bool custom = call.call.kind == ToolKind::custom;
  if (!custom && call.call.arguments.empty()) call.call.arguments = "{}";
  event(custom ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done",
        Json{{"item_id", call.item_id},
             {"output_index", call.output_index},
             {custom ? "input" : "arguments", call.call.arguments}},
        out);
  item_done(call.output_index, call_item(call.item_id, call.call, "completed"), out);
}

void StreamEncoder::finish(std::string& out) {
  if (response_.is_null()) begin(Start{}, out);
  close_open(out);
  for (auto& [index, call] : calls_)
    tool_end(call, out);
  if (failure_) {
    // The schema has flat members, the recorded wire a nested object: clients read either.
    Json error{{"type", failure_->type.empty() ? "server_error" : failure_->type},
               {"code", error_name(failure_->error.code)},
               {"message", failure_->error.message},
               {"param", nullptr}};
    Json fields{{"code", error["code"]}, {"message", error["message"]}, {"param", nullptr}};
    fields["error"] = std::move(error);
    event("error", std::move(fields), out);
  }
  const char* type = conclude(response_, stop_ ? stop_->reason : StopReason::stop, failure_);
  response_["output"] = output_;
  response_["usage"] = usage_json(usage_);
  event(type, Json{{"response", std::move(response_)}}, out);
}

Json whole_answer(const Answer& answer, const AnswerOptions& options) {
  Json response = new_response(answer.start, options);
  std::string base = response["id"].get<std::string>();
  Json output = Json::array();
  for (const Part& part : answer.parts) {
    std::string id = fmt::format("{}_{}", base, output.size());
    if (const Text* text = part.as<Text>())
      output.push_back(message_item("msg_" + id,
                                    Json::array({text_part(false, text->text, answer.annotations)}),
                                    text->phase, "completed"));
    if (const Refusal* refusal = part.as<Refusal>())
      output.push_back(message_item("msg_" + id, Json::array({text_part(true, refusal->text, {})}),
                                    {}, "completed"));
    if (const Reasoning* reasoning = part.as<Reasoning>())
      output.push_back(reasoning_item("rs_" + id, reasoning->text, reasoning->state));
    if (const ToolCall* call = part.as<ToolCall>())
      output.push_back(call_item("fc_" + id, *call, "completed"));
    if (const Opaque* opaque = part.as<Opaque>(); opaque && opaque->family == "openai")
      output.push_back(opaque->value);
  }
  conclude(response, answer.reason(), answer.failure);
  response["output"] = std::move(output);
  response["usage"] = usage_json(answer.usage);
  return response;
}

}  // namespace litegw::dialects::responses
