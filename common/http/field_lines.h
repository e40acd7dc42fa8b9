// The field lines of a head, for requests and responses alike (inner part of head.h; nobody else
// includes it). Pure, no allocation: what is wrong is told by a code and a fixed text.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/http/head.h"

namespace litegw::http {

// Why a head is refused; `text` is null when it is not.
struct Refusal {
  ErrorCode code = ErrorCode::invalid_request;
  const char* text = nullptr;

  explicit operator bool() const { return text != nullptr; }
};

inline Refusal malformed(const char* text) {
  return {ErrorCode::invalid_request, text};
}

// What the fields say about the message itself.
struct FieldFacts {
  unsigned lengths = 0;             // Content-Length fields
  unsigned transfer_encodings = 0;  // Transfer-Encoding fields
  unsigned hosts = 0;
  unsigned expectations = 0;
  bool chunked = false;  // the transfer encoding is exactly "chunked"
  bool bad_length = false;
  bool close = false;       // listed in Connection
  bool keep_alive = false;  // listed in Connection
  std::uint64_t length = 0;
  std::string_view transfer_encoding;
  std::string_view host;
  std::string_view expect;
};

// `lines` starts behind the first line and ends with the empty line. Fills `fields` and `facts`.
Refusal parse_field_lines(std::string_view lines, const HeadLimits& limits, Fields& fields,
                          FieldFacts& facts);

// The checks of Content-Length and Transfer-Encoding that hold on both sides.
Refusal check_framing(const FieldFacts& facts, int minor_version);

// `a` and `b` are equal but for the case of ASCII letters.
bool same_name(std::string_view a, std::string_view lower_case_b);

}  // namespace litegw::http
