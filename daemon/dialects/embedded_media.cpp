#include "daemon/dialects/embedded_media.h"

namespace litegw::dialects {

// OpenAI: image_url.url, image_url (Responses), file_data and file_url; Anthropic: source.url.
void MediaFinder::link(std::string_view name, std::string_view value) {
  if (name != "url" && name != "image_url" && name != "file_data" && name != "file_url") return;
  if (value.front() == 'h') return add(0);
  constexpr std::string_view mark = ";base64,";
  constexpr std::size_t longest_type = 200;
  const std::size_t at = value.substr(0, longest_type).find(mark);
  if (at != std::string_view::npos) add(value.size() - at - mark.size());
}

// Anthropic: {"type":"base64","media_type":...,"data":...}; OpenAI: {"data":...,"format":"wav"}.
// Other members called "data" are text: an encrypted thought is billed as the thought.
void MediaFinder::data(std::size_t object, std::string_view value) {
  if (marked_ == object) return add(value.size());
  waiting_ = object;
  waiting_bytes_ = value.size();
}

void MediaFinder::mark(std::size_t object) {
  marked_ = object;
  if (waiting_ != object) return;
  waiting_ = none;
  add(waiting_bytes_);
}

void MediaFinder::add(std::uint64_t encoded_bytes) {
  ++found_.count;
  found_.encoded_bytes += encoded_bytes;
}

}  // namespace litegw::dialects
