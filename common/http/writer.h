// The one place where heads are written. A name must be a token and a value free of control bytes,
// else the writer refuses: no CR, LF or NUL can leave the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/characters.h"

namespace litegw::http {

constexpr bool is_token(std::string_view text) {
  for (const char c : text)
    if (!is(token_character, c)) return false;
  return !text.empty();
}
bool is_field_value(std::string_view text);

// A constant that the compiler has seen to be a token.
class FieldName {
 public:
  explicit(false) consteval FieldName(const char* text) : text_(text) {  // literals convert
    if (!is_token(text_)) throw "not a token";
  }

  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// Field lines that are checked as they are added and then written as one piece.
class FieldBlock {
 public:
  void reserve(std::size_t bytes) { lines_.reserve(bytes); }
  void add(FieldName name, std::string_view value);
  void add(FieldName name, std::int64_t value, std::string_view unit = {});
  void add_other(std::string_view name, std::int64_t value);  // of a name that is no constant

  bool empty() const { return lines_.empty(); }
  std::size_t size() const { return lines_.size(); }  // bytes

 private:
  friend class HeadWriter;

  void number(std::int64_t value);

  std::string lines_;
  bool refused_ = false;  // one of them may not be written: neither may the others
};

// Appends to `out`. The first bad name, value, method or target makes `finish` fail with internal
// and clears what was written.
class HeadWriter {
 public:
  explicit HeadWriter(std::string& out) : out_(out), start_(out.size()) {}

  void request_line(std::string_view method, std::string_view target);
  void status_line(int status);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::uint64_t value);
  void fields(const FieldBlock& block);
  Status finish();  // the empty line

 private:
  std::string& out_;
  std::size_t start_;
  bool refused_ = false;
};

std::string_view reason_phrase(int status);

}  // namespace litegw::http
