// The one place where heads are written. A name must be a token and a value free of control bytes,
// else the writer refuses: no CR, LF or NUL can leave the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace litegw::http {

bool is_token(std::string_view text);
bool is_field_value(std::string_view text);

// Appends to `out`. The first bad name, value, method or target makes `finish` fail with internal
// and clears what was written.
class HeadWriter {
 public:
  explicit HeadWriter(std::string& out) : out_(out), start_(out.size()) {}

  void request_line(std::string_view method, std::string_view target);
  void status_line(int status);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::uint64_t value);
  Status finish();  // the empty line

 private:
  std::string& out_;
  std::size_t start_;
  bool refused_ = false;
};

std::string_view reason_phrase(int status);

}  // namespace litegw::http
