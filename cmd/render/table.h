// Lists and facts in every form of `-o`. On a terminal: aligned, fitted to its width, coloured. In
// a pipe: tab-separated, whole, no header. CSV (RFC 4180) has a header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/output.h"
#include "cmd/render/style.h"

namespace litegw::cmd {

// One value in its two forms. Text from outside is made safe here.
struct Cell {
  std::string shown;  // on a terminal: "2m ago", "$1.20"
  std::string plain;  // in a pipe and in CSV: "2026-11-23T09:30:00Z", "1.2"
  Colour colour = Colour::none;
};
Cell text_cell(std::string_view text, Colour colour = Colour::none);
Cell cell(std::string shown, std::string plain, Colour colour = Colour::none);

struct Column {
  std::string title;  // "LAST USED"; in CSV "last_used"
  Align align = Align::left;
  std::size_t min_width = 0;  // may be cut down to this on a narrow terminal; 0 = never cut
  int drop_rank = 0;          // left out on a narrow terminal, highest first; 0 = never
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // In the output's format (table or csv). On a terminal a column without any value is left out.
  void print(Output& output) const;

  std::string csv() const;
  std::string csv_header() const;
  std::string tsv() const;
  std::string aligned(std::size_t width, bool colour) const;

  // For rows that come one by one: fixed columns, chosen from what is known and the width.
  struct Layout {
    std::vector<std::size_t> columns, widths;
  };
  Layout layout(std::size_t width, bool hide_empty) const;
  std::string header_line(const Layout& layout, bool colour) const;
  std::string row_line(const Layout& layout, const std::vector<Cell>& row, bool colour) const;
  std::string csv_line(const std::vector<Cell>& row) const;
  std::string tsv_line(const std::vector<Cell>& row) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Named values of one object, in the order of adding. A value without text is left out on a
// terminal.
class Facts {
 public:
  void add(std::string name, Cell value);
  void print(Output& output) const;

 private:
  std::vector<std::pair<std::string, Cell>> facts_;
};

}  // namespace litegw::cmd
