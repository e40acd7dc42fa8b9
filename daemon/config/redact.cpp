#include "daemon/config/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/base/text.h"

namespace litegw::config {
namespace {

constexpr std::array<std::string_view, 9> secret_words{"api_key",     "apikey",   "password",
                                                       "secret",      "token",    "master_key",
                                                       "credentials", "salt_key", "authorization"};
// Names that contain one of the words above and hold numbers or switches.
constexpr std::array<std::string_view, 10> harmless_words{"tokens",
                                                          "cost",
                                                          "per_token",
                                                          "_limit",
                                                          "token_rate",
                                                          "user_api_key_cache",
                                                          "redact_user_api_key",
                                                          "key_name",
                                                          "header",
                                                          "key_env"};

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '+' ||
         c == '/' || c == '=' || c == '.' || c == '~';
}

bool is_name_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

// End of the value that starts at `at`: its closing quote, or where a plain value ends.
std::size_t value_end(std::string_view line, std::size_t at) {
  if (line[at] == '"' || line[at] == '\'') {
    std::size_t close = line.find(line[at], at + 1);
    return close == std::string_view::npos ? line.size() : close + 1;
  }
  std::size_t end = at;
  while (end < line.size() && line[end] != ',' && line[end] != '}' && line[end] != ']') {
    if (line[end] == ' ' && end + 1 < line.size() && line[end + 1] == '#') break;
    ++end;
  }
  while (end > at && line[end - 1] == ' ')
    --end;
  return end;
}

// "name: value" with a secret name, anywhere in the line.
void add_named_values(std::string_view line, std::vector<Span>& spans) {
  for (std::size_t colon = line.find(':'); colon != std::string_view::npos;
       colon = line.find(':', colon + 1)) {
    std::size_t name_end = colon;
    while (name_end > 0 &&
           (line[name_end - 1] == ' ' || line[name_end - 1] == '"' || line[name_end - 1] == '\''))
      --name_end;
    std::size_t name_begin = name_end;
    while (name_begin > 0 && is_name_byte(line[name_begin - 1]))
      --name_begin;
    std::size_t value = line.find_first_not_of(" \t", colon + 1);
    if (value == std::string_view::npos) return;
    std::string_view name = line.substr(name_begin, name_end - name_begin);
    if (!is_secret_name(name)) continue;
    if (name == "key" && line[value] == '/') continue;  // the file of a TLS key
    if (line[value] == '{' || line[value] == '[' || line[value] == '|' || line[value] == '>' ||
        line[value] == '#' || line[value] == '*' || line[value] == '&')
      continue;
    std::size_t end = value_end(line, value);
    std::string_view text = line.substr(value, end - value);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\''))
      text = text.substr(1, text.size() - 2);
    if (!is_reference(text) && !text.empty()) spans.push_back({value, end});
  }
}

void add_secret_words(std::string_view line, std::vector<Span>& spans) {
  for (std::size_t at = 0; at < line.size();) {
    if (!is_word_byte(line[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < line.size() && is_word_byte(line[end]))
      ++end;
    std::string_view word = line.substr(at, end - at);
    if (!is_reference(word) && looks_secret(word)) spans.push_back({at, end});
    at = end;
  }
}

// scheme://user:password@host
void add_url_passwords(std::string_view line, std::vector<Span>& spans) {
  for (std::size_t at = line.find("://"); at != std::string_view::npos;
       at = line.find("://", at + 3)) {
    std::size_t stop = line.find_first_of("/ \t\"'?#", at + 3);
    std::string_view authority = line.substr(
        at + 3, stop == std::string_view::npos ? std::string_view::npos : stop - at - 3);
    std::size_t sign = authority.rfind('@');
    if (sign == std::string_view::npos) continue;
    spans.push_back({at + 3, at + 3 + sign});
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string lower = to_lower(name);
  std::replace(lower.begin(), lower.end(), '-', '_');
  for (std::string_view word : harmless_words)
    if (lower.find(word) != std::string::npos) return false;
  for (std::string_view word : secret_words)
    if (lower.find(word) != std::string::npos) return true;
  return lower == "aws_access_key_id" || lower == "key" || lower.ends_with("_key") ||
         lower.ends_with("database_url") || lower.ends_with("dsn");
}

bool looks_secret(std::string_view word) {
  if (word.starts_with("sk-") && word.size() >= 8) return true;
  // Paths and dotted names are no tokens; a token's longest run between separators is.
  std::size_t run = 0;
  bool digit = false;
  bool letter = false;
  for (char c : word) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      run = 0;
      digit = letter = false;
      continue;
    }
    ++run;
    digit = digit || std::isdigit(static_cast<unsigned char>(c)) != 0;
    letter = letter || std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (run >= 20 && digit && letter) return true;
  }
  return false;
}

bool is_reference(std::string_view text) {
  return text.starts_with("os.environ/") || text.starts_with("file:/") || text.starts_with("cred:");
}

std::vector<Span> secret_spans(std::string_view line) {
  std::vector<Span> spans;
  add_named_values(line, spans);
  add_secret_words(line, spans);
  add_url_passwords(line, spans);
  return merge_spans(std::move(spans));
}

std::vector<Span> merge_spans(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<Span> merged;
  for (const Span& span : spans) {
    if (!merged.empty() && span.begin <= merged.back().end)
      merged.back().end = std::max(merged.back().end, span.end);
    else
      merged.push_back(span);
  }
  return merged;
}

std::string mask(std::string_view text, const std::vector<Span>& spans) {
  std::string out;
  std::size_t at = 0;
  for (const Span& span : spans) {
    out.append(text.substr(at, span.begin - at)).append("***");
    at = span.end;
  }
  return out.append(text.substr(at));
}

}  // namespace litegw::config
