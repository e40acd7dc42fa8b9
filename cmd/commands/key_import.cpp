#include "cmd/commands/key_import.h"

#include <fstream>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "cmd/registry.h"
#include "cmd/render/cells.h"
#include "cmd/render/table.h"
#include "common/base/text.h"
#include "common/control/budgets.h"

namespace litegw::cmd {
namespace {

using control::ImportLine;
using control::ImportReport;

constexpr std::size_t longest_list = 31u << 20;  // what litegwd takes as one request

struct Flags {
  std::string file;
  bool dry_run = false;
};

Result<std::string> read_list(Context& context, const std::string& file) {
  if (file == "-") return context.console().read_all(longest_list);
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return make_error(ErrorCode::usage,
                      fmt::format("cannot read {}: {}", escape_control(file), strerror(errno)),
                      "name the file with LiteLLM's key list, or - for stdin");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.size() <= longest_list) return text;
  return make_error(ErrorCode::usage, fmt::format("{} is too large", escape_control(file)),
                    "import it in parts: every page of the list is one");
}

Result<Json> read_document(Context& context, const std::string& file) {
  Result<std::string> text = read_list(context, file);
  if (!text) return text.error();
  Result<Json> document = parse_json(*text);
  if (document) return document;
  Error error = document.error();
  error.code = ErrorCode::usage;
  error.message =
      fmt::format("{} is no JSON: {}", file == "-" ? "stdin" : escape_control(file), error.message);
  error.hint =
      "save it with: curl -H \"Authorization: Bearer $MASTER_KEY\" "
      "\"$LITELLM/key/list?return_full_object=true&size=100\"";
  return error;
}

Cell result_cell(const std::string& result) {
  if (result == "refused") return text_cell(result, Colour::red);
  if (result == "new" || result == "changed") return text_cell(result, Colour::green);
  return text_cell(result);
}

Table import_table(const std::vector<ImportLine>& lines) {
  Table table({Column{"ROW", Align::right}, Column{"KIND"}, Column{"NAME", Align::left, 10},
               Column{"RESULT"}, Column{"SPEND", Align::right},
               Column{"NOTES", Align::left, 0, 1}});
  for (const ImportLine& line : lines)
    table.add({line.row > 0 ? count_cell(line.row) : cell("", ""), text_cell(line.kind),
               text_cell(line.name), result_cell(line.result), money_cell(line.spend_usd),
               cell(line.notes.empty() ? "" : fmt::format("{}, see below", line.notes.size()),
                    escape_control(join(line.notes, "; ")))});
  return table;
}

// On a terminal the notes are sentences of their own: they do not fit into a column.
void print_notes(Output& output, const ImportReport& report) {
  for (const ImportLine& line : report.items)
    for (const std::string& note : line.notes)
      output.line(escape_control(line.kind) + " " +
                  output.paint(escape_control(line.name), Colour::bold) + ": " +
                  escape_control(note));
}

std::size_t count_of(const ImportReport& report, std::string_view kind, std::string_view result) {
  std::size_t count = 0;
  for (const ImportLine& line : report.items)
    if (line.kind == kind && line.result == result) ++count;
  return count;
}

std::string summary(const ImportReport& report) {
  std::string text;
  for (const char* result : {"new", "changed", "same", "skipped", "refused"})
    if (std::size_t count = count_of(report, "key", result); count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, result);
  text = text.empty() ? "no keys" : "keys: " + text;
  for (const char* kind : {"user", "team"})
    if (std::size_t count = count_of(report, kind, "new"); count > 0)
      text += fmt::format("; {} new {}{}", count, kind, count == 1 ? "" : "s");
  return text;
}

void print_report(Context& context, const Answer<ImportReport>& answer) {
  Output& output = context.output();
  const ImportReport& report = answer.value;
  if (output.raw_list(answer.raw)) return;
  if (output.format() == Format::name) {
    for (const ImportLine& line : report.items)
      if (line.kind == "key") output.line(escape_control(line.name));
    return;
  }
  import_table(report.items).print(output);
  if (output.format() == Format::table && output.is_terminal()) print_notes(output, report);
}

Result<int> import_keys(Context& context, const Flags& flags) {
  Result<Json> document = read_document(context, flags.file);
  if (!document) return document.error();
  control::KeyImport request;
  request.document = std::move(*document);
  request.dry_run = flags.dry_run;
  auto answer = context.client().send<ImportReport>("POST", control::path::key_import, request);
  if (!answer) return answer.error();
  const ImportReport& report = answer->value;
  print_report(context, *answer);
  for (const std::string& note : report.notes)
    context.output().warning(escape_control(note));
  const std::size_t refused = count_of(report, "key", "refused");
  if (refused > 0)
    return make_error(ErrorCode::conflict,
                      fmt::format("{} of the keys cannot be imported; nothing was", refused),
                      "the lines say why; correct the list and import it again");
  context.output().note(
      fmt::format("{}{}", flags.dry_run ? "Would import " : "Imported ", summary(report)));
  return 0;
}

}  // namespace

void add_key_import(Registry& registry, CLI::App& key) {
  CLI::App& import = registry.command(
      key, "import", "Take over LiteLLM's keys: they go on working, with limits and spend",
      {"litegw key import keys.json --dry-run", "litegw key import keys.json",
       "curl -s -H \"Authorization: Bearer $MASTER_KEY\" \\\n"
       "    \"$LITELLM/key/list?return_full_object=true&size=100\" | litegw key import -"});
  auto flags = std::make_shared<Flags>();
  import
      .add_option("FILE", flags->file,
                  "LiteLLM's answer to /key/list?return_full_object=true; - reads stdin")
      ->required();
  import.add_flag("--dry-run", flags->dry_run, "Only say what would come, and what would not");
  registry.run(import, "import keys",
               [flags](Context& context) { return import_keys(context, *flags); });
}

}  // namespace litegw::cmd
