// Message bodies: Content-Length, chunked (both ways) and until close. Sans-I/O, no copy: pieces
// are views into the caller's input. Chunk extensions and trailers are checked, bounded and
// dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/http/head.h"

namespace litegw::http {

struct BodyLimits {
  std::uint64_t max_body = UINT64_MAX;     // decoded bytes, body_too_large beyond
  std::size_t max_chunk_extension = 1024;  // bytes of one chunk line, invalid_request beyond
  std::size_t max_trailers = 8192;         // bytes of all trailer lines, invalid_request beyond
};

class BodyReader {
 public:
  BodyReader(Framing framing, const BodyLimits& limits);

  struct Piece {
    std::string_view data;  // decoded bytes, a view into `input`; may be empty
    std::size_t consumed =
        0;  // bytes of `input` that are used up; call again with the rest until 0 or done
    bool done = false;  // the body is complete; what follows belongs to the next message
  };
  // Feeds what arrived; takes at most one contiguous run of data per call, and the framing around
  // it. Fails with invalid_request or body_too_large, also when it reads an answer: there the
  // caller says upstream_bad_response. Once it failed it stays so.
  Result<Piece> feed(std::string_view input);
  // The peer closed. Complete for until_close (and when already done), else an error: the body was
  // cut.
  Status finish();
  bool done() const { return state_ == State::done; }

 private:
  enum class State {
    fixed,
    until_close,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    failed
  };
  Result<Piece> feed_counted(std::string_view input);
  Result<Piece> feed_chunked(std::string_view input);
  std::string_view take_data(std::string_view input);
  // One step over framing bytes; advances `at`. The text says what is wrong.
  const char* step(const char*& at, const char* end);
  const char* read_size(const char*& at, const char* end);
  const char* end_size_line();
  const char* read_trailer(const char*& at, const char* end);
  Error fail(ErrorCode code, const char* text);

  State state_;
  BodyLimits limits_;
  std::uint64_t left_ = 0;      // of the body, or of the chunk
  std::uint64_t total_ = 0;     // decoded bytes
  std::uint64_t overhead_ = 0;  // framing bytes that no data pays for
  std::size_t line_ = 0;        // bytes of the chunk extension
  std::size_t trailers_ = 0;
  unsigned digits_ = 0;
};

// "1a\r\n", to be followed by 26 bytes and "\r\n".
std::string chunk_header(std::size_t size);
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace litegw::http
