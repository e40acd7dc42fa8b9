#include "daemon/dialects/json_reader.h"

#include <charconv>
#include <cstring>

#include <simdjson.h>

#include "common/base/json.h"

namespace litegw::dialects {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// May stand right after a number or a literal.
bool ends_scalar(std::string_view text, std::size_t at) {
  if (at >= text.size()) return true;
  const char c = text[at];
  return is_space(c) || c == ',' || c == ']' || c == '}';
}

std::size_t literal_length(std::string_view rest) {
  if (rest.starts_with("true") || rest.starts_with("null")) return 4;
  if (rest.starts_with("false")) return 5;
  return 0;
}

// RFC 8259 section 6; 0 = no number.
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

using Lane = unsigned char __attribute__((vector_size(16)));

Lane load(const char* from) {
  Lane lane;
  std::memcpy(&lane, from, sizeof lane);
  return lane;
}

// Does a backslash in these 64 bytes stand before anything but one of "\/bfnrt ? Reads 65 bytes.
// 8 us for 96 KiB of code; looking at each backslash by itself took 27.
bool has_odd_escape(const char* bytes) {
  Lane odd{};
  for (std::size_t at = 0; at < 64; at += sizeof(Lane)) {
    const Lane now = load(bytes + at);
    const Lane next = load(bytes + at + 1);
    const Lane usual = static_cast<Lane>((next & 0xEF) == 0x62) |  // b r
                       static_cast<Lane>((next & 0xF7) == 0x66) |  // f n
                       static_cast<Lane>(next == 't') | static_cast<Lane>(next == '"') |
                       static_cast<Lane>(next == '\\') | static_cast<Lane>(next == '/');
    odd |= static_cast<Lane>(now == '\\') & ~usual;
  }
  std::uint64_t halves[2];
  std::memcpy(halves, &odd, sizeof odd);
  return (halves[0] | halves[1]) != 0;
}

// Is the backslash at `at` the first byte of an escape, and not the second?
bool starts_escape(std::string_view text, std::size_t at) {
  std::size_t run = at;
  while (run > 0 && text[run - 1] == '\\')
    --run;
  return (at - run) % 2 == 0;
}

// The first backslash in [from, to) that starts no escape, npos when all do.
std::size_t broken_escape(std::string_view text, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at < to; ++at) {
    if (text[at] != '\\') continue;
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == '\\' || escape_length(text, at) != 0) continue;
    if (starts_escape(text, at)) return at;
  }
  return std::string_view::npos;
}

// Over the whole text: strings are closed already, and a backslash outside of one is found as a
// wrong scalar.
std::size_t broken_escape(std::string_view text) {
  std::size_t at = 0;
  for (; at + 65 <= text.size(); at += 64) {
    if (!has_odd_escape(text.data() + at)) continue;
    const std::size_t broken = broken_escape(text, at, at + 64);
    if (broken != std::string_view::npos) return broken;
  }
  return broken_escape(text, at, text.size());
}

unsigned hex_value(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
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

struct JsonReader::Index {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  std::size_t capacity = 0;

  const std::uint32_t* tokens() const { return stage->structural_indexes.get(); }
};

JsonReader::JsonReader() : index_(std::make_unique<Index>()) {}
JsonReader::~JsonReader() = default;

Status JsonReader::open(std::string_view text) {
  // A body of the largest size must not keep its index for ever.
  constexpr std::size_t keep = std::size_t{4} << 20;
  text_ = text;
  next_ = count_ = depth_ = failed_at_ = 0;
  name_at_ = {};
  first_ = false;
  failed_ = nullptr;
  names_.clear();
  if (text.empty()) {
    fail("it is empty");
    return finish();
  }
  const bool shrink = index_->capacity > keep && text.size() <= keep;
  if (!index_->stage || index_->capacity < text.size() || shrink) {
    const std::size_t capacity = std::max<std::size_t>(text.size() + text.size() / 4, 16 * 1024);
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1,
                                                                                index_->stage))
      return make_error(ErrorCode::overloaded, "no memory to read a body of that size");
    index_->capacity = capacity;
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  switch (index_->stage->stage1(bytes, text.size(), simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS:
      break;
    case simdjson::EMPTY:
      fail("it is empty");
      return finish();
    case simdjson::UTF8_ERROR:
      fail("it is not valid UTF-8");
      return finish();
    case simdjson::UNCLOSED_STRING:
      fail("a string is not closed");
      return finish();
    case simdjson::UNESCAPED_CHARS:
      fail("a string holds a control character");
      return finish();
    default:
      fail("it cannot be parsed");
      return finish();
  }
  count_ = index_->stage->n_structural_indexes;
  if (const std::size_t at = broken_escape(text); at != std::string_view::npos) {
    fail("a string holds an unknown escape");
    failed_at_ = at;
    return finish();
  }
  return {};
}

bool JsonReader::fail(const char* what) {
  if (failed_ != nullptr) return false;
  failed_ = what;
  failed_at_ = next_ < count_ ? index_->tokens()[next_] : text_.size();
  count_ = 0;
  next_ = 0;
  first_ = false;
  return false;
}

char JsonReader::at(std::size_t token) const {
  return token < count_ ? text_[index_->tokens()[token]] : '\0';
}

JsonReader::Kind JsonReader::kind() const {
  switch (at(next_)) {
    case '\0':
    case ',':
    case ':':
    case ']':
    case '}':
      return Kind::none;
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

std::size_t JsonReader::next_begin() const {
  return next_ < count_ ? index_->tokens()[next_] : text_.size();
}

bool JsonReader::enter_object() {
  if (at(next_) != '{') return false;
  if (++depth_ > max_depth) return fail("it is nested too deeply");
  ++next_;
  first_ = true;
  return true;
}

bool JsonReader::enter_array() {
  if (at(next_) != '[') return false;
  if (++depth_ > max_depth) return fail("it is nested too deeply");
  ++next_;
  first_ = true;
  return true;
}

// The comma before the next member, or the end of the container, which is stepped over.
bool JsonReader::step_separator(char close) {
  const char c = at(next_);
  if (c == close) {
    ++next_;
    --depth_;
    first_ = false;
    return false;
  }
  if (first_) {
    first_ = false;
    return true;
  }
  if (c != ',') return fail(close == '}' ? "a ',' or '}' is missing" : "a ',' or ']' is missing");
  ++next_;
  return true;
}

bool JsonReader::next_member(std::string_view& name) {
  if (!step_separator('}')) return false;
  if (at(next_) != '"') return fail("a member name is missing");
  const Range quoted = value_range(next_);
  name_at_ = quoted;
  name = text_.substr(quoted.begin + 1, quoted.size() - 2);
  if (std::memchr(name.data(), '\\', name.size()) != nullptr) {
    auto plain = unescape(quoted.in(text_));
    if (!plain) return fail("a member name holds half a character");
    name = names_.emplace_back(std::move(*plain));
  }
  ++next_;
  if (at(next_) != ':') return fail("a ':' is missing after a member name");
  ++next_;
  return true;
}

bool JsonReader::next_element() {
  return step_separator(']');
}

// Of a string or scalar: up to the next token, white space left out.
Range JsonReader::value_range(std::size_t token) const {
  const std::uint32_t* tokens = index_->tokens();
  std::size_t end = token + 1 < count_ ? tokens[token + 1] : text_.size();
  while (end > tokens[token] + 1 && is_space(text_[end - 1]))
    --end;
  return {tokens[token], end};
}

bool JsonReader::scalar_ok(std::size_t token) const {
  const std::size_t begin = index_->tokens()[token];
  const std::string_view rest = text_.substr(begin);
  std::size_t length = literal_length(rest);
  if (length == 0) length = number_length(rest);
  return length != 0 && ends_scalar(text_, begin + length);
}

Range JsonReader::skip() {
  if (next_ >= count_) {
    fail("a value is missing");
    return {};
  }
  const std::size_t begin = index_->tokens()[next_];
  switch (text_[begin]) {
    case '{':
    case '[': {
      if (!skip_container()) return {};
      return {begin, index_->tokens()[next_ - 1] + 1};
    }
    case '"': {
      const Range range = value_range(next_);
      ++next_;
      return range;
    }
    default: {
      if (!scalar_ok(next_)) {
        fail("a value is missing or no JSON value");
        return {};
      }
      const Range range = value_range(next_);
      ++next_;
      return range;
    }
  }
}

// One flat loop over the tokens; `objects` remembers, a bit per level, which bracket closes.
bool JsonReader::skip_container() {
  enum class Expect { value, value_or_close, name, name_or_close, separator };
  const std::uint32_t* tokens = index_->tokens();
  bool objects[max_depth + 1];
  std::size_t depth = 0;
  Expect expect = Expect::value;
  for (; next_ < count_; ++next_) {
    const char c = text_[tokens[next_]];
    if (expect == Expect::separator) {
      if (c == ',') {
        expect = objects[depth] ? Expect::name : Expect::value;
        continue;
      }
      if (c != (objects[depth] ? '}' : ']')) return fail("a ',' or a closing bracket is missing");
      if (--depth == 0) return ++next_, true;
      continue;
    }
    if (expect == Expect::name || expect == Expect::name_or_close) {
      if (c == '}' && expect == Expect::name_or_close) {
        if (--depth == 0) return ++next_, true;
        expect = Expect::separator;
        continue;
      }
      if (c != '"') return fail("a member name is missing");
      ++next_;
      if (at(next_) != ':') return fail("a ':' is missing after a member name");
      expect = Expect::value;
      continue;
    }
    if (c == '{' || c == '[') {
      if (++depth + depth_ > max_depth) return fail("it is nested too deeply");
      objects[depth] = c == '{';
      expect = c == '{' ? Expect::name_or_close : Expect::value_or_close;
      continue;
    }
    if (c == ']' && expect == Expect::value_or_close) {
      if (--depth == 0) return ++next_, true;
      expect = Expect::separator;
      continue;
    }
    if (c != '"' && !scalar_ok(next_)) return fail("a value is missing or no JSON value");
    expect = Expect::separator;
  }
  return fail("it ends too early");
}

std::optional<std::string> JsonReader::read_string() {
  if (at(next_) != '"') return std::nullopt;
  auto text = unescape(value_range(next_).in(text_));
  if (!text) {
    fail("a string holds half a character");
    return std::nullopt;
  }
  ++next_;
  return text;
}

std::optional<std::int64_t> JsonReader::read_integer() {
  if (next_ >= count_ || !scalar_ok(next_)) return std::nullopt;
  const std::string_view digits = value_range(next_).in(text_);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  ++next_;
  return value;
}

std::optional<bool> JsonReader::read_bool() {
  if (kind() != Kind::boolean || !scalar_ok(next_)) return std::nullopt;
  const bool value = at(next_) == 't';
  ++next_;
  return value;
}

Status JsonReader::finish() {
  if (failed_ == nullptr && next_ < count_) fail("something follows the value");
  if (failed_ == nullptr) return {};
  return make_error(ErrorCode::invalid_json, std::string("invalid JSON: ") + failed_ + " (byte " +
                                                 std::to_string(failed_at_) + ")");
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
