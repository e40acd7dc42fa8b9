#include "cmd/render/style.h"

#include <clocale>
#include <cwchar>

#include "common/base/text.h"

namespace litegw::cmd {
namespace {

std::string_view sequence(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::bold:
      return "\x1b[1m";
    case Colour::dim:
      return "\x1b[2m";
    case Colour::red:
      return "\x1b[31m";
    case Colour::green:
      return "\x1b[32m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::cyan:
      return "\x1b[36m";
  }
  return "";
}

std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

// wcwidth judges by the locale; C.UTF-8 is part of Debian's libc.
std::size_t cell_width(std::string_view character) {
  static const bool utf8 = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  if (character.size() == 1 || !utf8) return 1;
  std::mbstate_t state{};
  wchar_t wide = 0;
  std::size_t used = std::mbrtowc(&wide, character.data(), character.size(), &state);
  if (used == 0 || used > character.size()) return 1;
  int width = ::wcwidth(wide);
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

// The first character of `text`, which is removed.
std::string_view next_character(std::string_view& text) {
  std::size_t length =
      std::min(sequence_length(static_cast<unsigned char>(text.front())), text.size());
  std::string_view character = text.substr(0, length);
  text.remove_prefix(length);
  return character;
}

}  // namespace

std::string paint(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::none || text.empty()) return std::string(text);
  return std::string(sequence(colour)).append(text).append("\x1b[0m");
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty())
    width += cell_width(next_character(text));
  return width;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    std::string_view character = next_character(text);
    used += cell_width(character);
    if (used > width - 1) break;
    out += character;
  }
  return out + "…";
}

std::string pad(std::string_view text, std::size_t width, Align align) {
  std::size_t used = display_width(text);
  if (used >= width) return std::string(text);
  std::string space(width - used, ' ');
  return align == Align::left ? std::string(text) + space : space + std::string(text);
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t used = 0;
  for (const std::string& word : split(text, ' ')) {
    std::size_t length = display_width(word);
    if (used > 0 && used + 1 + length > width) {
      out += "\n" + std::string(indent, ' ');
      used = 0;
    } else if (used > 0) {
      out += ' ';
      ++used;
    }
    out += word;
    used += length;
  }
  return out;
}

}  // namespace litegw::cmd
