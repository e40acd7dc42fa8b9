// HTTP/1.1 heads (RFC 9110, RFC 9112), strict, for both sides: litegwd reads requests with it, the
// upstream client and the CLI read responses. Sans-I/O: the caller owns the buffer, a parsed head
// holds views into it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/result.h"

namespace litegw::http {

struct Field {
  std::string_view name;   // as sent; compare with iequals
  std::string_view value;  // trimmed
};

// At most this many fields; one more is 431. A fixed array keeps a head off the heap.
inline constexpr std::size_t max_fields = 100;

struct HeadLimits {
  std::size_t max_head = 32768;   // whole head in bytes, 431 beyond
  std::size_t max_line = 16384;   // one field line, 431 beyond
  std::size_t max_target = 8192;  // 414 beyond
};

class Fields {
 public:
  // The first field of that name, case-insensitive; nullopt when there is none.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  bool add(Field field) {
    if (size_ == max_fields) return false;
    fields_[size_++] = field;
    return true;
  }
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  const Field* begin() const { return fields_.data(); }
  const Field* end() const { return fields_.data() + size_; }

 private:
  std::array<Field, max_fields> fields_;
  std::size_t size_ = 0;
};

// How the body that follows is delimited.
struct Framing {
  enum class Kind { none, length, chunked, until_close };
  Kind kind = Kind::none;    // also for Content-Length: 0
  std::uint64_t length = 0;  // for Kind::length
};

struct RequestHead {
  std::string_view method;
  std::string_view target;  // path and query as sent (absolute-form is reduced), or "*" (OPTIONS)
  std::string_view path;    // the target up to '?'; its escapes are well-formed, not decoded
  std::string_view query;   // after '?', may be empty
  std::string_view host;    // host[:port]; empty only in HTTP/1.0
  int minor_version = 1;
  Fields fields;
  Framing framing;
  bool keep_alive = true;
  bool expect_continue = false;
};

struct ResponseHead {
  int status = 0;
  std::string_view reason;
  int minor_version = 1;
  Fields fields;
  Framing framing;
  bool keep_alive = true;
};

// Offset just past the empty line that ends a head, or 0 while it has not come. `scanned`
// remembers, between calls with a growing buffer, how far was searched; start it at 0. A line that
// ends in a bare LF ends the search too: the parsers refuse such a head at once, instead of waiting
// for an end that never comes.
std::size_t find_head_end(std::string_view buffer, std::size_t& scanned);

// `head` is what find_head_end delimited; what `out` held before is overwritten, so one RequestHead
// serves a whole connection. Fails with the code whose HTTP status fits: invalid_request 400,
// method_not_allowed 405 (CONNECT, TRACE), length_required 411 (POST, PUT, PATCH), target_too_long
// 414, expectation_failed 417, header_too_large 431, not_implemented 501 (unknown method or
// transfer coding), http_version 505. A body that is too large (413) is seen in `framing.length` or
// by BodyReader, a slow one (408) by the server's clock. After any failure the connection must be
// closed: where the next request starts is unknown.
Status parse_request_head(std::string_view head, const HeadLimits& limits, RequestHead& out);

// `request_method` decides whether a body follows (HEAD). A status below 200 is an interim answer:
// read the next head, and bound how many. Fails with upstream_bad_response.
Status parse_response_head(std::string_view head, const HeadLimits& limits,
                           std::string_view request_method, ResponseHead& out);

// For a buffer that filled up before the head ended: was it the request line (414) or the fields
// (431)?
Error head_too_large(std::string_view buffer, const HeadLimits& limits);

}  // namespace litegw::http
