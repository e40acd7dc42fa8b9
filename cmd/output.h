// How results leave the program: data on stdout, everything else on stderr, in the form that was
// asked for and with colour only where it belongs. Used by every command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/console.h"
#include "cmd/render/style.h"
#include "common/base/json.h"
#include "common/base/result.h"
#include "common/control/api.h"

namespace litegw::cmd {

enum class Format { table, json, jsonl, csv, name };
enum class ColourMode { automatic, always, never };

Result<Format> parse_format(std::string_view text);
Result<ColourMode> parse_colour_mode(std::string_view text);

// What a user reads when a command fails: what failed, why, what to do.
struct Failure {
  std::string what;  // "cannot show key 'ci'"
  Error error;
  std::vector<control::Problem> problems;
};

class Output {
 public:
  Output(Console& console, Format format, ColourMode colour, bool quiet);

  Console& console() const { return console_; }
  Format format() const { return format_; }
  bool is_json() const { return format_ == Format::json || format_ == Format::jsonl; }
  bool is_terminal() const { return terminal_; }
  std::size_t columns() const { return console_.columns(); }
  bool colour() const { return colour_out_; }
  std::string paint(std::string_view text, Colour colour) const;

  void data(std::string_view text) { console_.write_out(text); }
  void line(std::string_view text);
  // As asked: indented for `json` on a terminal, one line otherwise.
  void json(const Json& value);
  // A list as the daemon sent it, `items` line by line for `jsonl`. False when another form is
  // wanted, and nothing is printed.
  bool raw_list(const Json& answer);

  // To stderr. `note` is left out with --quiet, `warning` is not.
  void note(std::string_view text);
  void warning(std::string_view text);
  void failure(const Failure& failure);

 private:
  Console& console_;
  Format format_;
  bool quiet_;
  bool terminal_;
  bool colour_out_, colour_error_;
};

}  // namespace litegw::cmd
