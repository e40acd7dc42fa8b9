#include "common/http/body.h"

#include <algorithm>
#include <charconv>

#include "common/http/characters.h"

namespace litegw::http {
namespace {

// More hexadecimal digits do not fit 64 bits; leading zeros count, they have no use.
constexpr unsigned max_size_digits = 16;
// Every chunk may spend this much on framing, and one more byte for two of its data. What exceeds
// it adds up to at most `max_overhead` (Go's net/http bounds it in the same way): else megabytes of
// extensions could carry a body of a few bytes.
constexpr std::uint64_t free_overhead = 16;
constexpr std::uint64_t max_overhead = 16384;

bool may_stand_in_line(char c) {
  return !is_control(c) || c == '\t';
}

}  // namespace

BodyReader::BodyReader(Framing framing, const BodyLimits& limits)
    : state_(State::done), limits_(limits) {
  switch (framing.kind) {
    case Framing::Kind::none:
      return;
    case Framing::Kind::length:
      left_ = framing.length;
      if (left_ > 0) state_ = State::fixed;
      return;
    case Framing::Kind::chunked:
      state_ = State::size;
      return;
    case Framing::Kind::until_close:
      state_ = State::until_close;
      return;
  }
}

Result<BodyReader::Piece> BodyReader::feed(std::string_view input) {
  switch (state_) {
    case State::done:
      return Piece{{}, 0, true};
    case State::failed:
      return fail(ErrorCode::invalid_request, "it was refused before");
    case State::fixed:
    case State::until_close:
      return feed_counted(input);
    default:
      return feed_chunked(input);
  }
}

Status BodyReader::finish() {
  if (state_ == State::until_close) state_ = State::done;
  if (state_ == State::done) return {};
  return fail(ErrorCode::invalid_request, "the connection was closed before its end");
}

Result<BodyReader::Piece> BodyReader::feed_counted(std::string_view input) {
  if (state_ == State::fixed) {
    if (left_ > limits_.max_body) return fail(ErrorCode::body_too_large, "it is too large");
    std::string_view data = take_data(input);
    if (left_ == 0) state_ = State::done;
    return Piece{data, data.size(), left_ == 0};
  }
  if (input.size() > limits_.max_body - total_) {
    return fail(ErrorCode::body_too_large, "it is too large");
  }
  total_ += input.size();
  return Piece{input, input.size(), false};
}

std::string_view BodyReader::take_data(std::string_view input) {
  std::string_view data = input.substr(0, std::min<std::uint64_t>(left_, input.size()));
  left_ -= data.size();
  return data;
}

Result<BodyReader::Piece> BodyReader::feed_chunked(std::string_view input) {
  const char* at = input.data();
  const char* end = at + input.size();
  std::string_view data;
  while (at != end && state_ != State::done) {
    if (state_ == State::data) {
      if (!data.empty()) break;
      data = take_data({at, static_cast<std::size_t>(end - at)});
      at += data.size();
      if (left_ == 0) state_ = State::data_cr;
      continue;
    }
    const char* wrong = step(at, end);
    if (wrong == nullptr) continue;
    // What came before the fault is not handed out: the message is refused as a whole.
    return fail(ErrorCode::invalid_request, wrong);
  }
  if (total_ > limits_.max_body) return fail(ErrorCode::body_too_large, "it is too large");
  return Piece{data, static_cast<std::size_t>(at - input.data()), state_ == State::done};
}

const char* BodyReader::step(const char*& at, const char* end) {
  switch (state_) {
    case State::size:
      return read_size(at, end);
    case State::extension:
      while (at != end && may_stand_in_line(*at) && ++line_ <= limits_.max_chunk_extension)
        ++at;
      if (line_ > limits_.max_chunk_extension) return "a chunk extension is too long";
      if (at == end) return nullptr;
      if (*at != '\r') return "a control byte in a chunk extension";
      state_ = State::size_lf;
      ++at;
      return nullptr;
    case State::size_lf:
      if (*at++ != '\n') return "a chunk size is not followed by CRLF";
      return end_size_line();
    case State::data_cr:
      if (*at++ != '\r') return "a chunk is longer than its size";
      state_ = State::data_lf;
      return nullptr;
    case State::data_lf:
      if (*at++ != '\n') return "a chunk is not followed by CRLF";
      state_ = State::size;
      return nullptr;
    default:
      return read_trailer(at, end);
  }
}

const char* BodyReader::read_size(const char*& at, const char* end) {
  while (at != end && is(hex_character, *at)) {
    if (++digits_ > max_size_digits) return "a chunk size is too large";
    left_ = left_ << 4 | hex_value(*at);
    ++at;
  }
  if (at == end) return nullptr;
  if (digits_ == 0) return "a chunk size is no hexadecimal number";
  if (*at == '\r') {
    state_ = State::size_lf;
  } else if (*at == ';') {
    state_ = State::extension;
    line_ = 1;
  } else {
    return "a chunk size is followed by neither CRLF nor ';'";
  }
  ++at;
  return nullptr;
}

const char* BodyReader::end_size_line() {
  std::uint64_t size = left_;
  if (size > INT64_MAX - total_) return "a chunk size is too large";
  total_ += size;
  std::uint64_t spent = overhead_ + digits_ + line_;
  std::uint64_t paid = free_overhead + size / 2;
  overhead_ = spent > paid ? spent - paid : 0;
  if (overhead_ > max_overhead) return "more chunk extensions than data";
  digits_ = 0;
  line_ = 0;
  state_ = size == 0 ? State::trailer_start : State::data;
  return nullptr;
}

const char* BodyReader::read_trailer(const char*& at, const char* end) {
  while (at != end && state_ != State::done) {
    char c = *at++;
    if (state_ == State::last_lf) {
      if (c != '\n') return "the body does not end in CRLF";
      state_ = State::done;
      return nullptr;
    }
    if (state_ == State::trailer_start && c == '\r') {
      state_ = State::last_lf;
      continue;
    }
    if (++trailers_ > limits_.max_trailers) return "the trailers are too long";
    if (state_ == State::trailer_lf) {
      if (c != '\n') return "a CR without LF in a trailer";
      state_ = State::trailer_start;
    } else if (state_ == State::trailer_value) {
      if (c == '\r') {
        state_ = State::trailer_lf;
      } else if (!may_stand_in_line(c)) {
        return "a control byte in a trailer";
      }
    } else if (c == ':' && state_ == State::trailer_name) {
      state_ = State::trailer_value;
    } else if (is(token_character, c)) {
      state_ = State::trailer_name;
    } else {
      return "a trailer is no header line";
    }
  }
  return nullptr;
}

Error BodyReader::fail(ErrorCode code, const char* text) {
  state_ = State::failed;
  return make_error(code, "The body is refused: " + std::string(text) + ".");
}

std::string chunk_header(std::size_t size) {
  std::array<char, 18> text{};
  auto [end, error] = std::to_chars(text.data(), text.data() + 16, size, 16);
  static_cast<void>(error);  // 64 bits are at most 16 digits
  *end++ = '\r';
  *end++ = '\n';
  return {text.data(), end};
}

}  // namespace litegw::http
