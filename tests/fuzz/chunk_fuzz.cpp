// libFuzzer: a chunked body is the same bytes, or the same refusal, however it is split; what is
// taken of the input ends at the same place.
#include <cstdlib>
#include <string>

#include "common/http/body.h"

namespace {

using namespace litegw::http;

struct Outcome {
  bool refused = false;
  bool done = false;
  std::size_t consumed = 0;
  std::string body;
};

Outcome read_in_steps(std::string_view bytes, std::size_t step) {
  BodyLimits limits;
  limits.max_body = 4096;
  limits.max_chunk_extension = 64;
  limits.max_trailers = 128;
  BodyReader reader({Framing::Kind::chunked, 0}, limits);
  Outcome outcome;
  for (std::size_t at = 0; at < bytes.size() && !reader.done(); at += step) {
    std::string_view input = bytes.substr(at, step);
    while (!input.empty() && !reader.done()) {
      auto piece = reader.feed(input);
      if (!piece) {
        outcome.refused = true;
        return outcome;
      }
      if (piece->consumed == 0 || piece->consumed > input.size()) std::abort();
      input.remove_prefix(piece->consumed);
      outcome.consumed += piece->consumed;
      outcome.body += piece->data;
    }
  }
  outcome.done = reader.done();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome whole = read_in_steps(bytes, bytes.size() + 1);
  Outcome split = read_in_steps(bytes, 1 + data[0] % 16);
  if (whole.refused != split.refused) std::abort();
  if (whole.refused) return 0;
  if (whole.done != split.done || whole.consumed != split.consumed) std::abort();
  if (whole.body != split.body || whole.body.size() > 4096) std::abort();
  return 0;
}
