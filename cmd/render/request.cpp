#include "cmd/render/request.h"

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using control::RequestRow;

constexpr std::size_t short_id_length = 8;

std::vector<Column> screen_columns() {
  return {Column{"ID"},
          Column{"TIME"},
          Column{"CODE"},
          Column{"KEY", Align::left, 8, 1},
          Column{"MODEL", Align::left, 10},
          Column{"TOKENS", Align::right, 0, 2},
          Column{"COST", Align::right},
          Column{"TOOK", Align::right}};
}

// What a row may need, so that rows printed one by one stand below each other.
std::vector<Cell> widest_row(bool clock) {
  return {text_cell(std::string(short_id_length, 'x')),
          text_cell(clock ? "00:00:00" : "365d ago"),
          text_cell("200"),
          text_cell(std::string(14, 'x')),
          text_cell(std::string(24, 'x')),
          text_cell("99,999>4,096"),
          text_cell("$0.000132"),
          text_cell("100.00s")};
}

const std::string& key_of(const RequestRow& row) {
  return row.key_name.empty() ? row.key_id : row.key_name;
}

const std::string& model_of(const RequestRow& row) {
  return row.model.empty() ? row.asked_model : row.model;
}

std::string tokens(const RequestRow& row) {
  if (row.tokens_in == 0 && row.tokens_out == 0) return "-";
  return fmt::format("{}>{}{}", group_digits(row.tokens_in), group_digits(row.tokens_out),
                     row.usage.estimated ? "~" : "");
}

Cell cost_cell(const RequestRow& row) {
  bool counted = row.tokens_in > 0 || row.tokens_out > 0;
  if (!row.priced && counted) return cell("unpriced", to_decimal(row.cost_usd), Colour::yellow);
  return money_cell(row.cost_usd);
}

std::string error_line(const RequestRow& row) {
  if (row.error_code.empty() && row.error_message.empty()) {
    bool odd = row.outcome != "ok" && !row.outcome.empty();
    return odd ? escape_control(row.outcome) : std::string();
  }
  if (row.error_message.empty()) return escape_control(row.error_code);
  return escape_control(row.error_code + ": " + row.error_message);
}

// For scripts: everything that is one value.
std::vector<std::pair<std::string, std::string>> flat(const RequestRow& row) {
  auto number = [](auto value) {
    return fmt::format("{}", value);
  };
  return {{"id", row.id},
          {"started_at", to_rfc3339(row.started_at, true)},
          {"status", number(row.status)},
          {"outcome", row.outcome},
          {"key_id", row.key_id},
          {"key_name", row.key_name},
          {"user", row.user},
          {"team", row.team},
          {"asked_model", row.asked_model},
          {"model", row.model},
          {"provider", row.provider},
          {"upstream_model", row.upstream_model},
          {"deployment", row.deployment},
          {"stream", row.stream ? "true" : "false"},
          {"tokens_in", number(row.tokens_in)},
          {"tokens_out", number(row.tokens_out)},
          {"cost_usd", to_decimal(row.cost_usd)},
          {"priced", row.priced ? "true" : "false"},
          {"duration_us", number(row.duration_us)},
          {"first_byte_us", number(row.first_byte_us)},
          {"route", row.route},
          {"client_address", row.client_address},
          {"user_agent", row.user_agent},
          {"end_user", row.end_user},
          {"tags", join(row.tags, ",")},
          {"error_code", row.error_code},
          {"error_message", row.error_message}};
}

Table flat_table(const RequestRow& row, std::vector<Cell>& cells) {
  std::vector<Column> columns;
  for (auto& [name, value] : flat(row)) {
    columns.push_back(Column{name});
    cells.push_back(text_cell(value));
  }
  return Table(std::move(columns));
}

std::string usage_text(const control::UsageView& usage) {
  std::vector<std::string> parts;
  auto add = [&](std::string_view name, std::int64_t count) {
    if (count != 0) parts.push_back(fmt::format("{} {}", group_digits(count), name));
  };
  add("input", usage.input);
  add("cache read", usage.cache_read);
  add("cache write", usage.cache_write);
  add("cache write 1h", usage.cache_write_1h);
  add("audio input", usage.audio_input);
  add("image input", usage.image_input);
  add("output", usage.output);
  add("reasoning", usage.reasoning);
  add("audio output", usage.audio_output);
  std::string text = join(parts, ", ");
  if (usage.estimated) text += " (estimated)";
  return text;
}

Facts request_facts(const RequestRow& row, const std::string& cost_explanation) {
  Facts facts;
  facts.add("Id", text_cell(row.id));
  facts.add("Started",
            cell(local_minute(row.started_at).substr(0, 10) + " " + local_clock(row.started_at),
                 to_rfc3339(row.started_at, true)));
  facts.add("Status", status_cell(row.status));
  facts.add("Outcome",
            row.outcome == "ok" ? state_cell("ok") : text_cell(row.outcome, Colour::yellow));
  facts.add("Error", text_cell(row.error_code, Colour::red));
  facts.add("Message", text_cell(row.error_message));
  facts.add("Took", duration_cell(row.duration_us));
  facts.add("First byte after",
            row.first_byte_us > 0 ? duration_cell(row.first_byte_us) : cell("", ""));
  facts.add("Key", text_cell(row.key_name.empty() || row.key_id.empty()
                                 ? key_of(row)
                                 : fmt::format("{} ({})", row.key_name, row.key_id)));
  facts.add("User", text_cell(row.user));
  facts.add("Team", text_cell(row.team));
  facts.add("Asked for", text_cell(row.asked_model));
  facts.add("Model", text_cell(row.model));
  facts.add("Provider", text_cell(row.provider));
  facts.add("Upstream model", text_cell(row.upstream_model));
  facts.add("Service tier", text_cell(row.service_tier));
  facts.add("Tokens",
            cell(usage_text(row.usage), fmt::format("{},{}", row.tokens_in, row.tokens_out)));
  facts.add("Cost", cost_cell(row));
  facts.add("Computed as", text_cell(cost_explanation));
  facts.add("Finish reason", text_cell(row.finish_reason));
  facts.add("Route", text_cell(row.method + " " + row.route));
  facts.add("Shape", text_cell(row.shape));
  facts.add("Streamed", text_cell(row.stream ? "yes" : "no"));
  facts.add("Bytes in", bytes_cell(row.request_bytes));
  facts.add("Bytes out", bytes_cell(row.response_bytes));
  facts.add("Client", text_cell(row.client_address));
  facts.add("User agent", text_cell(row.user_agent));
  facts.add("End user", text_cell(row.end_user));
  facts.add("Session", text_cell(row.session));
  facts.add("Tags", names_cell(row.tags, ""));
  facts.add("Upstream id", text_cell(row.upstream_request_id));
  return facts;
}

// An id that nobody chose is 64 hex digits; its beginning tells it from others.
Cell deployment_cell(const std::string& id) {
  constexpr std::size_t readable = 40;
  Cell whole = text_cell(id);
  if (id.size() > readable) whole.shown = id.substr(0, 12) + "…";
  return whole;
}

void print_attempts(Output& output, const RequestRow& row) {
  if (row.attempts.empty()) return;
  Table table({Column{"DEPLOYMENT", Align::left, 10}, Column{"PROVIDER"}, Column{"STATUS"},
               Column{"TOOK", Align::right}});
  for (const control::AttemptView& attempt : row.attempts)
    table.add({deployment_cell(attempt.deployment), text_cell(attempt.provider),
               status_cell(attempt.status), duration_cell(attempt.duration_us)});
  output.line("");
  output.line(output.paint("Attempts", Colour::bold));
  output.data(table.aligned(output.columns(), output.colour()));
  // Whole, below the table: the end of an error is often its cause.
  for (const control::AttemptView& attempt : row.attempts)
    if (!attempt.error.empty())
      output.line("  " + output.paint(escape_control(attempt.error), Colour::red));
}

void print_body(Output& output, std::string_view title, const std::optional<std::string>& body) {
  if (!body) return;
  output.line("");
  output.line(output.paint(title, Colour::bold));
  Result<Json> json = parse_json(*body);
  for (const std::string& line : split(json ? dump_pretty(*json) : *body, '\n'))
    output.line(escape_control(line));
}

}  // namespace

std::string short_request_id(const std::string& id) {
  return id.size() > short_id_length ? id.substr(id.size() - short_id_length) : id;
}

RequestPrinter::RequestPrinter(Output& output, bool clock)
    : output_(output), clock_(clock), table_(screen_columns()) {
  Table measure(screen_columns());
  measure.add(widest_row(clock));
  layout_ = measure.layout(output.columns(), false);
}

void RequestPrinter::print(const Json& item) {
  ++printed_;
  if (output_.is_json()) return output_.line(dump(item));
  Result<RequestRow> read = control::decode<RequestRow>(item, control::Unknown::ignore);
  RequestRow row = read ? std::move(*read) : RequestRow{};
  if (output_.format() == Format::name) return output_.line(escape_control(row.id));
  if (output_.format() == Format::table && output_.is_terminal()) return print_aligned(row);
  std::vector<Cell> cells;
  Table table = flat_table(row, cells);
  if (output_.format() != Format::csv) return output_.data(table.tsv_line(cells));
  if (printed_ == 1) output_.data(table.csv_header());
  output_.data(table.csv_line(cells));
}

void RequestPrinter::print_aligned(const RequestRow& row) {
  if (printed_ == 1) output_.data(table_.header_line(layout_, output_.colour()));
  Time now = output_.console().now();
  std::string when = clock_ ? local_clock(row.started_at) : ago(row.started_at, now);
  std::vector<Cell> cells{text_cell(short_request_id(row.id)),
                          text_cell(when),
                          status_cell(row.status),
                          text_cell(key_of(row)),
                          text_cell(model_of(row)),
                          text_cell(tokens(row)),
                          cost_cell(row),
                          duration_cell(row.duration_us)};
  output_.data(table_.row_line(layout_, cells, output_.colour()));
  std::string error = error_line(row);
  if (error.empty()) return;
  std::size_t room = output_.columns() > 4 ? output_.columns() - 2 : 20;
  output_.line("  " + output_.paint(fit(error, room), Colour::dim));
}

void print_request(Output& output, const control::RequestDetail& detail, const RequestRow& row) {
  request_facts(row, detail.cost_explanation).print(output);
  if (output.format() == Format::csv || !output.is_terminal()) return;
  print_attempts(output, row);
  print_body(output, "Request body", detail.request_body);
  print_body(output, "Answer body", detail.response_body);
}

}  // namespace litegw::cmd
