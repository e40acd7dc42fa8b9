#include "daemon/config/problem.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "daemon/config/redact.h"

namespace litegw::config {
namespace {

constexpr std::size_t longest_excerpt = 160;

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string_view severity_name(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

// The quoted line without secrets, and where the caret goes below it.
struct Excerpt {
  std::string line;
  std::size_t caret = 0;
  std::size_t length = 1;
};

Excerpt excerpt_of(std::string_view line, const std::vector<Span>& spans, std::size_t column,
                   std::size_t length) {
  Excerpt excerpt;
  std::size_t begin = std::min(column, line.size());
  std::size_t end = std::min(begin + std::max<std::size_t>(length, 1), line.size());
  std::vector<Span> before;
  for (const Span& span : spans) {
    if (span.begin < begin && span.end > begin) begin = span.begin;
    if (span.end <= begin) before.push_back(span);
  }
  std::string start = mask(line.substr(0, begin), before);
  std::vector<Span> after;
  for (const Span& span : spans)
    if (span.begin >= begin) after.push_back({span.begin - begin, span.end - begin});
  std::string rest = mask(line.substr(begin), after);
  std::size_t marked = after.empty() || after.front().begin > 0 ? end - begin : 3;
  excerpt.caret = characters(escape_control(start));
  excerpt.length = std::max<std::size_t>(1, marked);
  std::string whole = escape_control(start + rest);
  // A long line is cut around the caret, so that the caret still points at something.
  if (excerpt.caret > 100) {
    std::size_t cut = excerpt.caret - 40;
    std::size_t at = 0;
    for (std::size_t skipped = 0; at < whole.size() && skipped < cut; ++skipped)
      do
        ++at;
      while (at < whole.size() && !begins_character(whole[at]));
    whole = "…" + whole.substr(at);
    excerpt.caret = 41;
  }
  excerpt.line = shorten(whole, longest_excerpt);
  excerpt.length = std::min(excerpt.length, longest_excerpt);
  return excerpt;
}

}  // namespace

std::size_t Report::add_file(std::string name, std::string_view text) {
  SourceFile file{std::move(name), {}};
  for (std::string& line : split(text, '\n')) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    file.lines.push_back(std::move(line));
  }
  files.push_back(std::move(file));
  return files.size() - 1;
}

void Report::error(Place at, std::string message, std::string hint, std::size_t length) {
  problems.push_back(
      {Severity::error, at, std::move(message), std::move(hint), static_cast<int>(length), {}});
}

void Report::warn(Place at, std::string message, std::string hint, std::size_t length) {
  problems.push_back(
      {Severity::warning, at, std::move(message), std::move(hint), static_cast<int>(length), {}});
}

void Report::keep_secret(std::string_view value) {
  // Shorter ones would blank out ordinary words; they are masked by their name.
  if (value.size() >= 8) secrets_.emplace(value);
}

std::size_t Report::errors() const {
  return static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(),
                    [](const Problem& problem) { return problem.severity == Severity::error; }));
}

std::size_t Report::warnings() const {
  return problems.size() - errors();
}

Origin Report::origin(Place at) const {
  Origin origin;
  if (at.file < files.size()) origin.file = files[at.file].name;
  if (at.line < 0) return origin;
  origin.line = at.line + 1;
  origin.column = at.column + 1;
  if (at.file >= files.size()) return origin;
  const std::vector<std::string>& lines = files[at.file].lines;
  if (static_cast<std::size_t>(at.line) < lines.size()) {
    const std::string& line = lines[static_cast<std::size_t>(at.line)];
    std::string_view before =
        std::string_view(line).substr(0, static_cast<std::size_t>(std::max(at.column, 0)));
    origin.column = static_cast<int>(characters(before)) + 1;
  }
  return origin;
}

std::string Report::masked(std::string_view text) const {
  std::string out(text);
  for (const std::string& secret : secrets_)
    for (std::size_t at = out.find(secret); at != std::string::npos; at = out.find(secret, at + 3))
      out.replace(at, secret.size(), "***");
  return out;
}

std::vector<ShownProblem> Report::shown_problems() const {
  std::vector<ShownProblem> all;
  for (const Problem& problem : problems) {
    ShownProblem item{problem.severity,
                      origin(problem.at),
                      masked(problem.message),
                      masked(problem.hint),
                      {},
                      0,
                      1,
                      problem.variable};
    item.origin.file = escape_control(item.origin.file);
    bool has_line =
        problem.at.file < files.size() && item.origin.line > 0 &&
        static_cast<std::size_t>(item.origin.line) <= files[problem.at.file].lines.size();
    if (has_line) {
      const std::string& line =
          files[problem.at.file].lines[static_cast<std::size_t>(problem.at.line)];
      std::vector<Span> spans = secret_spans(line);
      for (const std::string& secret : secrets_)
        for (std::size_t at = line.find(secret); at != std::string::npos;
             at = line.find(secret, at + secret.size()))
          spans.push_back({at, at + secret.size()});
      Excerpt excerpt = excerpt_of(line, merge_spans(std::move(spans)),
                                   static_cast<std::size_t>(std::max(problem.at.column, 0)),
                                   static_cast<std::size_t>(problem.length));
      item.source_line = excerpt.line;
      item.caret = excerpt.caret;
      item.length = excerpt.length;
    }
    all.push_back(std::move(item));
  }
  return all;
}

std::string render_text(const Report& report) {
  std::string out;
  for (const ShownProblem& problem : report.shown_problems()) {
    const Origin& origin = problem.origin;
    std::string place = origin.file;
    if (origin.line > 0) place += fmt::format(":{}:{}", origin.line, origin.column);
    out += fmt::format("{}: {}: {}\n", place, severity_name(problem.severity), problem.message);
    if (origin.line > 0) {
      out += fmt::format("{:>5} | {}\n", origin.line, problem.source_line);
      out += fmt::format("      | {}^{}\n", std::string(problem.caret, ' '),
                         std::string(problem.length - 1, '~'));
    }
    if (!problem.hint.empty()) out += fmt::format("      = {}\n", problem.hint);
  }
  std::size_t errors = report.errors();
  std::size_t warnings = report.warnings();
  if (errors + warnings > 0)
    out += fmt::format("{} error{}, {} warning{}\n", errors, errors == 1 ? "" : "s", warnings,
                       warnings == 1 ? "" : "s");
  return out;
}

Json render_json(const Report& report, const std::string& file, const Config* config) {
  Json problems = Json::array();
  for (const ShownProblem& problem : report.shown_problems()) {
    Json item = Json::object();
    item["severity"] = severity_name(problem.severity);
    item["file"] = problem.origin.file;
    item["line"] = problem.origin.line;
    item["column"] = problem.origin.column;
    item["message"] = problem.message;
    item["hint"] = problem.hint;
    item["source_line"] = problem.source_line;
    item["variable"] = problem.variable;
    problems.push_back(std::move(item));
  }
  Json out = Json::object();
  out["schema"] = "litegw.config-check.v1";
  out["file"] = file;
  out["models"] = config == nullptr ? 0 : config->models.size() + config->patterns.size();
  out["deployments"] = config == nullptr ? 0 : config->deployments.size();
  out["problems"] = std::move(problems);
  return out;
}

std::string shown(std::string_view text) {
  return "'" + escape_control(shorten(mask(text, secret_spans(text)), 80)) + "'";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  std::string name = nearest(word, names);
  return name.empty() ? std::string() : "; did you mean '" + name + "'?";
}

}  // namespace litegw::config
