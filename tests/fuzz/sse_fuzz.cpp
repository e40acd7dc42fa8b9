// libFuzzer: an event stream is the same events, then the same end or refusal, however it is split.
#include <cstdlib>
#include <string>
#include <vector>

#include "common/http/sse.h"

namespace {

using namespace litegw::http;

struct Outcome {
  std::vector<std::string> events;
  bool refused = false;
  bool mid_event = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read_in_steps(std::string_view bytes, std::size_t step) {
  SseParser parser(256);
  Outcome outcome;
  auto note = [&](const SseEvent& event) {
    if (event.data.size() > 256) std::abort();
    for (std::string_view part : {event.type, event.data, event.id})
      outcome.events.emplace_back(part);
  };
  for (std::size_t at = 0; at < bytes.size() && !outcome.refused; at += step) {
    outcome.refused = !parser.feed(bytes.substr(at, step), note);
  }
  outcome.mid_event = !outcome.refused && parser.mid_event();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome whole = read_in_steps(bytes, bytes.size() + 1);
  Outcome split = read_in_steps(bytes, 1 + data[0] % 16);
  if (!(whole == split)) std::abort();
  return 0;
}
