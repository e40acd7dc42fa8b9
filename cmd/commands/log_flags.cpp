#include "cmd/commands/log_flags.h"

#include <fmt/format.h>

#include "cmd/secrets.h"
#include "cmd/when.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

Error wrong(std::string_view flag, const Error& error) {
  return make_error(ErrorCode::usage, fmt::format("{}: {}", flag, error.message), error.hint,
                    std::string(flag));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_status(const std::string& word) {
  if (word == "ok" || word == "error" || word == "unsettled") return true;
  if (word.size() != 3 || word[0] < '1' || word[0] > '5') return false;
  return word.substr(1) == "xx" || (is_digit(word[1]) && is_digit(word[2]));
}

Status set_time(Context& context, const std::string& text, Edge edge, std::string_view flag,
                std::optional<Time>& out) {
  if (text.empty()) return {};
  Result<Time> time = parse_when(text, edge, context.console().now(), flag);
  if (!time) return time.error();
  out = *time;
  return {};
}

Status set_numbers(const LogFlags& flags, control::LogQuery& query) {
  if (!flags.min_cost.empty()) {
    Result<Money> cost = parse_dollars(flags.min_cost);
    if (!cost) return wrong("--min-cost", cost.error());
    query.min_cost_usd = *cost;
  }
  if (!flags.min_latency.empty()) {
    Result<Duration> latency = parse_duration(flags.min_latency);
    if (!latency) return wrong("--min-latency", latency.error());
    query.min_latency_ms = *latency / milliseconds(1);
  }
  for (const std::string& word : flags.status)
    if (!is_status(word))
      return make_error(
          ErrorCode::usage,
          fmt::format("--status: '{}' is no status", escape_control(shorten(word, 40))),
          "write error, ok, unsettled, 4xx, 5xx or a number: --status 429,5xx");
  query.status = flags.status;
  return {};
}

}  // namespace

void add_log_flags(CLI::App& command, LogFlags& flags) {
  auto text = [&](const char* name, std::string& target, const char* summary, const char* value) {
    add_text(command, name, target, summary, value)->group(filters_group);
  };
  text("--since", flags.since, "From then on: 10m, 24h, today, 2026-11-23, RFC 3339", "WHEN");
  text("--until", flags.until, "Up to then", "WHEN");
  text("--after", flags.after, "Stored after this request", "ID");
  text("--key", flags.key, "Of this key", "KEY");
  text("--user", flags.user, "Of this user", "USER");
  text("--team", flags.team, "Of this team", "TEAM");
  text("--model", flags.model, "To this model", "MODEL");
  text("--provider", flags.provider, "Served by this provider", "NAME");
  add_list(command, "--status", flags.status, "error, ok, unsettled, 4xx, 5xx or a number",
           "STATUS,...")
      ->group(filters_group);
  text("--min-cost", flags.min_cost, "At least so dear", "USD");
  text("--min-latency", flags.min_latency, "At least so slow: 2s", "DURATION");
  text("--ua", flags.user_agent, "With this in the user agent: Cursor", "TEXT");
  text("--grep", flags.grep, "With this text in names, ids or errors", "TEXT");
  command.add_flag("--stream", flags.stream, "Streamed ones only")->group(filters_group);
}

Result<control::LogQuery> to_query(Context& context, const LogFlags& flags) {
  control::LogQuery query;
  Status since = set_time(context, flags.since, Edge::since, "--since", query.since);
  if (!since) return since.error();
  Status until = set_time(context, flags.until, Edge::until, "--until", query.until);
  if (!until) return until.error();
  Status numbers = set_numbers(flags, query);
  if (!numbers) return numbers.error();
  Result<std::string> key = key_reference(context, flags.key);
  if (!key) return key.error();
  query.key = *key;
  query.after = flags.after;
  query.user = flags.user;
  query.team = flags.team;
  query.model = flags.model;
  query.provider = flags.provider;
  query.user_agent = flags.user_agent;
  query.grep = flags.grep;
  query.stream = flags.stream;
  return query;
}

}  // namespace litegw::cmd
