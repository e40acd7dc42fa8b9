// Byte classes of RFC 9110 and RFC 9112, shared by the reader and the writer of heads: what one
// refuses the other never sends.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace litegw::http {

enum CharacterClass : std::uint8_t {
  token_character = 1,   // tchar
  target_character = 2,  // visible ASCII without '#': a fragment never goes over the wire
  host_character = 4,    // letters, digits, '-', '.', '_', '~'
  hex_character = 8,
};

inline constexpr std::array<std::uint8_t, 256> character_classes = [] {
  std::array<std::uint8_t, 256> classes{};
  constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view host_marks = "-._~";
  for (unsigned c = 0x21; c < 0x7F; ++c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';
    char character = static_cast<char>(c);
    unsigned mask = 0;
    if (letter || digit || token_marks.find(character) != token_marks.npos) mask |= token_character;
    if (letter || digit || host_marks.find(character) != host_marks.npos) mask |= host_character;
    if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) mask |= hex_character;
    if (c != '#') mask |= target_character;
    classes[c] = static_cast<std::uint8_t>(mask);
  }
  return classes;
}();

constexpr bool is(CharacterClass wanted, char c) {
  return (character_classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

constexpr unsigned hex_value(char c) {
  return c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

constexpr bool is_control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

// The first byte in [at, end) that may not stand in a field value (control bytes but tab), or
// `end`. Eight bytes at a time: values make up most of a head.
inline const char* find_value_end(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t high_bits = ones * 0x80;
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    std::uint64_t below_space = (word - ones * 0x20) & ~word;
    std::uint64_t delete_bytes = word ^ (ones * 0x7F);
    std::uint64_t is_delete = (delete_bytes - ones) & ~delete_bytes;
    std::uint64_t found = (below_space | is_delete) & high_bits;
    if (found == 0) {
      at += 8;
      continue;
    }
    // Borrows reach upwards only, so that the lowest mark is true.
    at += std::countr_zero(found) / 8;
    if (*at != '\t') return at;
    ++at;
  }
  while (at != end && (!is_control(*at) || *at == '\t'))
    ++at;
  return at;
}

}  // namespace litegw::http
