// libFuzzer: the bytes of a connection mean the same however they are split, and an accepted head
// is one that our own writer could have written.
#include <cstdlib>
#include <string>

#include "common/http/characters.h"
#include "common/http/writer.h"
#include "tests/http/transcript.h"

namespace {

using namespace litegw;

template <class Transcript>
std::string read_in_steps(Transcript transcript, std::string_view bytes, std::size_t step) {
  for (std::size_t at = 0; at < bytes.size(); at += step)
    transcript.feed(bytes.substr(at, step));
  return transcript.finish();
}

template <class Transcript>
void check_splits(const Transcript& transcript, std::string_view bytes, std::size_t step) {
  std::string whole = read_in_steps(transcript, bytes, bytes.size() + 1);
  if (read_in_steps(transcript, bytes, step) != whole) std::abort();
}

void check_writable(std::string_view bytes) {
  std::size_t scanned = 0;
  std::size_t end = http::find_head_end(bytes, scanned);
  http::RequestHead head;
  if (end == 0 || !parse_request_head(bytes.substr(0, end), {}, head)) return;
  std::string out;
  http::HeadWriter writer(out);
  writer.request_line(head.method, head.target);
  for (const http::Field& field : head.fields)
    writer.field(field.name, field.value);
  if (!writer.finish()) std::abort();
  http::RequestHead again;
  if (head.minor_version == 1 && !parse_request_head(out, {}, again)) std::abort();
  if (head.minor_version == 1 && again.framing.length != head.framing.length) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::size_t step = 1 + data[0] % 16;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_splits(tests::RequestTranscript(), bytes, step);
  check_splits(tests::ResponseTranscript("GET"), bytes, step);
  check_writable(bytes);
  return 0;
}
