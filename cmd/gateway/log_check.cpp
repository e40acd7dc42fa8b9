#include "cmd/gateway/log_check.h"

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/control/log.h"

namespace litegw::cmd {
namespace {

using control::LogList;
using control::RequestDetail;

// Rows are committed in groups.
constexpr int tries = 10;
constexpr Duration between_tries = milliseconds(100);
constexpr Duration lately = minutes(15);

// "the last one of Cursor 3m ago"; empty when the log cannot be read.
std::string about_cursor(Context& context) {
  control::LogQuery query;
  query.user_agent = "Cursor/";
  query.since = context.console().now() - lately;
  query.limit = 100;
  auto rows = context.client().get<LogList>(control::path::log, control::encode_query(query));
  if (!rows) return {};
  for (auto item = rows->value.items.rbegin(); item != rows->value.items.rend(); ++item) {
    auto row = control::decode<control::RequestRow>(*item, control::Unknown::ignore);
    // This program calls itself Cursor too.
    if (!row || row->user_agent.find("litegw-test") != std::string::npos) continue;
    return fmt::format("; the last one of Cursor {}: status {}",
                       ago(row->started_at, context.console().now()), row->status);
  }
  return fmt::format("; none of Cursor in the last {}", to_text(lately));
}

}  // namespace

void check_log(Context& context, const Gateway& gateway, Report& report) {
  if (!gateway.is_litegw()) return;
  const std::string path = control::object_path(control::path::log, gateway.request_id());
  for (int i = 0; i < tries; ++i) {
    auto found = context.client().get<RequestDetail>(path);
    if (found) {
      std::string detail =
          fmt::format("the last request of this test is in it{}", about_cursor(context));
      return report.add(
          Check{"log", "Request log", Verdict::passed, std::move(detail), "", 0, 0, true});
    }
    if (found.error().code != ErrorCode::not_found) return;
    context.console().pause(between_tries);
  }
}

}  // namespace litegw::cmd
