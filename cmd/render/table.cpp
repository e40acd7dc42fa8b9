#include "cmd/render/table.h"

#include <algorithm>

#include "common/base/text.h"

namespace litegw::cmd {
namespace {

constexpr std::size_t gap = 2;

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

std::string csv_name(std::string_view title) {
  std::string out = to_lower(trim(title));
  std::replace(out.begin(), out.end(), ' ', '_');
  return out;
}

std::size_t total(const Table::Layout& layout) {
  std::size_t sum = layout.columns.empty() ? 0 : gap * (layout.columns.size() - 1);
  for (std::size_t width : layout.widths)
    sum += width;
  return sum;
}

// Takes cells from the widest column that may still give some, until the row fits.
void shrink(Table::Layout& layout, const std::vector<Column>& columns, std::size_t width) {
  while (total(layout) > width) {
    std::size_t widest = layout.columns.size();
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
      const Column& column = columns[layout.columns[i]];
      if (column.min_width == 0 || layout.widths[i] <= column.min_width) continue;
      if (widest == layout.columns.size() || layout.widths[i] > layout.widths[widest]) widest = i;
    }
    if (widest == layout.columns.size()) return;
    --layout.widths[widest];
  }
}

// Leaves out the column that matters least; false when all matter.
bool drop_one(Table::Layout& layout, const std::vector<Column>& columns) {
  std::size_t least = layout.columns.size();
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    int rank = columns[layout.columns[i]].drop_rank;
    if (rank == 0) continue;
    if (least == layout.columns.size() || rank > columns[layout.columns[least]].drop_rank)
      least = i;
  }
  if (least == layout.columns.size()) return false;
  layout.columns.erase(layout.columns.begin() + static_cast<std::ptrdiff_t>(least));
  layout.widths.erase(layout.widths.begin() + static_cast<std::ptrdiff_t>(least));
  return true;
}

std::size_t smallest(const Table::Layout& layout, const std::vector<Column>& columns) {
  Table::Layout least = layout;
  for (std::size_t i = 0; i < least.columns.size(); ++i) {
    std::size_t floor = columns[least.columns[i]].min_width;
    if (floor > 0) least.widths[i] = std::min(least.widths[i], floor);
  }
  return total(least);
}

}  // namespace

Cell text_cell(std::string_view text, Colour colour) {
  std::string safe = escape_control(text);
  return Cell{safe, safe, colour};
}

Cell cell(std::string shown, std::string plain, Colour colour) {
  return Cell{std::move(shown), std::move(plain), colour};
}

Table::Layout Table::layout(std::size_t width, bool hide_empty) const {
  Layout layout;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = 0;
    for (const std::vector<Cell>& row : rows_)
      widest = std::max(widest, display_width(row[i].shown));
    if (widest == 0 && hide_empty && columns_[i].drop_rank > 0) continue;
    layout.columns.push_back(i);
    layout.widths.push_back(std::max(widest, display_width(columns_[i].title)));
  }
  while (smallest(layout, columns_) > width && drop_one(layout, columns_)) {
  }
  shrink(layout, columns_, width);
  return layout;
}

std::string Table::row_line(const Layout& layout, const std::vector<Cell>& row, bool colour) const {
  std::string line;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    const Cell& value = row[layout.columns[i]];
    const Column& column = columns_[layout.columns[i]];
    bool last = i + 1 == layout.columns.size();
    std::string text = fit(value.shown, layout.widths[i]);
    std::size_t used = display_width(text);
    std::string space(layout.widths[i] > used ? layout.widths[i] - used : 0, ' ');
    if (column.align == Align::right) line += space;
    line += paint(text, value.colour, colour);
    if (column.align == Align::left && !last) line += space;
    if (!last) line += std::string(gap, ' ');
  }
  while (line.ends_with(' '))
    line.pop_back();
  return line + "\n";
}

std::string Table::header_line(const Layout& layout, bool colour) const {
  std::vector<Cell> titles;
  for (const Column& column : columns_)
    titles.push_back(Cell{column.title, column.title, Colour::dim});
  return row_line(layout, titles, colour);
}

std::string Table::aligned(std::size_t width, bool colour) const {
  Layout chosen = layout(width, true);
  std::string out = header_line(chosen, colour);
  for (const std::vector<Cell>& row : rows_)
    out += row_line(chosen, row, colour);
  return out;
}

std::string Table::csv_line(const std::vector<Cell>& row) const {
  std::string line;
  for (const Cell& value : row) {
    if (&value != &row.front()) line += ',';
    line += csv_field(value.plain);
  }
  return line + "\r\n";
}

std::string Table::csv_header() const {
  std::vector<Cell> names;
  for (const Column& column : columns_)
    names.push_back(Cell{{}, csv_name(column.title), Colour::none});
  return csv_line(names);
}

std::string Table::csv() const {
  std::string out = csv_header();
  for (const std::vector<Cell>& row : rows_)
    out += csv_line(row);
  return out;
}

std::string Table::tsv_line(const std::vector<Cell>& row) const {
  std::string line;
  for (const Cell& value : row) {
    if (&value != &row.front()) line += '\t';
    line += value.plain;
  }
  return line + "\n";
}

std::string Table::tsv() const {
  std::string out;
  for (const std::vector<Cell>& row : rows_)
    out += tsv_line(row);
  return out;
}

void Table::print(Output& output) const {
  if (output.format() == Format::csv) return output.data(csv());
  if (!output.is_terminal()) return output.data(tsv());
  output.data(aligned(output.columns(), output.colour()));
}

void Facts::add(std::string name, Cell value) {
  facts_.emplace_back(std::move(name), std::move(value));
}

void Facts::print(Output& output) const {
  if (output.format() == Format::csv) {
    std::vector<Column> columns;
    std::vector<Cell> row;
    for (const auto& [name, value] : facts_) {
      columns.push_back(Column{name});
      row.push_back(value);
    }
    Table table(std::move(columns));
    table.add(std::move(row));
    return output.data(table.csv());
  }
  std::size_t width = 0;
  for (const auto& [name, value] : facts_)
    width = std::max(width, display_width(name));
  for (const auto& [name, value] : facts_) {
    if (!output.is_terminal()) {
      output.line(csv_name(name) + "\t" + value.plain);
      continue;
    }
    if (value.shown.empty()) continue;
    std::string label = output.paint(pad(name, width, Align::left), Colour::dim);
    std::size_t room = output.columns() > width + gap + 20 ? output.columns() - width - gap : 20;
    std::string text = wrap(value.shown, room, width + gap);
    output.line(label + std::string(gap, ' ') + output.paint(text, value.colour));
  }
}

}  // namespace litegw::cmd
