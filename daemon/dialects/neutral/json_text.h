// Writing JSON straight into a buffer: stream chunks are too many to build a tree for each.
#pragma once

#include <string>
#include <string_view>

namespace litegw::dialects {

// `text` as a JSON string, quotes included. UTF-8 passes as it is.
void append_quoted(std::string& out, std::string_view text);
// The same without the quotes.
void append_escaped(std::string& out, std::string_view text);
inline std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

}  // namespace litegw::dialects
