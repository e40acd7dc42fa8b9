#include "cmd/output.h"

#include <array>

#include <fmt/format.h>

#include "cmd/render/problems.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

const std::array<std::string, 5> format_names{"table", "json", "jsonl", "csv", "name"};
const std::array<std::string, 3> colour_names{"auto", "always", "never"};

template <class Names>
Result<std::size_t> choose(std::string_view text, const Names& names, std::string_view flag) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return i;
  std::string near = nearest(text, names);
  std::string hint = fmt::format("use one of: {}", join(names, ", "));
  if (!near.empty() && near.front() == text.front())
    hint = fmt::format("did you mean '{}'? ({})", near, join(names, ", "));
  return make_error(ErrorCode::usage,
                    fmt::format("'{}' is no value for {}", escape_control(shorten(text, 40)), flag),
                    hint);
}

bool set_and_not(const Console& console, const std::string& name, std::string_view unless) {
  std::string value = console.environment(name).value_or("");
  return !value.empty() && value != unless;
}

// NO_COLOR (no-color.org), CLICOLOR_FORCE (bixense.com/clicolors), TERM=dumb.
bool wants_colour(const Console& console, ColourMode mode, Stream stream) {
  if (mode != ColourMode::automatic) return mode == ColourMode::always;
  if (set_and_not(console, "NO_COLOR", "")) return false;
  if (set_and_not(console, "CLICOLOR_FORCE", "0")) return true;
  if (console.environment("CLICOLOR").value_or("") == "0") return false;
  return console.is_terminal(stream) && console.environment("TERM").value_or("") != "dumb";
}

}  // namespace

Result<Format> parse_format(std::string_view text) {
  Result<std::size_t> index = choose(text, format_names, "-o");
  if (!index) return index.error();
  return static_cast<Format>(*index);
}

Result<ColourMode> parse_colour_mode(std::string_view text) {
  Result<std::size_t> index = choose(text, colour_names, "--color");
  if (!index) return index.error();
  return static_cast<ColourMode>(*index);
}

Output::Output(Console& console, Format format, ColourMode colour, bool quiet)
    : console_(console),
      format_(format),
      quiet_(quiet),
      terminal_(console.is_terminal(Stream::out)),
      colour_out_(format == Format::table && wants_colour(console, colour, Stream::out)),
      colour_error_(!is_json() && wants_colour(console, colour, Stream::error)) {}

std::string Output::paint(std::string_view text, Colour colour) const {
  return cmd::paint(text, colour, colour_out_);
}

void Output::line(std::string_view text) {
  console_.write_out(std::string(text) + "\n");
}

void Output::json(const Json& value) {
  bool pretty = format_ == Format::json && terminal_;
  line(pretty ? dump_pretty(value) : dump(value));
}

bool Output::raw_list(const Json& answer) {
  if (!is_json()) return false;
  if (format_ == Format::json) {
    json(answer);
    return true;
  }
  for (const Json& item : answer["items"])
    json(item);
  return true;
}

void Output::note(std::string_view text) {
  if (!quiet_) console_.write_error(std::string(text) + "\n");
}

void Output::warning(std::string_view text) {
  console_.write_error(cmd::paint("warning: ", Colour::yellow, colour_error_) + std::string(text) +
                       "\n");
}

void Output::failure(const Failure& failure) {
  const Error& error = failure.error;
  if (is_json()) {
    Json answer = control::error_answer(error, failure.problems);
    answer["error"]["what"] = failure.what;
    answer["error"]["exit"] = error_info(error.code).exit_code;
    console_.write_error(dump(answer) + "\n");
    return;
  }
  std::string text = cmd::paint("error: ", Colour::red, colour_error_) + failure.what + "\n";
  text += render_problems(failure.problems, colour_error_);
  text += cmd::paint("  why: ", Colour::bold, colour_error_) + escape_control(error.message) + "\n";
  if (!error.hint.empty())
    text += cmd::paint("  do:  ", Colour::bold, colour_error_) + escape_control(error.hint) + "\n";
  console_.write_error(text);
}

}  // namespace litegw::cmd
