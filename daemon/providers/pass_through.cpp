#include "daemon/providers/pass_through.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "daemon/dialects/json_reader.h"

namespace litegw::providers {
namespace {

using dialects::JsonReader;
using dialects::Range;

// Past the empty line that ends an event, npos while it has not come.
std::size_t event_end(std::string_view bytes, std::size_t from) {
  constexpr std::array<std::string_view, 3> ends{"\n\n", "\r\n\r\n", "\r\r"};
  std::size_t first = std::string_view::npos;
  for (std::string_view end : ends)
    if (const std::size_t at = bytes.find(end, from); at != std::string_view::npos)
      first = std::min(first, at + end.size());
  return first;
}

void find_models(JsonReader& reader, bool inside, std::vector<Range>& found) {
  if (!reader.enter_object()) return;
  std::string_view name;
  while (reader.next_member(name)) {
    const bool is_model = name == "model" && reader.kind() == JsonReader::Kind::string;
    const bool is_answer = !inside && (name == "response" || name == "message") &&
                           reader.kind() == JsonReader::Kind::object;
    if (is_answer) {
      find_models(reader, true, found);
      continue;
    }
    const Range value = reader.skip();
    if (is_model) found.push_back(value);
  }
}

// Where the names of models stand: in the object itself, in its `response` or its `message`. None
// when it is no valid JSON.
std::vector<Range> models_of(std::string_view json) {
  std::vector<Range> found;
  if (json.find("\"model\"") == std::string_view::npos) return found;
  JsonReader reader;
  if (!reader.open(json)) return found;
  find_models(reader, false, found);
  if (!reader.finish()) found.clear();
  return found;
}

}  // namespace

PassThrough::PassThrough(bool stream, std::string_view model, std::string_view credential)
    : stream_(stream), model_json_(dialects::quote(model)), credential_(credential) {}

void PassThrough::feed(std::string_view bytes, std::string& out) {
  held_ += bytes;
  if (!stream_) return;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = event_end(held_, std::max(begin, searched_));
    if (end == std::string_view::npos) break;
    append(std::string_view(held_).substr(begin, end - begin), out);
    begin = searched_ = end;
  }
  held_.erase(0, begin);
  // An end may have come in part.
  searched_ = held_.size() < 3 ? 0 : held_.size() - 3;
  if (held_.empty() && held_.capacity() > 4096) std::string().swap(held_);
}

void PassThrough::finish(std::string& out) {
  if (!held_.empty()) append(held_, out);
  std::string().swap(held_);
}

void PassThrough::append(std::string_view event, std::string& out) {
  const std::size_t start = out.size();
  std::string_view json = event;
  std::size_t shift = 0;
  if (stream_) {
    const std::size_t data = event.find("data:");
    shift = data == std::string_view::npos ? event.size() : data + 5;
    json = event.substr(shift, event.find_first_of("\r\n", shift) - shift);
  }
  std::size_t done = 0;
  for (const Range& model : models_of(json)) {
    out.append(event.substr(done, shift + model.begin - done)).append(model_json_);
    done = shift + model.end;
  }
  out.append(event.substr(done));
  if (credential_.empty()) return;
  for (std::size_t at = out.find(credential_, start); at != std::string::npos;
       at = out.find(credential_, at))
    out.replace(at, credential_.size(), "[secret]");
}

}  // namespace litegw::providers
