#include "daemon/providers/hidden_reasoning.h"

#include <algorithm>
#include <array>
#include <string>

namespace litegw::providers {
namespace {

// As their providers document them: reasoning tokens are counted and not sent.
constexpr std::array prefixes = {"o1",
                                 "o3",
                                 "o4",
                                 "gpt-5",
                                 "codex",
                                 "gemini-2.5",
                                 "gemini-3",
                                 "gemini-flash-latest",
                                 "gemini-pro-latest",
                                 "grok-4"};
// Members of those families that do not think.
constexpr std::array exceptions = {"-chat", "non-reasoning", "-image", "-tts", "-embedding"};

bool ends_word(std::string_view name, std::size_t at) {
  return at == name.size() || name[at] == '-' || name[at] == '.' || name[at] == ':' ||
         name[at] == '@';
}

}  // namespace

bool hides_reasoning(std::string_view model) {
  const std::size_t slash = model.rfind('/');
  std::string name(slash == std::string_view::npos ? model : model.substr(slash + 1));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto begins = [&](std::string_view prefix) {
    return name.starts_with(prefix) && ends_word(name, prefix.size());
  };
  const auto has = [&](std::string_view word) {
    return name.find(word) != std::string::npos;
  };
  return std::any_of(prefixes.begin(), prefixes.end(), begins) &&
         std::none_of(exceptions.begin(), exceptions.end(), has);
}

}  // namespace litegw::providers
