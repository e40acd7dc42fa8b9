#include "cmd/render/spend.h"

#include <algorithm>
#include <array>
#include <optional>

#include "cmd/render/cells.h"
#include "cmd/render/table.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::SpendItem;
using control::SpendReport;

constexpr std::size_t bar_width = 12;
constexpr std::size_t hour_width = 16;  // "2026-11-23 09:00": cut, it says nothing

std::vector<Column> columns(const SpendReport& report, bool bars) {
  std::vector<Column> out;
  for (const std::string& by : report.by)
    out.push_back(Column{std::string(by), Align::left, by == "hour" ? hour_width : 8});
  for (Column& column : out)
    std::transform(column.title.begin(), column.title.end(), column.title.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  out.push_back(Column{"COST", Align::right});
  if (bars) out.push_back(Column{"", Align::left, 0, 2});
  out.push_back(Column{"REQUESTS", Align::right});
  out.push_back(Column{"ERRORS", Align::right, 0, 1});
  out.push_back(Column{"TOKENS IN", Align::right, 0, 3});
  out.push_back(Column{"TOKENS OUT", Align::right, 0, 3});
  out.push_back(Column{"UNPRICED", Align::right, 0, 4});
  out.push_back(Column{"UNSETTLED", Align::right, 0, 5});
  out.push_back(Column{"OVER", Align::right, 0, 6});
  return out;
}

// Zero is no news in a table for people.
Cell rare_count(std::int64_t count) {
  Cell value = count_cell(count);
  if (count == 0) value.shown.clear();
  value.colour = Colour::yellow;
  return value;
}

std::vector<Cell> row(const SpendReport& report, const SpendItem& item, Money largest, bool bars,
                      bool is_total) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < report.by.size(); ++i) {
    std::string value = i < item.by.size() ? item.by[i] : std::string();
    if (is_total) value = i == 0 ? "total" : "";
    Cell label = text_cell(value, is_total ? Colour::bold : Colour::none);
    if (value.empty() && !is_total) label.shown = "(none)";
    if (report.by[i] == "hour" && !is_total)
      if (const std::optional<Time> hour = parse_rfc3339(value)) label.shown = local_minute(*hour);
    cells.push_back(std::move(label));
  }
  cells.push_back(money_cell(item.cost_usd));
  if (is_total) cells.back().colour = Colour::bold;
  if (bars)
    cells.push_back(cell(is_total ? "" : bar(item.cost_usd, largest, bar_width), "", Colour::cyan));
  cells.push_back(count_cell(item.requests));
  cells.push_back(rare_count(item.errors));
  cells.push_back(count_cell(item.tokens_in));
  cells.push_back(count_cell(item.tokens_out));
  cells.push_back(rare_count(item.unpriced));
  cells.push_back(rare_count(item.unsettled));
  cells.push_back(money_cell(item.over_usd));
  if (item.over_usd.is_zero()) cells.back().shown.clear();
  return cells;
}

}  // namespace

std::string bar(Money share, Money whole, std::size_t width) {
  static constexpr std::array<std::string_view, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (whole.nano() <= 0 || share.nano() <= 0) return {};
  auto wide = static_cast<__int128>(share.nano()) * static_cast<__int128>(width * 8);
  auto cells = static_cast<std::size_t>(wide / whole.nano());
  cells = std::clamp<std::size_t>(cells, 1, width * 8);
  std::string out;
  for (std::size_t i = 0; i < cells / 8; ++i)
    out += "█";
  return out + std::string(eighths[cells % 8]);
}

void print_spend(Output& output, const SpendReport& report) {
  bool person = output.format() == Format::table && output.is_terminal();
  Money largest;
  for (const SpendItem& item : report.items)
    largest = std::max(largest, item.cost_usd);
  Table table(columns(report, person));
  for (const SpendItem& item : report.items)
    table.add(row(report, item, largest, person, false));
  if (person && report.items.size() > 1)
    table.add(row(report, report.total, largest, person, true));
  table.print(output);
}

}  // namespace litegw::cmd
