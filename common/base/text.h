// Small text tools: trimming, comparing, escaping for a terminal, nearest valid name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace litegw {

std::string_view trim(std::string_view text);  // spaces and tabs
std::string to_lower(std::string_view text);   // ASCII
bool iequals(std::string_view a, std::string_view b);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_hex(std::string_view bytes);

// Control bytes, DEL and invalid UTF-8 as \xNN or \n: text from outside must not drive a terminal
// or forge a log line.
std::string escape_control(std::string_view text);
bool is_valid_utf8(std::string_view text);
// At most `limit` bytes, cut between characters, with an ellipsis when something was cut.
std::string shorten(std::string_view text, std::size_t limit);

// The candidate nearest to `word`, at most two edits away; empty when none is. For "did you mean".
std::string nearest(std::string_view word, std::span<const std::string> candidates);

// Shell-style match of `*` in a model name pattern; `*` matches any run of characters. Appends what
// each star matched.
bool wildcard_match(std::string_view pattern, std::string_view text,
                    std::vector<std::string>* matched = nullptr);

}  // namespace litegw
