// Finds the pictures, sound and files that a body carries inside itself or names by a link, among
// the members that JsonReader steps over. Their base 64 text says nothing about tokens; the same
// text inside a message is text, and counts as such to a provider. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace litegw::dialects {

struct EmbeddedMedia {
  std::int64_t count = 0;
  std::uint64_t encoded_bytes = 0;  // of their base 64 text; nothing for a link
};

class MediaFinder {
 public:
  // A member whose value is a string. `object` identifies the object that it stands in; `name` and
  // `value` come without quotes, escapes not resolved.
  void member(std::size_t object, std::string_view name, std::string_view value) {
    // One look at a byte each for nearly all members: most strings are the text of a prompt.
    if (value.starts_with("data:") || value.starts_with("http")) return link(name, value);
    if (name == "data") return data(object, value);
    if (name == "format" || (name == "type" && value == "base64")) mark(object);
  }
  const EmbeddedMedia& found() const { return found_; }

 private:
  void link(std::string_view name, std::string_view value);
  void data(std::size_t object, std::string_view value);
  void mark(std::size_t object);
  void add(std::uint64_t encoded_bytes);

  EmbeddedMedia found_;
  static constexpr std::size_t none = SIZE_MAX;
  // The object that said it holds base 64, and the one whose "data" came before it said so.
  std::size_t marked_ = none;
  std::size_t waiting_ = none;
  std::uint64_t waiting_bytes_ = 0;
};

}  // namespace litegw::dialects
