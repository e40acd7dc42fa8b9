#include "cmd/gateway/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

constexpr std::size_t title_width = 15;

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::warning:
      return "warning";
    case Verdict::failed:
      return "failed";
    case Verdict::skipped:
      return "skipped";
  }
  return "";
}

std::string mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "ok  ";
    case Verdict::warning:
      return "note";
    case Verdict::failed:
      return "FAIL";
    case Verdict::skipped:
      return "-   ";
  }
  return "";
}

Colour shade(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return Colour::green;
    case Verdict::warning:
      return Colour::yellow;
    case Verdict::failed:
      return Colour::red;
    case Verdict::skipped:
      return Colour::dim;
  }
  return Colour::none;
}

}  // namespace

void Report::add(Check check) {
  if (check.verdict == Verdict::passed) check.row = 0;
  check.detail = escape_control(check.detail);
  check.fix = escape_control(check.fix);
  if (!output_.is_json()) print_line(check);
  checks_.push_back(std::move(check));
}

std::size_t Report::failures() const {
  return static_cast<std::size_t>(
      std::count_if(checks_.begin(), checks_.end(),
                    [](const Check& check) { return check.verdict == Verdict::failed; }));
}

void Report::print_line(const Check& check) {
  if (!output_.is_terminal()) {
    std::string row = check.row > 0 ? fmt::format("row {}", check.row) : "";
    output_.line(fmt::format("{}\t{}\t{:.3f}\t{}\t{}\t{}\t{}", check.id, name_of(check.verdict),
                             static_cast<double>(check.duration_us) / 1000, check.detail, check.fix,
                             row, check.ours_only ? "litegw only" : ""));
    return;
  }
  std::string took = check.duration_us > 0 ? duration_cell(check.duration_us).shown : "";
  std::string head =
      fmt::format("{}  {} {:>7}  ", output_.paint(mark(check.verdict), shade(check.verdict)),
                  pad(check.title, title_width, Align::left), took);
  constexpr std::size_t indent = 4 + 2 + title_width + 1 + 7 + 2;
  std::size_t room = output_.columns() > indent + 20 ? output_.columns() - indent : 40;
  std::string detail = check.detail;
  if (check.ours_only && check.verdict == Verdict::warning)
    detail += " (a promise of litegw; others need not keep it)";
  output_.line(head + wrap(detail, room, indent));
  if (check.fix.empty() || check.verdict == Verdict::passed) return;
  std::string row = check.row > 0 ? fmt::format(" [row {} of litegw-cursor(7)]", check.row) : "";
  output_.line("      do: " +
               wrap(check.fix + row, output_.columns() > 40 ? output_.columns() - 10 : 40, 10));
}

bool Report::passed(std::string_view id) const {
  return std::any_of(checks_.begin(), checks_.end(), [&](const Check& check) {
    const bool ran_well = check.verdict == Verdict::passed || check.verdict == Verdict::warning;
    return check.id == id && ran_well;
  });
}

void Report::finish(const Paste& paste, int exit_code) {
  if (output_.is_json()) return output_.json(to_json(paste, exit_code));
  std::size_t failed = failures();
  if (!paste.model.empty() && output_.format() == Format::table) print_paste(paste);
  if (failed == 0)
    output_.note(fmt::format("\n{} checks, none failed.", checks_.size()));
  else
    output_.note(
        fmt::format("\n{} of {} checks failed.{}", failed, checks_.size(),
                    paste.model.empty() ? " There is nothing to paste into Cursor yet." : ""));
}

void Report::print_paste(const Paste& paste) {
  output_.note(
      fmt::format("\nPaste into Cursor (Settings, Models, API Keys):\n"
                  "  Override OpenAI Base URL  {}\n"
                  "  OpenAI API Key            {}\n"
                  "  Add model                 {}",
                  escape_control(paste.base_url), paste.api_key, escape_control(paste.model)));
}

Json Report::to_json(const Paste& paste, int exit_code) const {
  Json answer = Json::object();
  answer["schema"] = "litegw.test.v1";
  answer["ok"] = exit_code == 0;
  answer["exit"] = exit_code;
  answer["checks"] = Json::array();
  for (const Check& check : checks_)
    answer["checks"].push_back(Json{{"id", check.id},
                                    {"title", check.title},
                                    {"result", name_of(check.verdict)},
                                    {"detail", check.detail},
                                    {"fix", check.fix},
                                    {"row", check.row},
                                    {"duration_us", check.duration_us},
                                    {"ours_only", check.ours_only}});
  answer["paste"] =
      Json{{"base_url", paste.base_url}, {"api_key", paste.api_key}, {"model", paste.model}};
  return answer;
}

}  // namespace litegw::cmd
