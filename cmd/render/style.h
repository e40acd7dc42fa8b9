// Colour and widths of text on a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace litegw::cmd {

enum class Colour { none, bold, dim, red, green, yellow, cyan };

// `text` between the colour's sequences, or as it is when `enabled` is false or there is no text.
std::string paint(std::string_view text, Colour colour, bool enabled);

// Terminal cells that valid UTF-8 without control bytes takes: 2 for wide characters, 0 for
// combining ones.
std::size_t display_width(std::string_view text);
// At most `width` cells, with an ellipsis where something was cut.
std::string fit(std::string_view text, std::size_t width);

enum class Align { left, right };
std::string pad(std::string_view text, std::size_t width, Align align);

// Words of `text` on lines of at most `width` cells, each but the first begun with `indent` spaces.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace litegw::cmd
