#include "cmd/wait_for_cursor.h"

#include <fmt/format.h>

#include "cmd/render/cells.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

constexpr Duration between_looks = milliseconds(300);

std::uint64_t sequence_of(const Json& row) {
  return row.value("sequence", std::uint64_t{0});
}

bool is_of_cursor(const control::RequestRow& row) {
  // `litegw test` calls itself Cursor too.
  if (row.user_agent.find("litegw-test") != std::string::npos) return false;
  return row.cursor || row.user_agent.starts_with("Cursor/");
}

bool may_pass(ErrorCode code) {
  return code == ErrorCode::daemon_not_running || code == ErrorCode::io_error ||
         code == ErrorCode::shutting_down;
}

}  // namespace

Status CursorWait::begin() {
  control::LogQuery query;
  query.limit = 1;
  auto rows =
      context_.client().get<control::LogList>(control::path::log, control::encode_query(query));
  if (!rows) return rows.error();
  if (!rows->value.items.empty()) last_ = sequence_of(rows->value.items.back());
  return {};
}

Result<std::vector<Json>> CursorWait::new_rows() {
  control::LogQuery query;
  query.after_sequence = last_;
  auto rows =
      context_.client().get<control::LogList>(control::path::log, control::encode_query(query));
  if (!rows) return rows.error();
  if (!rows->value.items.empty()) last_ = sequence_of(rows->value.items.back());
  return std::move(rows->value.items);
}

void CursorWait::tell(const control::RequestRow& row, const Json& raw) {
  Output& output = context_.output();
  if (output.is_json()) return output.json(raw);
  output.line(fmt::format("Cursor is here: model {}, shape {}, answered with {} in {} ({}).",
                          escape_control(row.asked_model), escape_control(row.shape), row.status,
                          duration_cell(row.duration_us).shown, escape_control(row.user_agent)));
  output.note(fmt::format("Look at it: litegw log show {}", escape_control(row.id)));
}

bool CursorWait::judge(const Json& raw, const std::string& key_id) {
  auto row = control::decode<control::RequestRow>(raw, control::Unknown::ignore);
  if (!row || !is_of_cursor(*row)) return false;
  if (row->key_id == key_id && row->status < 400) {
    tell(*row, raw);
    return true;
  }
  std::string why = row->key_id == key_id ? escape_control(shorten(row->error_message, 200))
                    : row->key_id.empty() ? "its key is none of this gateway"
                                          : "it came with another key";
  context_.output().note(
      fmt::format("A request came, answered with {}: {}. Still waiting.", row->status, why));
  return false;
}

Result<int> CursorWait::run(const std::string& key_id, Duration limit) {
  context_.output().note(
      fmt::format("\nNow ask something in Cursor's chat. Waiting for its first request (at most "
                  "{}).",
                  to_text(limit)));
  context_.doing = "see a request of Cursor";
  const Time end = context_.console().now() + limit;
  for (;;) {
    Result<std::vector<Json>> rows = new_rows();
    if (!rows && !may_pass(rows.error().code)) return rows.error();
    if (rows)
      for (const Json& row : *rows)
        if (judge(row, key_id)) return 0;
    if (context_.console().now() >= end)
      return make_error(ErrorCode::timed_out, fmt::format("none came within {}", to_text(limit)),
                        "litegw test --base-url URL finds out why; litegw-cursor(7) has the table");
    context_.console().pause(between_looks);
  }
}

}  // namespace litegw::cmd
