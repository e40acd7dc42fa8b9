#include "daemon/providers/openai/chat_decode.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/dialects/chat/usage.h"
#include "daemon/dialects/neutral/state.h"

namespace litegw::providers::openai {

using namespace dialects;

ledger::Usage chat_usage(const Json& value) {
  const Json none = Json::object();
  const Json* in = member_of(value, "prompt_tokens_details");
  const Json* out = member_of(value, "completion_tokens_details");
  const Json& in_details = in ? *in : none;
  const Json& out_details = out ? *out : none;
  chat::ReportedUsage reported;
  reported.prompt = count_of(value, "prompt_tokens");
  reported.completion = count_of(value, "completion_tokens");
  reported.total = count_of(value, "total_tokens");
  // Moonshot and DeepSeek have names of their own.
  reported.cached =
      std::max({count_of(in_details, "cached_tokens"), count_of(value, "cached_tokens"),
                count_of(value, "prompt_cache_hit_tokens")});
  reported.cache_write = count_of(in_details, "cache_write_tokens");
  reported.audio_input = count_of(in_details, "audio_tokens");
  reported.image_input = count_of(in_details, "image_tokens");
  reported.reasoning = count_of(out_details, "reasoning_tokens");
  reported.audio_output = count_of(out_details, "audio_tokens");
  return chat::to_usage(reported);
}

bool ChatDecoder::failure(Json& body, Events& out) {
  Json* error = member_of(body, "error");
  if (!error) return false;
  fail_with(body, out);
  return true;
}

void ChatDecoder::start(const Json& body, Events& out) {
  // Azure's first chunk has an empty id: wait for the one that counts.
  if (started_ || (text_of(body, "id").empty() && !member_of(body, "choices"))) return;
  const Json* choices = member_of(body, "choices");
  if (text_of(body, "id").empty() && choices && choices->empty()) return;
  started_ = true;
  id_ = text_of(body, "id");
  out.push_back(Start{id_, std::string(text_of(body, "model")), count_of(body, "created")});
}

void ChatDecoder::stream_event(Json& data, Events& out) {
  if (failure(data, out)) return;
  start(data, out);
  if (const Json* usage = member_of(data, "usage"); usage && usage->is_object()) {
    out.push_back(UsageEvent{chat_usage(*usage)});
  } else if (const Json* groq = member_of(data, "x_groq")) {
    if (const Json* inner = member_of(*groq, "usage"))
      out.push_back(UsageEvent{chat_usage(*inner)});
  }
  Json* choices = member_of(data, "choices");
  if (!choices || !choices->is_array()) return;
  for (Json& choice : *choices) {
    if (count_of(choice, "index") != 0) continue;
    // Perplexity sends both in both: chunks count by their delta, whole answers by their message.
    Json* whole = member_of(choice, "message");
    Json* delta = member_of(choice, "delta");
    if (Json* said = is_whole_ && whole ? whole : delta ? delta : whole) message(*said, out);
    stop(choice, out);
  }
}

void ChatDecoder::whole_body(Json& body, Events& out) {
  if (failure(body, out)) return;
  const Json* choices = member_of(body, "choices");
  if (!choices || !choices->is_array() || choices->empty())
    return fail(ErrorCode::upstream_bad_response, "the upstream's answer has no choices", {}, out);
  is_whole_ = true;
  stream_event(body, out);
}

void ChatDecoder::message(Json& message, Events& out) {
  // vLLM sends both names, equal.
  std::string_view thought = text_of(message, "reasoning_content");
  if (thought.empty()) thought = text_of(message, "reasoning");
  reasoning(thought, out);
  if (Json* list = member_of(message, "reasoning_details")) details(*list, out);
  if (Json* value = member_of(message, "content")) content(*value, out);
  if (std::string_view text = text_of(message, "refusal"); !text.empty())
    out.push_back(RefusalDelta{std::string(text)});
  if (Json* list = member_of(message, "annotations"); list && list->is_array())
    for (Json& annotation : *list)
      out.push_back(Annotation{std::move(annotation), "openai"});
  if (Json* list = member_of(message, "tool_calls")) calls(*list, out);
  if (Json* legacy = member_of(message, "function_call")) {
    Json entry{{"index", 0}, {"function", std::move(*legacy)}};
    call(entry, out);
  }
}

void ChatDecoder::content(Json& value, Events& out) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.empty()) return;
    end_before_text(out);
    out.push_back(TextDelta{std::move(text)});
    return;
  }
  // Mistral: a list of thinking and text parts.
  if (!value.is_array()) return;
  for (Json& part : value) {
    if (text_of(part, "type") == "thinking") {
      Json* inner = member_of(part, "thinking");
      if (inner && inner->is_array())
        for (const Json& piece : *inner)
          reasoning(text_of(piece, "text"), out);
    } else if (std::string_view text = text_of(part, "text"); !text.empty()) {
      end_before_text(out);
      out.push_back(TextDelta{std::string(text)});
    }
  }
}

void ChatDecoder::reasoning(std::string_view text, Events& out) {
  if (text.empty()) return;
  in_reasoning_ = true;
  out.push_back(ReasoningDelta{std::string(text)});
}

namespace {

// A stream cuts the text of one detail into many, its signature into one of its own.
bool goes_on(const Json& last, const Json& next) {
  const std::string_view type = text_of(last, "type");
  const bool is_text = type == "reasoning.text" || type == "reasoning.summary";
  return is_text && text_of(next, "type") == type && text_of(last, "signature").empty() &&
         count_of(last, "index") == count_of(next, "index");
}

std::size_t bytes_of(const Json& detail) {
  std::size_t size = 0;
  for (const Json& value : detail)
    size += value.is_string() ? value.get_ref<const std::string&>().size() : sizeof(Json);
  return size;
}

void add_detail(Json& next, Json& details) {
  if (details.empty() || !goes_on(details.back(), next)) {
    details.push_back(std::move(next));
    return;
  }
  for (auto& [name, value] : next.items()) {
    Json& known = details.back()[name];
    const bool is_piece = name == "text" || name == "summary";
    if (is_piece && known.is_string() && value.is_string())
      known.get_ref<std::string&>() += value.get_ref<const std::string&>();
    else if (!value.is_null())
      known = std::move(value);
  }
}

}  // namespace

// What is longer than anybody keeps need not wait here for its end.
void ChatDecoder::details(Json& list, Events& out) {
  if (!list.is_array()) return;
  for (Json& detail : list) {
    if (!detail.is_object()) continue;
    details_bytes_ += bytes_of(detail);
    add_detail(detail, details_);
    if (details_bytes_ > max_state_bytes) end_reasoning(out);
  }
}

// The text itself is what DeepSeek wants back, OpenRouter the details.
void ChatDecoder::end_reasoning(Events& out) {
  const bool was_open = std::exchange(in_reasoning_, false);
  if (!was_open && details_.empty()) return;
  ReasoningState state{.family = "deepseek"};
  if (!details_.empty())
    state = ReasoningState{.family = "openrouter",
                           .blob = dump(std::exchange(details_, Json::array()))};
  details_bytes_ = 0;
  out.push_back(ReasoningEnd{std::move(state)});
}

// What comes in the midst of text belongs to the next call.
void ChatDecoder::end_before_text(Events& out) {
  if (!std::exchange(saw_text_, true) || in_reasoning_) end_reasoning(out);
}

void ChatDecoder::calls(Json& list, Events& out) {
  if (!list.is_array()) return;
  for (Json& entry : list)
    if (entry.is_object()) call(entry, out);
}

// Some upstreams leave `index` out, or give each whole call the same one.
int ChatDecoder::call_index(const Json& entry, bool is_new) {
  const Json* given = member_of(entry, "index");
  std::int64_t place = given ? count_of(entry, "index") : -1;
  auto found = places_.find(place);
  if (!is_new && found != places_.end()) return found->second;
  if (!is_new && !given && !calls_.empty()) return static_cast<int>(calls_.size()) - 1;
  if (!is_new) return -1;
  return places_[place] = static_cast<int>(calls_.size());
}

void ChatDecoder::call(Json& entry, Events& out) {
  Json* body = member_of(entry, "function");
  ToolKind kind = ToolKind::function;
  if (Json* custom = member_of(entry, "custom")) {
    body = custom;
    kind = ToolKind::custom;
  }
  if (!body || !body->is_object()) return;
  std::string_view id = text_of(entry, "id");
  std::string_view name = text_of(*body, "name");
  int known = call_index(entry, false);
  bool is_new = !name.empty() &&
                (known < 0 || (!id.empty() && calls_[static_cast<std::size_t>(known)].id != id));
  int index = is_new ? call_index(entry, true) : known;
  if (index < 0) return;
  if (is_new) {
    end_reasoning(out);
    std::string call_id =
        id.empty() ? fmt::format("call_{}_{}", id_, calls_.size()) : std::string(id);
    calls_.push_back(Call{call_id, false});
    out.push_back(ToolStart{index, std::move(call_id), std::string(name), kind, call_state(entry)});
  }
  Json* arguments = member_of(*body, kind == ToolKind::custom ? "input" : "arguments");
  if (!arguments) return;
  std::string text =
      arguments->is_string() ? std::move(arguments->get_ref<std::string&>()) : dump(*arguments);
  if (text.empty()) return;
  calls_[static_cast<std::size_t>(index)].has_arguments = true;
  out.push_back(ToolDelta{index, std::move(text)});
}

void ChatDecoder::stop(const Json& choice, Events& out) {
  std::string_view word = text_of(choice, "finish_reason");
  if (word.empty() || stopped_) return;
  stopped_ = true;
  StopReason reason = StopReason::stop;
  if (word == "length")
    reason = StopReason::length;
  else if (word == "tool_calls" || word == "function_call")
    reason = StopReason::tools;
  else if (word == "content_filter")
    reason = StopReason::filter;
  else if (word == "error")
    reason = StopReason::malformed;
  if (!calls_.empty() && reason == StopReason::stop) reason = StopReason::tools;
  out.push_back(Stop{reason, std::string(word)});
}

void ChatDecoder::close(Events& out) {
  if (!saw_text_ || in_reasoning_ || !calls_.empty()) end_reasoning(out);
  for (std::size_t i = 0; i < calls_.size(); ++i)
    out.push_back(ToolEnd{static_cast<int>(i)});
}

}  // namespace litegw::providers::openai
