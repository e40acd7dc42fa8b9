#include "daemon/dialects/chat/usage.h"

#include <algorithm>

namespace litegw::dialects::chat {
namespace {

void read_count(JsonReader& reader, std::int64_t& out) {
  const auto count = reader.read_integer();
  if (count)
    out = *count;
  else
    reader.skip();
}

void read_prompt_details(JsonReader& reader, ReportedUsage& out) {
  if (!reader.enter_object()) {
    reader.skip();
    return;
  }
  std::string_view name;
  while (reader.next_member(name)) {
    if (name == "cached_tokens")
      read_count(reader, out.cached);
    else if (name == "cache_write_tokens" || name == "cache_creation_tokens")
      read_count(reader, out.cache_write);
    else if (name == "audio_tokens")
      read_count(reader, out.audio_input);
    else if (name == "image_tokens")
      read_count(reader, out.image_input);
    else
      reader.skip();
  }
}

void read_completion_details(JsonReader& reader, ReportedUsage& out) {
  if (!reader.enter_object()) {
    reader.skip();
    return;
  }
  std::string_view name;
  while (reader.next_member(name)) {
    if (name == "reasoning_tokens")
      read_count(reader, out.reasoning);
    else if (name == "audio_tokens")
      read_count(reader, out.audio_output);
    else
      reader.skip();
  }
}

// Takes at most `wanted` out of `from`.
std::int64_t take(std::int64_t& from, std::int64_t wanted) {
  const std::int64_t taken = std::clamp<std::int64_t>(wanted, 0, from);
  from -= taken;
  return taken;
}

}  // namespace

namespace {

// What the total holds beyond prompt and completion: reasoning that a provider lists apart (xAI,
// Vertex) or not at all (Gemini's OpenAI endpoint, whose details are missing).
std::int64_t unlisted_reasoning(const ReportedUsage& reported) {
  std::int64_t listed = 0, rest = 0;
  const bool fits = reported.prompt > 0 && reported.completion >= 0 &&
                    !__builtin_add_overflow(reported.prompt, reported.completion, &listed) &&
                    !__builtin_sub_overflow(reported.total, listed, &rest);
  if (!fits || rest <= 0) return 0;
  if (reported.reasoning > 0) return rest == reported.reasoning ? rest : 0;
  // A server that leaves cached input out of the prompt still counts it in the total.
  const bool is_input = rest == reported.cached || rest == reported.cache_write ||
                        rest - reported.cached == reported.cache_write;
  return is_input ? 0 : rest;
}

}  // namespace

ledger::Usage to_usage(const ReportedUsage& reported) {
  ledger::Usage usage;
  usage.reported = true;
  std::int64_t input = std::max<std::int64_t>(reported.prompt, 0);
  usage.cache_read = take(input, reported.cached);
  usage.cache_write = take(input, reported.cache_write);
  usage.audio_input = take(input, reported.audio_input);
  usage.image_input = take(input, reported.image_input);
  usage.input = input;

  const std::int64_t unlisted = unlisted_reasoning(reported);
  std::int64_t output = std::max<std::int64_t>(reported.completion, 0) + unlisted;
  usage.reasoning = take(output, std::max(reported.reasoning, unlisted));
  usage.audio_output = take(output, reported.audio_output);
  usage.output = output;
  return usage;
}

bool read_usage(JsonReader& reader, ledger::Usage& out) {
  if (!reader.enter_object()) {
    reader.skip();
    return false;
  }
  ReportedUsage reported;
  std::string_view name;
  while (reader.next_member(name)) {
    if (name == "prompt_tokens")
      read_count(reader, reported.prompt);
    else if (name == "completion_tokens")
      read_count(reader, reported.completion);
    else if (name == "total_tokens")
      read_count(reader, reported.total);
    else if (name == "prompt_tokens_details")
      read_prompt_details(reader, reported);
    else if (name == "completion_tokens_details")
      read_completion_details(reader, reported);
    else if (reported.cached == 0 &&
             (name == "prompt_cache_hit_tokens" || name == "cached_tokens" ||
              name == "cache_read_input_tokens"))  // DeepSeek, Moonshot, LiteLLM
      read_count(reader, reported.cached);
    else if (reported.cache_write == 0 && name == "cache_creation_input_tokens")
      read_count(reader, reported.cache_write);
    else
      reader.skip();
  }
  out = to_usage(reported);
  return true;
}

std::int64_t estimate_tokens(std::uint64_t bytes) {
  return static_cast<std::int64_t>((bytes + 3) / 4);
}

}  // namespace litegw::dialects::chat
