// The grammar of JSON's strings, numbers and literals (RFC 8259), byte by byte, for JsonReader and
// whoever edits JSON as text. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace litegw::dialects {

bool is_space(char c);
// May what stands at `at` come right after a number or a literal?
bool ends_scalar(std::string_view text, std::size_t at);
// 0 = there is none.
std::size_t literal_length(std::string_view rest);
std::size_t number_length(std::string_view rest);
// The value of a JSON number without a fraction. Some languages write 4096.0 or 4.096e3, which
// count as long as a double holds them exactly. nullopt for all else.
std::optional<std::int64_t> whole_number(std::string_view number);
// The first backslash that starts no escape, or only half a character; npos when all do. Over a
// whole text: strings are closed already, and a backslash outside of one is found as a wrong
// scalar.
std::size_t broken_escape(std::string_view text);

// The text of a JSON string, quotes included, with its escapes resolved. nullopt for a lone
// surrogate or a broken escape.
std::optional<std::string> unescape(std::string_view quoted);
// A JSON string, quotes included.
std::string quote(std::string_view text);

}  // namespace litegw::dialects
