#include "common/http/sse.h"

namespace litegw::http {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Ends of lines in one input. The next LF is looked for once and remembered: an input full of CR
// line ends is not searched to its end from each of them.
class LineEnds {
 public:
  explicit LineEnds(std::string_view input) : input_(input), lf_(input.find('\n')) {}

  // The first CR or LF at or behind `from`, or npos.
  std::size_t next(std::size_t from) {
    if (lf_ != std::string_view::npos && lf_ < from) lf_ = input_.find('\n', from);
    std::size_t cr = input_.substr(0, lf_).find('\r', from);
    return cr != std::string_view::npos ? cr : lf_;
  }

 private:
  std::string_view input_;
  std::size_t lf_;
};

}  // namespace

Status SseParser::feed(std::string_view bytes, const OnEvent& on_event) {
  if (failed_) return too_large();
  if (after_cr_ && !bytes.empty()) {
    after_cr_ = false;
    if (bytes.front() == '\n') bytes.remove_prefix(1);
  }
  LineEnds ends(bytes);
  std::size_t start = 0;
  for (std::size_t end = ends.next(0); end != std::string_view::npos; end = ends.next(start)) {
    std::string_view line = bytes.substr(start, end - start);
    if (!line_.empty()) line = line_.append(line);
    Status ended = end_line(line, on_event);
    if (!ended) return ended;
    line_.clear();
    start = end + 1;
    if (bytes[end] == '\n') continue;
    if (start == bytes.size()) {
      after_cr_ = true;
    } else if (bytes[start] == '\n') {
      ++start;
    }
  }
  keep_data();
  line_.append(bytes.substr(start));
  if (line_.size() + data_.size() > max_event_) return too_large();
  return {};
}

Status SseParser::end_line(std::string_view line, const OnEvent& on_event) {
  if (line.size() + data_.size() + whole_data_.size() > max_event_) return too_large();
  if (at_start_) {
    at_start_ = false;
    if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) {
    dispatch(on_event);
    return {};
  }
  std::size_t colon = line.find(':');
  std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    add_data(value);
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
  return {};
}

void SseParser::add_data(std::string_view value) {
  // A line that was put together from several inputs lives in line_, which is about to be cleared.
  bool in_input = line_.empty();
  if (!has_data_ && in_input) {
    whole_data_ = value;
  } else {
    keep_data();
    if (has_data_) data_ += '\n';
    data_ += value;
  }
  has_data_ = true;
}

void SseParser::dispatch(const OnEvent& on_event) {
  if (has_data_) {
    std::string_view data = whole_data_.empty() ? std::string_view(data_) : whole_data_;
    on_event(
        SseEvent{type_.empty() ? std::string_view("message") : std::string_view(type_), data, id_});
  }
  // An event without data is dropped, its type with it; the id stays for the events to come.
  has_data_ = false;
  whole_data_ = {};
  data_.clear();
  type_.clear();
}

void SseParser::keep_data() {
  data_ += whole_data_;
  whole_data_ = {};
}

Error SseParser::too_large() {
  failed_ = true;
  return make_error(ErrorCode::upstream_bad_response, "An event of the stream is larger than " +
                                                          std::to_string(max_event_) + " bytes.");
}

}  // namespace litegw::http
