// What the codec makes of bytes on one connection, in the notation of vectors/README.md. Both
// classes drive the codec as its callers do: a growing buffer, one head, one body, the next head.
#pragma once

#include <string>
#include <string_view>

#include "common/base/text.h"
#include "common/http/body.h"
#include "common/http/head.h"

namespace litegw::tests {

inline std::string in_brackets(const std::string& body) {
  return body.size() <= 40 ? "[" + body + "]" : "[" + std::to_string(body.size()) + " bytes]";
}

class Transcript {
 public:
  void add(const std::string& entry) { text_ += (text_.empty() ? "" : "; ") + entry; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class RequestTranscript {
 public:
  explicit RequestTranscript(std::uint64_t max_body = 33554432) : max_body_(max_body) {}

  void feed(std::string_view bytes) {
    if (closed_) return;
    buffer_ += bytes;
    while (!closed_ && (in_body_ ? read_body() : read_head())) {
    }
  }
  std::string finish() {
    if (!closed_ && (in_body_ || !buffer_.empty())) transcript_.add("more");
    closed_ = true;
    return transcript_.text();
  }

 private:
  void refuse(const Error& error) {
    transcript_.add(std::to_string(error_info(error.code).status));
    closed_ = true;
  }

  bool read_head() {
    std::size_t end = http::find_head_end(buffer_, scanned_);
    if (end == 0) {
      if (buffer_.size() > limits_.max_head) refuse(http::head_too_large(buffer_, limits_));
      return false;
    }
    Status parsed = parse_request_head(std::string_view(buffer_).substr(0, end), limits_, head_);
    if (!parsed) {
      refuse(parsed.error());
      return false;
    }
    if (head_.framing.length > max_body_) {
      refuse(make_error(ErrorCode::body_too_large, "too large"));
      return false;
    }
    entry_ = std::string(head_.method) + " " + std::string(head_.target);
    http::BodyLimits limits;
    limits.max_body = max_body_;
    reader_ = http::BodyReader(head_.framing, limits);
    body_.clear();
    in_body_ = true;
    scanned_ = 0;
    buffer_.erase(0, end);
    return true;
  }

  bool read_body() {
    while (!reader_.done()) {
      Result<http::BodyReader::Piece> piece = reader_.feed(buffer_);
      if (!piece) {
        refuse(piece.error());
        return false;
      }
      body_ += piece.value().data;
      buffer_.erase(0, piece.value().consumed);
      if (piece.value().consumed == 0 && !piece.value().done) return false;
    }
    entry_ += " " + in_brackets(body_);
    if (head_.expect_continue) entry_ += " continue";
    if (!head_.keep_alive) entry_ += " close";
    transcript_.add(entry_);
    closed_ = !head_.keep_alive;
    in_body_ = false;
    return true;
  }

  std::uint64_t max_body_;
  http::HeadLimits limits_;
  http::RequestHead head_;
  http::BodyReader reader_{{}, {}};
  Transcript transcript_;
  std::string buffer_;
  std::string body_;
  std::string entry_;
  std::size_t scanned_ = 0;
  bool in_body_ = false;
  bool closed_ = false;
};

class ResponseTranscript {
 public:
  explicit ResponseTranscript(std::string method) : method_(std::move(method)) {}

  void feed(std::string_view bytes) {
    if (closed_) return;
    buffer_ += bytes;
    while (!closed_ && (in_body_ ? read_body() : read_head())) {
    }
  }
  // The peer closed.
  std::string finish() {
    if (closed_) return transcript_.text();
    closed_ = true;
    if (in_body_ && reader_.finish()) {
      end_answer();
    } else if (in_body_ || !buffer_.empty() || !answered_) {
      transcript_.add("cut");
    }
    return transcript_.text();
  }

 private:
  void refuse() {
    transcript_.add("502");
    closed_ = true;
  }

  bool read_head() {
    std::size_t end = http::find_head_end(buffer_, scanned_);
    if (end == 0) {
      if (buffer_.size() > limits_.max_head) refuse();
      return false;
    }
    std::string_view text = std::string_view(buffer_).substr(0, end);
    if (!parse_response_head(text, limits_, method_, head_)) {
      refuse();
      return false;
    }
    buffer_.erase(0, end);
    scanned_ = 0;
    if (head_.status < 200) {
      transcript_.add(std::to_string(head_.status));
      return true;
    }
    reader_ = http::BodyReader(head_.framing, {});
    body_.clear();
    in_body_ = true;
    return true;
  }

  bool read_body() {
    while (!reader_.done()) {
      Result<http::BodyReader::Piece> piece = reader_.feed(buffer_);
      if (!piece) {
        refuse();
        return false;
      }
      body_ += piece.value().data;
      buffer_.erase(0, piece.value().consumed);
      if (piece.value().consumed == 0 && !piece.value().done) return false;
    }
    end_answer();
    closed_ = !head_.keep_alive;
    return true;
  }

  void end_answer() {
    std::string entry = std::to_string(head_.status) + " " + in_brackets(body_);
    transcript_.add(head_.keep_alive ? entry : entry + " close");
    in_body_ = false;
    answered_ = true;
  }

  std::string method_;
  http::HeadLimits limits_;
  http::ResponseHead head_;
  http::BodyReader reader_{{}, {}};
  Transcript transcript_;
  std::string buffer_;
  std::string body_;
  std::size_t scanned_ = 0;
  bool in_body_ = false;
  bool answered_ = false;
  bool closed_ = false;
};

}  // namespace litegw::tests
