// What is wrong with a configuration: every problem at once, with its place, the offending line and
// what to do. Filled in by the loader, rendered for `config check`, the daemon's start and reload.
// Secrets are masked here, in one place, in messages and in quoted lines. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "daemon/config/config.h"

namespace litegw::config {

enum class Severity { error, warning };

// A place in one of the files of a report. Lines and columns count from 0, columns in bytes.
struct Place {
  std::size_t file = 0;
  int line = -1;  // -1 = the file as a whole
  int column = 0;
};

struct Problem {
  Severity severity = Severity::error;
  Place at;
  std::string message;   // one line
  std::string hint;      // may be empty
  int length = 1;        // of what is underlined, in bytes
  std::string variable;  // the environment variable that is not set, when that is the problem
};

// A problem as it may be shown: places from 1, nothing secret.
struct ShownProblem {
  Severity severity = Severity::error;
  Origin origin;
  std::string message, hint;
  std::string source_line;  // may be empty
  std::size_t caret = 0;    // characters before the caret under `source_line`
  std::size_t length = 1;
  std::string variable;
};

struct SourceFile {
  std::string name;
  std::vector<std::string> lines;
};

class Report {
 public:
  std::vector<SourceFile> files;
  std::vector<Problem> problems;

  std::size_t add_file(std::string name, std::string_view text);
  void error(Place at, std::string message, std::string hint = {}, std::size_t length = 1);
  void warn(Place at, std::string message, std::string hint = {}, std::size_t length = 1);
  // A value that must not be shown, wherever it turns up.
  void keep_secret(std::string_view value);

  std::size_t errors() const;
  std::size_t warnings() const;
  Origin origin(Place at) const;
  // `text` with all that is or looks like a secret replaced by "***".
  std::string masked(std::string_view text) const;

  std::vector<ShownProblem> shown_problems() const;

 private:
  std::set<std::string, std::less<>> secrets_;
};

// For people: `file:line:col: error: ...`, the line, a caret, the hint; a count at the end.
std::string render_text(const Report& report);
// What `litegwd --check-config --json` prints: {"schema":"litegw.config-check.v1","file",
// "models","deployments","problems":[...]}. `config` may be null.
Json render_json(const Report& report, const std::string& file = {},
                 const Config* config = nullptr);

// In quotes, escaped, masked and shortened: how a name or value from a file is shown in a message.
std::string shown(std::string_view text);
// "; did you mean 'listen'?" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

}  // namespace litegw::config
