#include "daemon/providers/openai/responses_decode.h"

#include <algorithm>
#include <utility>

namespace litegw::providers::openai {

using namespace dialects;

namespace {

bool is_call(std::string_view type) {
  return type == "function_call" || type == "custom_tool_call";
}

}  // namespace

ledger::Usage responses_usage(const Json& value) {
  const Json none = Json::object();
  const Json* in = member_of(value, "input_tokens_details");
  const Json* out = member_of(value, "output_tokens_details");
  std::int64_t input = count_of(value, "input_tokens");
  std::int64_t output = count_of(value, "output_tokens");
  ledger::Usage usage{.reported = true};
  usage.cache_read = std::min(count_of(in ? *in : none, "cached_tokens"), input);
  usage.cache_write =
      std::min(count_of(in ? *in : none, "cache_write_tokens"), input - usage.cache_read);
  usage.input = input - usage.cache_read - usage.cache_write;
  usage.reasoning = std::min(count_of(out ? *out : none, "reasoning_tokens"), output);
  usage.output = output - usage.reasoning;
  return usage;
}

void ResponsesDecoder::start(const Json& response, Events& out) {
  if (std::exchange(started_, true)) return;
  out.push_back(Start{std::string(text_of(response, "id")), std::string(text_of(response, "model")),
                      count_of(response, "created_at")});
}

void ResponsesDecoder::stream_event(Json& data, Events& out) {
  std::string_view type = text_of(data, "type");
  if (type == "error" || type == "response.failed" || (type.empty() && member_of(data, "error"))) {
    const Json* response = member_of(data, "response");
    return fail_with(response ? *response : data, out);
  }
  if (!type.starts_with("response.")) return;
  type.remove_prefix(9);
  if (type == "created" || type == "in_progress") {
    if (const Json* response = member_of(data, "response")) start(*response, out);
  } else if (type == "completed" || type == "incomplete") {
    if (Json* response = member_of(data, "response")) terminal(*response, out);
  } else if (type == "output_item.added") {
    item_added(data, out);
  } else if (type == "output_item.done") {
    item_done(data, out);
  } else if (type == "output_text.annotation.added") {
    if (Json* annotation = member_of(data, "annotation"))
      out.push_back(Annotation{std::move(*annotation), "openai"});
  } else {
    delta(data, type, out);
  }
}

void ResponsesDecoder::delta(Json& data, std::string_view type, Events& out) {
  Item& item = items_[count_of(data, "output_index")];
  std::string_view text = text_of(data, "delta");
  if (type == "output_text.delta") {
    if (!text.empty()) out.push_back(TextDelta{std::string(text)});
    item.text_bytes += text.size();
  } else if (type == "refusal.delta") {
    out.push_back(RefusalDelta{std::string(text)});
    item.has_deltas = true;
  } else if (type == "reasoning_summary_part.added") {
    if (item.summaries++ > 0) out.push_back(ReasoningDelta{"\n\n"});
  } else if (type == "reasoning_summary_text.delta" || type == "reasoning_text.delta") {
    if (!text.empty()) out.push_back(ReasoningDelta{std::string(text)});
    item.has_deltas = true;
  } else if (type == "function_call_arguments.delta" || type == "custom_tool_call_input.delta") {
    tool_text(item, data, "delta", true, out);
  } else if (type == "function_call_arguments.done") {
    tool_text(item, data, "arguments", false, out);  // LM Studio sends nothing before it
  } else if (type == "custom_tool_call_input.done") {
    tool_text(item, data, "input", false, out);
  }
}

void ResponsesDecoder::tool_text(Item& item, Json& data, std::string_view member, bool is_delta,
                                 Events& out) {
  if (item.call < 0 || (!is_delta && item.has_deltas)) return;
  std::string_view text = text_of(data, member);
  if (text.empty()) return;
  item.has_deltas = true;
  out.push_back(ToolDelta{item.call, std::string(text)});
}

void ResponsesDecoder::begin_call(Item& item, const Json& value, Events& out) {
  item.call = calls_++;
  out.push_back(ToolStart{item.call, std::string(text_of(value, "call_id")),
                          std::string(text_of(value, "name")),
                          item.type == "custom_tool_call" ? ToolKind::custom : ToolKind::function});
}

void ResponsesDecoder::item_added(Json& data, Events& out) {
  const Json* value = member_of(data, "item");
  if (!value) return;
  Item& item = items_[count_of(data, "output_index")];
  item = Item{};
  item.type = text_of(*value, "type");
  if (is_call(item.type)) begin_call(item, *value, out);
}

void ResponsesDecoder::item_done(Json& data, Events& out) {
  Json* value = member_of(data, "item");
  if (!value) return;
  Item& item = items_[count_of(data, "output_index")];
  item.type = text_of(*value, "type");
  if (is_call(item.type) && item.call < 0) begin_call(item, *value, out);
  finish_item(item, *value, out);
}

// What deltas have not said already is taken from the finished item.
void ResponsesDecoder::finish_item(Item& item, Json& value, Events& out) {
  if (is_call(item.type)) {
    tool_text(item, value, item.type == "function_call" ? "arguments" : "input", false, out);
    out.push_back(ToolEnd{item.call});
    return;
  }
  if (item.type == "message") {
    Json* content = member_of(value, "content");
    if (content && content->is_array() && !item.has_deltas)
      for (Json& part : *content) {
        // Deltas may have been lost; the finished item holds all of the text.
        std::string_view text = text_of(part, "text");
        std::size_t streamed = std::min(item.text_bytes, text.size());
        item.text_bytes -= streamed;
        if (streamed < text.size()) out.push_back(TextDelta{std::string(text.substr(streamed))});
        if (std::string_view refusal = text_of(part, "refusal"); !refusal.empty())
          out.push_back(RefusalDelta{std::string(refusal)});
        Json* annotations = member_of(part, "annotations");
        if (annotations && annotations->is_array() && streamed == 0)
          for (Json& annotation : *annotations)
            out.push_back(Annotation{std::move(annotation), "openai"});
      }
    out.push_back(TextEnd{std::string(text_of(value, "phase"))});
    return;
  }
  if (item.type == "reasoning") {
    for (const char* name : {"summary", "content"}) {
      const Json* list = member_of(value, name);
      if (item.has_deltas || !list || !list->is_array()) continue;
      bool first = true;
      for (const Json& part : *list) {
        std::string_view text = text_of(part, "text");
        if (text.empty()) continue;
        out.push_back(ReasoningDelta{(first ? "" : "\n\n") + std::string(text)});
        first = false;
        item.has_deltas = true;
      }
    }
    ReasoningState state{.family = "openai",
                         .blob = std::string(text_of(value, "encrypted_content"))};
    state.item_id = text_of(value, "id");
    out.push_back(ReasoningEnd{std::move(state)});
    return;
  }
  if (!item.type.empty()) out.push_back(OpaqueItem{Opaque{"openai", std::move(value)}});
}

void ResponsesDecoder::terminal(Json& response, Events& out) {
  start(response, out);
  terminal_ = true;
  // A server that streams nothing but the end still said everything there.
  Json* output = member_of(response, "output");
  if (items_.empty() && output && output->is_array())
    for (Json& item : *output)
      whole_item(item, out);
  if (const Json* usage = member_of(response, "usage"); usage && usage->is_object())
    out.push_back(UsageEvent{responses_usage(*usage)});
  std::string status(text_of(response, "status"));
  Stop stop{calls_ > 0 ? StopReason::tools : StopReason::stop, status};
  if (status == "incomplete") {
    const Json* details = member_of(response, "incomplete_details");
    std::string_view reason = details ? text_of(*details, "reason") : std::string_view();
    stop.reason = reason == "content_filter" ? StopReason::filter : StopReason::length;
    stop.detail += ':' + std::string(reason);
  }
  out.push_back(std::move(stop));
}

void ResponsesDecoder::whole_item(Json& value, Events& out) {
  Item item;
  item.type = text_of(value, "type");
  if (is_call(item.type)) begin_call(item, value, out);
  finish_item(item, value, out);
}

void ResponsesDecoder::whole_body(Json& body, Events& out) {
  std::string_view status = text_of(body, "status");
  if (member_of(body, "error") || status == "failed" || status == "cancelled") {
    return fail_with(body, out);
  }
  if (!member_of(body, "output"))
    return fail(ErrorCode::upstream_bad_response, "the upstream's answer has no output", {}, out);
  terminal(body, out);
}

void ResponsesDecoder::close(Events&) {}

}  // namespace litegw::providers::openai
