#include "daemon/dialects/chat/tee.h"

#include <algorithm>
#include <cstring>

namespace litegw::dialects::chat {
namespace {

// Position of the next line end (CR or LF), npos when there is none.
std::size_t line_end(std::string_view bytes, std::size_t from) {
  const char* const begin = bytes.data() + from;
  const std::size_t size = bytes.size() - from;
  const void* const lf = std::memchr(begin, '\n', size);
  const std::size_t until =
      lf == nullptr ? size : static_cast<std::size_t>(static_cast<const char*>(lf) - begin);
  const void* const cr = std::memchr(begin, '\r', until);
  if (cr != nullptr) return from + static_cast<std::size_t>(static_cast<const char*>(cr) - begin);
  return lf == nullptr ? std::string_view::npos : from + until;
}

// Past the line end at `at`: CRLF is one.
std::size_t past_line_end(std::string_view bytes, std::size_t at) {
  return bytes.substr(at, 2) == "\r\n" ? at + 2 : at + 1;
}

constexpr std::size_t kept_chunk = 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

// Past the empty line that ends the event starting at 0, npos while it has not come. `line` is
// where its last line seen so far starts, `clean` up to where that line is known to hold no line
// end.
std::size_t Tee::event_end(std::string_view bytes, std::size_t line, std::size_t clean) {
  std::size_t at = line;
  while (at < bytes.size()) {
    const std::size_t end = line_end(bytes, std::max(at, clean));
    if (end == std::string_view::npos) return end;
    const std::size_t next = past_line_end(bytes, end);
    if (end == at) return next;
    at = next;
  }
  return std::string_view::npos;
}

Status Tee::feed(std::string_view bytes, std::string& out) {
  if (pending_.empty()) {
    std::size_t used = 0;
    const Status taken = take_events(bytes, used, out);
    if (!taken) return taken;
    pending_.assign(bytes.substr(used));
  } else {
    pending_.append(bytes);
    std::size_t used = 0;
    const Status taken = take_events(pending_, used, out);
    if (!taken) return taken;
    pending_.erase(0, used);
  }
  if (pending_.empty() && pending_.capacity() > 4096) std::string().swap(pending_);
  if (pending_.size() > settings_.max_event)
    return make_error(
        ErrorCode::upstream_bad_response,
        "the upstream sent an event larger than " + std::to_string(settings_.max_event) + " bytes");
  return {};
}

Status Tee::take_events(std::string_view bytes, std::size_t& used, std::string& out) {
  used = 0;
  while (used < bytes.size()) {
    const std::string_view rest = bytes.substr(used);
    const std::size_t end = event_end(rest, line_, clean_);
    if (end == std::string_view::npos) {
      remember(rest);
      return {};
    }
    line_ = clean_ = 0;
    used += end;
    const Status taken = take_event(rest.substr(0, end), out);
    if (!taken) return taken;
  }
  return {};
}

// A long event comes in many pieces: its beginning is not searched again. A CR at the very end may
// be half of a CRLF, so that line is looked at once more.
void Tee::remember(std::string_view rest) {
  if (rest.back() == '\r') return;
  const std::size_t end = rest.substr(clean_).find_last_of("\r\n");
  if (end != std::string_view::npos) line_ = clean_ + end + 1;
  clean_ = rest.size();
}

// `event` is its lines with the empty line at the end.
Status Tee::take_event(std::string_view event, std::string& out) {
  if (chunks_ == 0 && event.starts_with(byte_order_mark)) event.remove_prefix(3);
  std::string_view data;
  std::size_t data_lines = 0;
  std::size_t at = 0;
  while (at < event.size()) {
    std::size_t end = line_end(event, at);
    if (end == std::string_view::npos) end = event.size();
    std::string_view line = event.substr(at, end - at);
    at = end == event.size() ? end : past_line_end(event, end);
    if (!line.starts_with("data")) continue;
    line.remove_prefix(4);
    if (!line.empty() && line.front() != ':') continue;
    if (!line.empty()) line.remove_prefix(1);
    if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (++data_lines == 1) {
      data = line;
      continue;
    }
    if (data_lines == 2) joined_.assign(data);
    joined_.append(1, '\n').append(line);
    data = joined_;
  }
  if (data_lines == 0) {  // a comment: the upstream's sign of life
    if (event.starts_with(':')) out.append(event);
    return {};
  }
  if (done_) return {};
  if (data == "[DONE]") {
    done_ = true;
    out.append("data: [DONE]\n\n");
    return {};
  }
  if (data_lines == 1) return take_data(event, data, out);
  // Line ends are white space to JSON; one line is what every client understands.
  const std::string plain = "data: " + joined_ + "\n\n";
  std::string one_line = plain;
  for (std::size_t i = 0; i + 2 < one_line.size(); ++i)
    if (one_line[i] == '\n') one_line[i] = ' ';
  return take_data(one_line, std::string_view(one_line).substr(6, one_line.size() - 8), out);
}

Status Tee::take_data(std::string_view event, std::string_view data, std::string& out) {
  auto facts = read_answer(reader_, data);
  if (!facts) return facts.error();
  if (facts->error) {
    error_ = std::move(*facts->error);
    return make_error(ErrorCode::upstream_error, error_.message);
  }
  if (chunks_ == 0 && data.size() <= kept_chunk) first_chunk_.assign(data);
  if (facts->has_choices || facts->has_usage) ++chunks_;
  output_bytes_ += facts->output_bytes;
  if (!facts->finish_reason.empty()) finish_reason_ = std::move(facts->finish_reason);
  if (!facts->service_tier.empty()) service_tier_ = std::move(facts->service_tier);
  if (facts->has_usage) {
    has_usage_ = true;
    usage_ = facts->usage;
    if (facts->empty_choices && settings_.drop_usage_chunk) return {};
  }
  if (!facts->model_value || settings_.model_json.empty()) {
    out.append(event);
    return {};
  }
  const std::size_t shift = static_cast<std::size_t>(data.data() - event.data());
  append_renamed(event, {facts->model_value->begin + shift, facts->model_value->end + shift}, out);
  return {};
}

void Tee::append_renamed(std::string_view event, Range model, std::string& out) const {
  out.append(event.substr(0, model.begin));
  out.append(settings_.model_json);
  out.append(event.substr(model.end));
}

Status Tee::finish(std::string& out) {
  if (!pending_.empty()) {
    // The last event counts without its empty line, if it is whole.
    const std::string last = std::move(pending_) + "\n\n";
    pending_.clear();
    const Status taken = take_event(last, out);
    if (!taken && taken.error().code == ErrorCode::upstream_error) return taken;
    if (!taken)
      return make_error(ErrorCode::upstream_bad_response,
                        "the upstream's answer broke off within an event");
  }
  if (chunks_ == 0)
    return make_error(ErrorCode::upstream_bad_response, "the upstream sent an empty stream");
  if (!finished())
    return make_error(ErrorCode::upstream_bad_response,
                      "the upstream's answer broke off before its end");
  if (!done_) out.append("data: [DONE]\n\n");
  done_ = true;
  return {};
}

}  // namespace litegw::dialects::chat
