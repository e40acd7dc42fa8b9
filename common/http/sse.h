// Server-sent events (WHATWG HTML, "event stream"): CR, LF and CRLF line ends, BOM, comments,
// multi-line data, split anywhere. Sans-I/O. Lines are bounded: an upstream that never ends its
// line must not eat the memory.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace litegw::http {

struct SseEvent {
  std::string_view type;  // "message" unless the stream named one
  std::string_view data;  // lines joined by LF
  std::string_view id;
};

class SseParser {
 public:
  explicit SseParser(std::size_t max_event = 1048576) : max_event_(max_event) {}

  // Calls `on_event` for each complete event; the views live until it returns. Fails with
  // upstream_bad_response when an event is larger than allowed; the parser is then unusable.
  Status feed(std::string_view bytes, const std::function<void(const SseEvent&)>& on_event);
  // Bytes of an event that has not been ended by an empty line: at the end of a stream they were
  // cut.
  bool mid_event() const { return !line_.empty() || has_data_; }

 private:
  using OnEvent = std::function<void(const SseEvent&)>;

  Status end_line(std::string_view line, const OnEvent& on_event);
  void add_data(std::string_view value);
  void dispatch(const OnEvent& on_event);
  // Copies what still points into the caller's input.
  void keep_data();
  Error too_large();

  std::size_t max_event_;
  std::string line_;  // the start of a line, from earlier inputs
  std::string data_;  // joined data lines, unless `whole_data_` holds them
  // The event's only data line so far, a view into the input being read: an event that arrives
  // whole is not copied.
  std::string_view whole_data_;
  std::string type_;
  std::string id_;
  bool has_data_ = false;
  bool at_start_ = true;
  bool after_cr_ = false;
  bool failed_ = false;
};

}  // namespace litegw::http
