#include "daemon/dialects/json_reader.h"

#include <charconv>
#include <cstring>

#include <simdjson.h>

#include "common/base/json.h"

namespace litegw::dialects {

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
  media_ = {};
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

// Both tokens are strings; a colon comes behind the name.
void JsonReader::note_member(std::size_t object, std::size_t name_token, std::size_t value_token) {
  const Range name = value_range(name_token);
  const Range value = value_range(value_token);
  media_.member(object, text_.substr(name.begin + 1, name.size() - 2),
                text_.substr(value.begin + 1, value.size() - 2));
}

// One flat loop over the tokens; `objects` remembers per level which bracket closes, `opened` by
// which token.
bool JsonReader::skip_container() {
  enum class Expect { value, value_or_close, name, name_or_close, separator };
  const std::uint32_t* tokens = index_->tokens();
  bool objects[max_depth + 1];
  std::size_t opened[max_depth + 1];
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
      opened[depth] = next_;
      expect = c == '{' ? Expect::name_or_close : Expect::value_or_close;
      continue;
    }
    if (c == ']' && expect == Expect::value_or_close) {
      if (--depth == 0) return ++next_, true;
      expect = Expect::separator;
      continue;
    }
    if (c == '"' && objects[depth]) note_member(opened[depth], next_ - 2, next_);
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
  const std::optional<std::int64_t> value = whole_number(value_range(next_).in(text_));
  if (value) ++next_;
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

}  // namespace litegw::dialects
