#include "daemon/app/log_line.h"

#include <utility>
#include <vector>

#include "common/base/json.h"
#include "common/base/text.h"

namespace litegw::app {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// Where the first " key=" begins, or the end.
std::size_t pairs_begin(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ' ') continue;
    std::size_t end = i + 1;
    while (end < text.size() && is_name_character(text[end]))
      ++end;
    if (end > i + 1 && end < text.size() && text[end] == '=') return i;
  }
  return text.size();
}

// The pairs of " a=1 b=\"two words\"".
std::vector<std::pair<std::string, std::string>> split_pairs(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!(text = trim(text)).empty()) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) break;
    std::string name(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    const bool quoted = text.starts_with('"');
    std::size_t end = quoted ? text.find('"', 1) : text.find(' ');
    if (end == std::string_view::npos) end = text.size();
    const std::size_t begin = quoted ? 1 : 0;
    pairs.emplace_back(std::move(name), text.substr(begin, end - begin));
    text.remove_prefix(std::min(end + (quoted ? 1 : 0), text.size()));
  }
  return pairs;
}

std::string_view word_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "trace";
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warning";
    case spdlog::level::err:
      return "error";
    case spdlog::level::critical:
      return "critical";
    case spdlog::level::off:
    case spdlog::level::n_levels:
      break;
  }
  return "info";
}

// sd-daemon(3)
std::string_view journal_prefix(spdlog::level::level_enum level) {
  if (level >= spdlog::level::critical) return "<2>";
  if (level == spdlog::level::err) return "<3>";
  if (level == spdlog::level::warn) return "<4>";
  if (level == spdlog::level::info) return "<6>";
  return "<7>";
}

std::string quoted_words(std::string_view words) {
  std::string out = "\"";
  for (const char c : words) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out.append("\"");
}

}  // namespace

std::string log_line(const LogStyle& style, Time time, spdlog::level::level_enum level,
                     std::string_view text) {
  const std::string safe = escape_control(text);
  const std::string_view all(safe);
  const std::size_t split_at = pairs_begin(all);
  std::string line;
  if (style.journal) line.append(journal_prefix(level));
  if (style.json) {
    Json object = Json::object();
    if (!style.journal) object["time"] = to_rfc3339(time, true);
    object["level"] = word_of(level);
    object["msg"] = all.substr(0, split_at);
    for (auto& [name, value] : split_pairs(all.substr(split_at)))
      object[name] = value;
    return line.append(object.dump()).append("\n");
  }
  if (!style.journal) line.append("time=").append(to_rfc3339(time, true)).append(" ");
  line.append("level=").append(word_of(level));
  line.append(" msg=").append(quoted_words(all.substr(0, split_at)));
  return line.append(all.substr(split_at)).append("\n");
}

}  // namespace litegw::app
