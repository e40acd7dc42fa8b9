#include "daemon/dialects/escape_blocks.h"

#include <string>

#include <doctest/doctest.h>

#include "daemon/dialects/json_scalar.h"

namespace litegw::dialects {
namespace {

TEST_CASE("every byte behind a backslash is told apart, at every place, by both passes") {
  const std::string_view usual = "\"\\/bfnrt";
  std::string text(3 * escape_block + 1, 'x');
  for (std::size_t at = 0; at < 3 * escape_block; at += 31)
    for (int byte = 0; byte < 256; ++byte) {
      text[at] = '\\';
      text[at + 1] = static_cast<char>(byte);
      text[at + 2] = 'n';  // behind a second backslash
      const bool is_usual = usual.find(static_cast<char>(byte)) != std::string_view::npos;
      const std::size_t block = is_usual ? 3 * escape_block : at - at % escape_block;
      CAPTURE(at);
      CAPTURE(byte);
      CHECK(find_odd_escape(text, 0) == block);
      CHECK(best_find_odd_escape()(text, 0) == block);
      text[at] = text[at + 1] = text[at + 2] = 'x';
    }
}

TEST_CASE("a broken escape is found wherever it stands") {
  for (std::size_t size = 2; size < 300; ++size)
    for (std::size_t at : {std::size_t{0}, size / 2, size - 2}) {
      std::string text(size, 'x');
      text.replace(at, 2, "\\q");
      CAPTURE(size);
      CHECK(broken_escape(text) == at);
      text.replace(at, 2, "\\n");
      CHECK(broken_escape(text) == std::string_view::npos);
    }
}

}  // namespace
}  // namespace litegw::dialects
