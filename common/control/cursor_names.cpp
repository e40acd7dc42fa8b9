#include "common/control/cursor_names.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/text.h"

namespace litegw::control {
namespace {

constexpr std::array<std::string_view, 7> families{"gpt-",  "claude-",   "gemini-",  "grok-",
                                                   "kimi-", "deepseek-", "composer-"};
// Whole words, with or without something behind them.
constexpr std::array<std::string_view, 8> short_names{"o1",     "o3",       "o4",   "auto",
                                                      "cursor", "composer", "grok", "default"};
constexpr std::array<std::string_view, 8> vendors{"anthropic", "openai", "google",     "vertex",
                                                  "bedrock",   "azure",  "openrouter", "xai"};

std::vector<std::string> words_of(std::string_view name) {
  std::string plain = to_lower(name);
  for (char& c : plain)
    if (c == '/' || c == '_' || c == ':' || c == '@' || c == ' ') c = '-';
  std::vector<std::string> words = split(plain, '-');
  std::erase(words, "");
  return words;
}

bool is_vendor(const std::string& word) {
  return std::find(vendors.begin(), vendors.end(), word) != vendors.end();
}

}  // namespace

std::string cursor_family(std::string_view name) {
  if (name.find('*') != std::string_view::npos) return {};
  std::string lower = to_lower(name);
  for (std::string_view family : families)
    if (lower.starts_with(family)) return std::string(family) + "*";
  for (std::string_view word : short_names)
    if (lower == word || lower.starts_with(std::string(word) + "-")) return std::string(word) + "*";
  return {};
}

bool is_refused_by_cursor(std::string_view name) {
  if (name.find('*') != std::string_view::npos) return false;
  if (name.find_first_of("/ :@") != std::string_view::npos || to_lower(name) != name) return true;
  std::vector<std::string> words = words_of(name);
  return std::any_of(words.begin(), words.end(), is_vendor);
}

std::string cursor_alias(std::string_view name,
                         const std::function<bool(const std::string&)>& is_taken) {
  std::vector<std::string> words = words_of(name);
  std::erase_if(words, is_vendor);
  // "claude" alone also decides which shape of body Cursor sends.
  if (words.size() > 1) std::erase(words, "claude");
  std::string stem = "team-" + (words.empty() ? std::string("model") : join(words, "-"));
  std::string alias = stem;
  for (int count = 2; is_taken(alias); ++count)
    alias = stem + "-" + std::to_string(count);
  return alias;
}

}  // namespace litegw::control
