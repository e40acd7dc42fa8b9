// What a translated request costs: an agent body of 100 KiB in Responses' shape for an Anthropic
// upstream (CPU time), one chunk of a translated stream, and the memory that a translated stream
// holds, counted at the allocator.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include <fmt/format.h>
#include <malloc.h>
#include <time.h>

#include "daemon/dialects/cursor/shape.h"
#include "daemon/providers/translate.h"
#include "tests/support/agent_body.h"

namespace {

std::int64_t live_bytes = 0;

}  // namespace

void* operator new(std::size_t size) {
  void* made = std::malloc(size);
  if (made == nullptr) throw std::bad_alloc();
  live_bytes += static_cast<std::int64_t>(malloc_usable_size(made));
  return made;
}
void operator delete(void* freed) noexcept {
  if (freed != nullptr) live_bytes -= static_cast<std::int64_t>(malloc_usable_size(freed));
  std::free(freed);
}
void operator delete(void* freed, std::size_t) noexcept {
  operator delete(freed);
}

using namespace litegw;
using providers::Dialect;

namespace {

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::size_t translate_once(const std::string& text) {
  Result<Json> parsed = parse_json(text);
  auto read = dialects::cursor::parse(std::move(*parsed), true);
  providers::Target target;
  target.model = "claude-opus-5";
  target.deployment = "d";
  auto translated = providers::translate(read->request, Dialect::messages, target, {});
  return dump(translated->written.body).size();
}

void measure_request() {
  const std::string text = testing::agent_body();
  constexpr int rounds = 300;
  std::size_t written = 0;
  double best = 1;
  for (int i = 0; i < rounds; ++i) {
    const double begin = cpu_seconds();
    written = translate_once(text);
    best = std::min(best, cpu_seconds() - begin);
  }
  const double begin = cpu_seconds();
  for (int i = 0; i < rounds; ++i)
    translate_once(text);
  const double mean = (cpu_seconds() - begin) / rounds;
  std::printf("request: %zu bytes of Responses to %zu bytes of Messages: %.2f ms CPU, best %.2f\n",
              text.size(), written, mean * 1e3, best * 1e3);
}

std::string anthropic_text(int i) {
  return fmt::format(
      "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
      "{{\"type\":\"text_delta\",\"text\":\" word{} and\"}}}}\n\n",
      i);
}
std::string responses_text(int i) {
  return fmt::format(
      "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\","
      "\"sequence_number\":{},\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
      "\"delta\":\" word{} and\",\"logprobs\":[]}}\n\n",
      i, i);
}
std::string chat_text(int i) {
  return fmt::format(
      "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1795000000,"
      "\"model\":\"gpt\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{} and\"}},"
      "\"finish_reason\":null}}]}}\n\n",
      i);
}

std::string beginning(Dialect upstream) {
  if (upstream == Dialect::messages)
    return "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\","
           "\"model\":\"c\",\"usage\":{\"input_tokens\":9}}}\n\n"
           "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
           "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
  if (upstream == Dialect::responses)
    return "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":"
           "\"r\",\"model\":\"g\"}}\n\n";
  return {};
}

void measure_stream(Dialect upstream, Dialect client, const char* name) {
  constexpr int chunks = 20'000;
  const std::int64_t before = live_bytes;
  providers::AnswerTranslator::Settings settings;
  settings.upstream = upstream;
  settings.client = client;
  settings.stream = true;
  settings.keeper.deployment = "d";
  dialects::AnswerOptions options;
  options.id = "x_1";
  options.model = "team-sonnet";
  options.created = 1795000000;
  options.include_usage = true;
  providers::AnswerTranslator translator(settings, {}, options);
  std::string out;
  translator.feed(beginning(upstream), out);
  double spent = 0;
  std::int64_t held = 0;
  for (int i = 0; i < chunks; ++i) {
    const std::string event = upstream == Dialect::messages    ? anthropic_text(i)
                              : upstream == Dialect::responses ? responses_text(i)
                                                               : chat_text(i);
    std::string().swap(out);
    const double begin = cpu_seconds();
    translator.feed(event, out);
    spent += cpu_seconds() - begin;
    if (i == 999) {  // an answer of some thousand tokens
      std::string().swap(out);
      held = live_bytes - before;
    }
  }
  std::printf("stream: %s: %.2f us CPU a chunk, %lld bytes held after 1,000 chunks\n", name,
              spent / chunks * 1e6, static_cast<long long>(held));
}

}  // namespace

int main() {
  measure_request();
  measure_stream(Dialect::messages, Dialect::chat, "Messages to Chat");
  measure_stream(Dialect::responses, Dialect::chat, "Responses to Chat");
  measure_stream(Dialect::chat, Dialect::chat, "Chat to Chat, translated");
  measure_stream(Dialect::chat, Dialect::messages, "Chat to Messages");
  measure_stream(Dialect::messages, Dialect::responses, "Messages to Responses");
}
