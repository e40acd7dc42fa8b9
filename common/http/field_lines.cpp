#include "common/http/field_lines.h"

#include "common/http/characters.h"

namespace litegw::http {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trim_end(const char* begin, const char* end) {
  while (end != begin && is_blank(end[-1]))
    --end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Calls `take` for each element of a comma-separated list, trimmed.
template <class Take>
void for_each_element(std::string_view list, Take take) {
  while (true) {
    std::size_t comma = list.find(',');
    std::string_view element = list.substr(0, comma);
    while (!element.empty() && is_blank(element.front()))
      element.remove_prefix(1);
    take(trim_end(element.data(), element.data() + element.size()));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// Digits only (no sign, no list, no "0x"), and a number that can be added to without wrapping.
bool parse_length(std::string_view text, std::uint64_t& length) {
  constexpr std::uint64_t largest = INT64_MAX;
  if (text.empty()) return false;
  std::uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (largest - digit) / 10) return false;
    value = value * 10 + digit;
  }
  length = value;
  return true;
}

void note_connection(std::string_view value, FieldFacts& facts) {
  for_each_element(value, [&](std::string_view element) {
    if (same_name(element, "close")) facts.close = true;
    if (same_name(element, "keep-alive")) facts.keep_alive = true;
  });
}

void note_length(std::string_view value, FieldFacts& facts) {
  ++facts.lengths;
  if (!parse_length(value, facts.length)) facts.bad_length = true;
}

void note_transfer_encoding(std::string_view value, FieldFacts& facts) {
  ++facts.transfer_encodings;
  facts.transfer_encoding = value;
  facts.chunked = same_name(value, "chunked");
}

// Most fields are told apart from the few that matter by the length of their name.
void note(const Field& field, FieldFacts& facts) {
  switch (field.name.size()) {
    case 4:
      if (!same_name(field.name, "host")) return;
      ++facts.hosts;
      facts.host = field.value;
      return;
    case 6:
      if (!same_name(field.name, "expect")) return;
      ++facts.expectations;
      facts.expect = field.value;
      return;
    case 10:
      if (same_name(field.name, "connection")) note_connection(field.value, facts);
      return;
    case 14:
      if (same_name(field.name, "content-length")) note_length(field.value, facts);
      return;
    case 17:
      if (same_name(field.name, "transfer-encoding")) note_transfer_encoding(field.value, facts);
      return;
    default:
      return;
  }
}

// "Content_Length" is the same variable as "Content-Length" to CGI-style programs behind us.
bool imitates_framing(std::string_view name) {
  if (name.size() == 14) return name[7] == '_' && same_name(name, "content_length");
  return name.size() == 17 && name[8] == '_' && same_name(name, "transfer_encoding");
}

Refusal bad_name(const char* at, bool at_start) {
  if (at_start && is_blank(*at)) return malformed("a folded header line (it starts with a blank)");
  if (at_start && *at == ':') return malformed("a header without a name");
  if (is_blank(*at)) return malformed("a blank between a header's name and its colon");
  if (*at == '\n') return malformed("a line that ends in a bare LF");
  if (*at == '\r') return malformed("a header line without a colon");
  return malformed("a byte that may not stand in a header's name");
}

Refusal bad_value_end(const char* at) {
  if (*at == '\n') return malformed("a line that ends in a bare LF");
  if (*at == '\r') return malformed("a CR without LF in a header");
  return malformed("a control byte in a header's value");
}

// RFC 9112 section 6.1: a list in which chunked is not the last coding cannot be framed; codings
// that we do not know are 501.
Refusal refuse_transfer_encoding(std::string_view value) {
  bool unframed = value.empty();
  for_each_element(value, [&](std::string_view element) {
    bool last = element.data() + element.size() == value.data() + value.size();
    if (element.empty() || (same_name(element, "chunked") && !last)) unframed = true;
    for (char c : element) {
      if (!is(token_character, c)) unframed = true;
    }
  });
  if (unframed) return malformed("Transfer-Encoding is malformed");
  return {ErrorCode::not_implemented, "only Transfer-Encoding: chunked is understood"};
}

}  // namespace

bool same_name(std::string_view a, std::string_view lower_case_b) {
  if (a.size() != lower_case_b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower_case_b[i]) return false;
  }
  return true;
}

Refusal parse_field_lines(std::string_view lines, const HeadLimits& limits, Fields& fields,
                          FieldFacts& facts) {
  const char* at = lines.data();
  const char* end = at + lines.size();
  // Every loop below stops at the last LF, so that none needs to look at `end`.
  if (at == end || end[-1] != '\n') return malformed("the head has no end");
  while (at != end) {
    if (at[0] == '\r' && at[1] == '\n') {
      if (at + 2 != end) return malformed("bytes behind the end of the head");
      return {};
    }
    const char* name = at;
    while (is(token_character, *at))
      ++at;
    if (at == name || *at != ':') return bad_name(at, at == name);
    Field field{{name, static_cast<std::size_t>(at - name)}, {}};
    ++at;
    while (is_blank(*at))
      ++at;
    const char* value = at;
    at = find_value_end(at, end);
    if (at[0] != '\r' || at[1] != '\n') return bad_value_end(at);
    if (static_cast<std::size_t>(at - name) > limits.max_line) {
      return {ErrorCode::header_too_large, "a header line is too long"};
    }
    field.value = trim_end(value, at);
    at += 2;
    if (imitates_framing(field.name)) return malformed("an underscore in a framing header's name");
    if (!fields.add(field)) return {ErrorCode::header_too_large, "too many headers"};
    note(field, facts);
  }
  return malformed("the head has no end");
}

Refusal check_framing(const FieldFacts& facts, int minor_version) {
  if (facts.transfer_encodings > 0) {
    if (facts.lengths > 0) return malformed("both Content-Length and Transfer-Encoding");
    if (facts.transfer_encodings > 1) return malformed("more than one Transfer-Encoding");
    if (minor_version == 0) return malformed("Transfer-Encoding in HTTP/1.0");
    if (!facts.chunked) return refuse_transfer_encoding(facts.transfer_encoding);
  }
  if (facts.lengths > 1) return malformed("more than one Content-Length");
  if (facts.bad_length) return malformed("Content-Length is no number that can be used");
  return {};
}

}  // namespace litegw::http
