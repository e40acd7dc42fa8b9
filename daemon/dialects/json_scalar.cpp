#include "daemon/dialects/json_scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "common/base/json.h"
#include "daemon/dialects/escape_blocks.h"

namespace litegw::dialects {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

unsigned hex_value(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

// Bytes of the escape that starts at `at` (a backslash), 0 when there is no such escape.
std::size_t escape_length(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return 0;
  switch (text[at + 1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return 2;
    case 'u':
      if (at + 6 > text.size()) return 0;
      for (std::size_t i = at + 2; i < at + 6; ++i)
        if (!is_hex(text[i])) return 0;
      return 6;
    default:
      return 0;
  }
}

// Is the backslash at `at` the first byte of an escape, and not the second?
bool starts_escape(std::string_view text, std::size_t at) {
  std::size_t run = at;
  while (run > 0 && text[run - 1] == '\\')
    --run;
  return (at - run) % 2 == 0;
}

// Of \uD800 to \uDFFF; each half is a character only beside the other.
bool is_surrogate(std::string_view text, std::size_t at, unsigned first) {
  return at + 6 <= text.size() && escape_length(text, at) == 6 &&
         (hex_value(text.substr(at + 2, 4)) & 0xFC00) == first;
}
bool is_lone_surrogate(std::string_view text, std::size_t at) {
  if (is_surrogate(text, at, 0xD800)) return !is_surrogate(text, at + 6, 0xDC00);
  if (!is_surrogate(text, at, 0xDC00)) return false;
  return at < 6 || !is_surrogate(text, at - 6, 0xD800) || !starts_escape(text, at - 6);
}

// The first backslash in [from, to) that starts no escape, or half a character; npos when all do.
std::size_t broken_escape(std::string_view text, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at < to; ++at) {
    if (text[at] != '\\') continue;
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == '\\') continue;
    if (escape_length(text, at) != 0 && !is_lone_surrogate(text, at)) continue;
    if (starts_escape(text, at)) return at;
  }
  return std::string_view::npos;
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
  }
  out += static_cast<char>(0x80 | (code & 0x3F));
}

// Appends the character of a \u escape, taking the second half of a pair along. Bytes used, 0 for a
// lone surrogate.
std::size_t append_unicode_escape(std::string& out, std::string_view text, std::size_t at) {
  const unsigned unit = hex_value(text.substr(at + 2, 4));
  if (unit < 0xD800 || unit > 0xDFFF) {
    append_utf8(out, unit);
    return 6;
  }
  const bool pair =
      unit < 0xDC00 && text.substr(at + 6, 2) == "\\u" && escape_length(text, at + 6) == 6;
  if (!pair) return 0;
  const unsigned low = hex_value(text.substr(at + 8, 4));
  if (low < 0xDC00 || low > 0xDFFF) return 0;
  append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
  return 12;
}

}  // namespace

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool ends_scalar(std::string_view text, std::size_t at) {
  if (at >= text.size()) return true;
  const char c = text[at];
  return is_space(c) || c == ',' || c == ']' || c == '}';
}

std::size_t literal_length(std::string_view rest) {
  if (rest.empty() || (rest[0] != 't' && rest[0] != 'n' && rest[0] != 'f')) return 0;
  if (rest.starts_with("true") || rest.starts_with("null")) return 4;
  if (rest.starts_with("false")) return 5;
  return 0;
}

std::size_t number_length(std::string_view rest) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < rest.size() && is_digit(rest[at]))
      ++at;
    return at - from;
  };
  if (at < rest.size() && rest[at] == '-') ++at;
  const std::size_t whole_at = at;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && rest[whole_at] == '0')) return 0;
  if (at < rest.size() && rest[at] == '.') {
    ++at;
    if (digits() == 0) return 0;
  }
  if (at < rest.size() && (rest[at] == 'e' || rest[at] == 'E')) {
    ++at;
    if (at < rest.size() && (rest[at] == '+' || rest[at] == '-')) ++at;
    if (digits() == 0) return 0;
  }
  return at;
}

std::optional<std::int64_t> whole_number(std::string_view number) {
  const char* const last = number.data() + number.size();
  std::int64_t value = 0;
  const auto integer = std::from_chars(number.data(), last, value);
  if (integer.ec == std::errc() && integer.ptr == last) return value;
  constexpr double exact = 9007199254740992.0;  // 2^53
  double real = 0;
  const auto [end, error] = std::from_chars(number.data(), last, real);
  if (error != std::errc() || end != last) return std::nullopt;
  if (std::abs(real) >= exact || real != std::trunc(real)) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

std::size_t broken_escape(std::string_view text) {
  static const FindOddEscape find_odd = best_find_odd_escape();
  for (std::size_t at = 0;;) {
    at = find_odd(text, at);
    const std::size_t end = std::min(at + escape_block, text.size());
    const std::size_t broken = broken_escape(text, at, end);
    if (broken != std::string_view::npos || end == text.size()) return broken;
    at = end;
  }
}

std::optional<std::string> unescape(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    const std::size_t length = escape_length(text, at);
    if (length == 0) return std::nullopt;
    if (length == 6) {
      const std::size_t used = append_unicode_escape(out, text, at);
      if (used == 0) return std::nullopt;
      at += used;
      continue;
    }
    const char c = text[at + 1];
    const char* const plain = std::strchr("b\bf\fn\nr\rt\t", c);
    out += plain != nullptr ? plain[1] : c;
    at += 2;
  }
  return out;
}

std::string quote(std::string_view text) {
  bool plain = true;
  for (const char c : text)
    plain = plain && c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20 &&
            static_cast<unsigned char>(c) < 0x7F;
  if (!plain) return dump(Json(std::string(text)));
  std::string out;
  out.reserve(text.size() + 2);
  return out.append(1, '"').append(text).append(1, '"');
}

}  // namespace litegw::dialects
