#include "cmd/render/problems.h"

#include <fmt/format.h>

#include "cmd/render/style.h"
#include "common/base/text.h"

namespace litegw::cmd {

std::string position(const control::Problem& problem) {
  std::string out = escape_control(problem.file);
  if (problem.line > 0) out += fmt::format(":{}", problem.line);
  if (problem.line > 0 && problem.column > 0) out += fmt::format(":{}", problem.column);
  return out;
}

std::string render_problems(const std::vector<control::Problem>& problems, bool colour) {
  std::string out;
  for (const control::Problem& problem : problems) {
    Colour shade = problem.severity == "error" ? Colour::red : Colour::yellow;
    std::string where = position(problem);
    if (!where.empty()) out += paint(where + ": ", Colour::bold, colour);
    out += paint(escape_control(problem.severity) + ": ", shade, colour);
    out += escape_control(problem.message) + "\n";
    if (!problem.source_line.empty()) {
      out += "    " + escape_control(problem.source_line) + "\n";
      if (problem.column > 0)
        out += "    " + std::string(static_cast<std::size_t>(problem.column) - 1, ' ') +
               paint("^", shade, colour) + "\n";
    }
    if (!problem.hint.empty()) out += "    " + escape_control(problem.hint) + "\n";
  }
  return out;
}

}  // namespace litegw::cmd
