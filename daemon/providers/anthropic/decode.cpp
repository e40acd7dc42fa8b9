#include "daemon/providers/anthropic/decode.h"

#include <algorithm>
#include <utility>

namespace litegw::providers::anthropic {

using namespace dialects;

namespace {

StopReason stop_reason(std::string_view word) {
  if (word == "max_tokens") return StopReason::length;
  if (word == "model_context_window_exceeded") return StopReason::context;
  if (word == "stop_sequence") return StopReason::stop_sequence;
  if (word == "tool_use") return StopReason::tools;
  if (word == "refusal") return StopReason::filter;
  if (word == "pause_turn") return StopReason::pause;
  return StopReason::stop;
}

}  // namespace

ledger::Usage messages_usage(const Json& value) {
  ledger::Usage usage{.reported = true};
  usage.input = count_of(value, "input_tokens");
  usage.cache_read = count_of(value, "cache_read_input_tokens");
  std::int64_t written = count_of(value, "cache_creation_input_tokens");
  if (const Json* split = member_of(value, "cache_creation"))
    usage.cache_write_1h = std::min(count_of(*split, "ephemeral_1h_input_tokens"), written);
  usage.cache_write = written - usage.cache_write_1h;
  std::int64_t output = count_of(value, "output_tokens");
  if (const Json* details = member_of(value, "output_tokens_details"))
    usage.reasoning = std::min(count_of(*details, "thinking_tokens"), output);
  usage.output = output - usage.reasoning;
  return usage;
}

void Decoder::usage(const Json& value, Events& out) {
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items())
    if (!member.is_null()) usage_[name] = member;
  out.push_back(UsageEvent{messages_usage(usage_)});
}

void Decoder::stream_event(Json& data, Events& out) {
  std::string_view type = text_of(data, "type");
  if (type == "content_block_delta") {
    auto block = blocks_.find(count_of(data, "index"));
    Json* delta = member_of(data, "delta");
    if (block != blocks_.end() && delta) block_delta(block->second, *delta, out);
  } else if (type == "content_block_start") {
    if (Json* content = member_of(data, "content_block"))
      block_start(count_of(data, "index"), *content, out);
  } else if (type == "content_block_stop") {
    block_stop(count_of(data, "index"), out);
  } else if (type == "message_start") {
    if (Json* message = member_of(data, "message")) message_start(*message, out);
  } else if (type == "message_delta") {
    if (const Json* value = member_of(data, "usage")) usage(*value, out);
    if (const Json* delta = member_of(data, "delta")) stop(*delta, out);
  } else if (type == "error") {
    fail_with(data, out);
  }
}

// Recorded streams repeat message_start, or begin a second message in the middle of the first: the
// blocks go on.
void Decoder::message_start(Json& message, Events& out) {
  while (!blocks_.empty())
    block_stop(blocks_.begin()->first, out);
  if (!std::exchange(started_, true))
    out.push_back(
        Start{std::string(text_of(message, "id")), std::string(text_of(message, "model")), 0});
  if (const Json* value = member_of(message, "usage")) usage(*value, out);
}

void Decoder::block_start(std::int64_t index, Json& content, Events& out) {
  if (blocks_.contains(index)) block_stop(index, out);
  Block& block = blocks_[index];
  block.type = text_of(content, "type");
  if (block.type == "text") {
    if (std::string_view text = text_of(content, "text"); !text.empty())
      out.push_back(TextDelta{std::string(text)});
    Json* citations = member_of(content, "citations");
    if (citations && citations->is_array())
      for (Json& citation : *citations)
        out.push_back(Annotation{std::move(citation), "anthropic"});
  } else if (block.type == "thinking") {
    if (std::string_view text = text_of(content, "thinking"); !text.empty())
      out.push_back(ReasoningDelta{std::string(text)});
    block.signature = text_of(content, "signature");
  } else if (block.type == "redacted_thinking") {
    ReasoningState state{.family = "anthropic", .blob = std::string(text_of(content, "data"))};
    state.redacted = true;
    out.push_back(ReasoningEnd{std::move(state)});
  } else if (block.type == "tool_use") {
    block.call = calls_++;
    out.push_back(ToolStart{block.call, std::string(text_of(content, "id")),
                            std::string(text_of(content, "name")), ToolKind::function});
    const Json* input = member_of(content, "input");
    if (input && input->is_object() && !input->empty()) {
      block.has_input = true;
      out.push_back(ToolDelta{block.call, dump(*input)});
    }
  } else {
    block.opaque = std::move(content);
  }
}

void Decoder::block_delta(Block& block, Json& delta, Events& out) {
  std::string_view type = text_of(delta, "type");
  if (type == "text_delta") {
    out.push_back(TextDelta{std::string(text_of(delta, "text"))});
  } else if (type == "input_json_delta") {
    std::string_view piece = text_of(delta, "partial_json");
    if (piece.empty()) return;
    block.has_input = true;
    if (block.call >= 0)
      out.push_back(ToolDelta{block.call, std::string(piece)});
    else
      block.input += piece;
  } else if (type == "thinking_delta") {
    out.push_back(ReasoningDelta{std::string(text_of(delta, "thinking"))});
  } else if (type == "signature_delta") {
    block.signature += text_of(delta, "signature");
  } else if (type == "citations_delta") {
    if (Json* citation = member_of(delta, "citation"))
      out.push_back(Annotation{std::move(*citation), "anthropic"});
  }
}

void Decoder::block_stop(std::int64_t index, Events& out) {
  auto found = blocks_.find(index);
  if (found == blocks_.end()) return;
  Block block = std::move(found->second);
  blocks_.erase(found);
  if (block.type == "thinking") {
    out.push_back(
        ReasoningEnd{ReasoningState{.family = "anthropic", .blob = std::move(block.signature)}});
  } else if (block.call >= 0) {
    if (!block.has_input) out.push_back(ToolDelta{block.call, "{}"});
    out.push_back(ToolEnd{block.call});
  } else if (block.opaque.is_object()) {
    if (Result<Json> input = parse_json(block.input); block.has_input && input)
      block.opaque["input"] = std::move(*input);
    out.push_back(OpaqueItem{Opaque{"anthropic", std::move(block.opaque)}});
  }
}

void Decoder::stop(const Json& delta, Events& out) {
  std::string_view word = text_of(delta, "stop_reason");
  if (word.empty()) return;
  stopped_ = true;
  Stop stop{stop_reason(word), std::string(word)};
  if (stop.reason == StopReason::stop_sequence) stop.detail = text_of(delta, "stop_sequence");
  if (const Json* details = member_of(delta, "stop_details");
      details && stop.reason == StopReason::filter)
    if (std::string_view text = text_of(*details, "explanation"); !text.empty())
      out.push_back(RefusalDelta{std::string(text)});
  out.push_back(std::move(stop));
}

void Decoder::whole_body(Json& body, Events& out) {
  if (text_of(body, "type") == "error" || member_of(body, "error")) {
    return fail_with(body, out);
  }
  Json* content = member_of(body, "content");
  if (!content || !content->is_array())
    return fail(ErrorCode::upstream_bad_response, "the upstream's answer has no content", {}, out);
  message_start(body, out);
  for (Json& block : *content) {
    block_start(0, block, out);
    block_stop(0, out);
  }
  stop(body, out);
}

void Decoder::close(Events& out) {
  while (!blocks_.empty())
    block_stop(blocks_.begin()->first, out);
}

}  // namespace litegw::providers::anthropic
