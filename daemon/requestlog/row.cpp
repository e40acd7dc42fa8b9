#include "daemon/requestlog/row.h"

#include <array>

#include <fmt/format.h>

#include "daemon/requestlog/bytes.h"

namespace litegw::requestlog {
namespace {

// New members go to the end: an older reader skips them, a newer one takes their absence as the
// default. The version changes only when that is not enough.
constexpr std::uint8_t version = 1;

enum Flag : std::uint8_t {
  stream = 1,
  cursor = 2,
  priced = 4,
  usage_reported = 8,
  usage_estimated = 16,
  unsettled = 32,
};

std::int64_t micros(Time time) {
  return time.time_since_epoch().count();
}

void write_usage(ByteWriter& out, const ledger::Usage& usage) {
  for (std::int64_t count :
       {usage.input, usage.cache_read, usage.cache_write, usage.cache_write_1h, usage.output,
        usage.reasoning, usage.audio_input, usage.audio_output, usage.image_input})
    out.signed_number(count);
}

void read_usage(ByteReader& in, ledger::Usage& usage) {
  for (std::int64_t* count :
       {&usage.input, &usage.cache_read, &usage.cache_write, &usage.cache_write_1h, &usage.output,
        &usage.reasoning, &usage.audio_input, &usage.audio_output, &usage.image_input})
    *count = in.signed_number();
}

// The texts of a row, in their order on disk.
template <class R>
auto texts(R& row) {
  return std::array{&row.id,
                    &row.error_code,
                    &row.error_message,
                    &row.method,
                    &row.route,
                    &row.key_id,
                    &row.key_name,
                    &row.user_id,
                    &row.team_id,
                    &row.asked_model,
                    &row.model,
                    &row.provider,
                    &row.upstream_model,
                    &row.deployment_id,
                    &row.service_tier,
                    &row.shape,
                    &row.client_address,
                    &row.user_agent,
                    &row.end_user,
                    &row.session,
                    &row.finish_reason,
                    &row.upstream_request_id};
}

void write_attempts(ByteWriter& out, const std::vector<Attempt>& attempts) {
  out.number(attempts.size());
  for (const Attempt& attempt : attempts) {
    out.text(attempt.deployment_id);
    out.text(attempt.provider);
    out.signed_number(attempt.status);
    out.text(attempt.error);
    out.signed_number(attempt.duration_us);
  }
}

std::vector<Attempt> read_attempts(ByteReader& in) {
  std::vector<Attempt> attempts;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    Attempt& attempt = attempts.emplace_back();
    attempt.deployment_id = in.text();
    attempt.provider = in.text();
    attempt.status = static_cast<int>(in.signed_number());
    attempt.error = in.text();
    attempt.duration_us = in.signed_number();
  }
  return attempts;
}

std::uint8_t flags_of(const Row& row) {
  unsigned flags = 0;
  if (row.stream) flags |= Flag::stream;
  if (row.cursor) flags |= Flag::cursor;
  if (row.priced) flags |= Flag::priced;
  if (row.usage.reported) flags |= Flag::usage_reported;
  if (row.usage.estimated) flags |= Flag::usage_estimated;
  if (row.unsettled) flags |= Flag::unsettled;
  return static_cast<std::uint8_t>(flags);
}

void set_flags(Row& row, std::uint8_t flags) {
  row.stream = (flags & Flag::stream) != 0;
  row.cursor = (flags & Flag::cursor) != 0;
  row.priced = (flags & Flag::priced) != 0;
  row.usage.reported = (flags & Flag::usage_reported) != 0;
  row.usage.estimated = (flags & Flag::usage_estimated) != 0;
  row.unsettled = (flags & Flag::unsettled) != 0;
}

Json usage_json(const ledger::Usage& usage) {
  return {{"input", usage.input},
          {"cache_read", usage.cache_read},
          {"cache_write", usage.cache_write},
          {"cache_write_1h", usage.cache_write_1h},
          {"output", usage.output},
          {"reasoning", usage.reasoning},
          {"audio_input", usage.audio_input},
          {"audio_output", usage.audio_output},
          {"image_input", usage.image_input},
          {"total_input", usage.total_input()},
          {"total_output", usage.total_output()},
          {"reported", usage.reported},
          {"estimated", usage.estimated}};
}

Json attempts_json(const std::vector<Attempt>& attempts) {
  Json out = Json::array();
  for (const Attempt& attempt : attempts)
    out.push_back({{"deployment", attempt.deployment_id},
                   {"provider", attempt.provider},
                   {"status", attempt.status},
                   {"error", attempt.error},
                   {"duration_us", attempt.duration_us}});
  return out;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::refused:
      return "refused";
    case Outcome::upstream_failed:
      return "upstream_failed";
    case Outcome::cut:
      return "cut";
    case Outcome::client_closed:
      return "client_closed";
    case Outcome::shutdown:
      return "shutdown";
  }
  return "unknown";
}

std::string encode(const Row& row) {
  ByteWriter out;
  out.reserve(512);
  out.byte(version);
  out.byte(flags_of(row));
  out.byte(static_cast<std::uint8_t>(row.outcome));
  out.signed_number(micros(row.started));
  out.signed_number(row.duration_us);
  out.signed_number(row.first_byte_us);
  out.signed_number(row.status);
  out.signed_number(row.cost.nano());
  out.number(row.request_bytes);
  out.number(row.response_bytes);
  write_usage(out, row.usage);
  for (const std::string* text : texts(row))
    out.text(*text);
  out.number(row.tags.size());
  for (const std::string& tag : row.tags)
    out.text(tag);
  write_attempts(out, row.attempts);
  out.signed_number(row.held.nano());
  out.signed_number(row.over.nano());
  return out.take();
}

Result<Row> decode(std::string_view bytes) {
  ByteReader in(bytes);
  std::uint8_t found = in.byte();
  if (!in.ok()) return make_error(ErrorCode::internal, "an empty request row");
  if (found != version)
    return make_error(
        ErrorCode::store_unavailable,
        fmt::format("a request row of version {}, this litegwd reads version {}", found, version));
  Row row;
  set_flags(row, in.byte());
  std::uint8_t outcome = in.byte();
  row.started = Time(Duration(in.signed_number()));
  row.duration_us = in.signed_number();
  row.first_byte_us = in.signed_number();
  row.status = static_cast<int>(in.signed_number());
  row.cost = Money::nano(in.signed_number());
  row.request_bytes = in.number();
  row.response_bytes = in.number();
  read_usage(in, row.usage);
  for (std::string* text : texts(row))
    *text = in.text();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left)
    row.tags.push_back(in.text());
  row.attempts = read_attempts(in);
  if (in.left() > 0) {
    row.held = Money::nano(in.signed_number());
    row.over = Money::nano(in.signed_number());
  }
  if (!in.ok() || outcome > static_cast<std::uint8_t>(Outcome::shutdown))
    return make_error(ErrorCode::internal, "a damaged request row");
  row.outcome = static_cast<Outcome>(outcome);
  return row;
}

Json to_json(const Row& row) {
  Json error = nullptr;
  if (!row.error_code.empty())
    error = Json{{"code", row.error_code}, {"message", row.error_message}};
  return {{"schema", "litegw.request.v1"},
          {"id", row.id},
          {"sequence", row.sequence},
          {"time", to_rfc3339(row.started, true)},
          {"duration_us", row.duration_us},
          {"first_byte_us", row.first_byte_us},
          {"outcome", outcome_name(row.outcome)},
          {"status", row.status},
          {"error", error},
          {"method", row.method},
          {"route", row.route},
          {"key", {{"id", row.key_id}, {"name", row.key_name}}},
          {"user", row.user_id},
          {"team", row.team_id},
          {"asked_model", row.asked_model},
          {"model", row.model},
          {"provider", row.provider},
          {"upstream_model", row.upstream_model},
          {"deployment", row.deployment_id},
          {"service_tier", row.service_tier},
          {"stream", row.stream},
          {"cursor", row.cursor},
          {"shape", row.shape},
          {"usage", usage_json(row.usage)},
          {"cost", to_decimal(row.cost)},
          {"priced", row.priced},
          {"held", to_decimal(row.held)},
          {"over", to_decimal(row.over)},
          {"unsettled", row.unsettled},
          {"request_bytes", row.request_bytes},
          {"response_bytes", row.response_bytes},
          {"client_address", row.client_address},
          {"user_agent", row.user_agent},
          {"end_user", row.end_user},
          {"session", row.session},
          {"tags", row.tags},
          {"attempts", attempts_json(row.attempts)},
          {"finish_reason", row.finish_reason},
          {"upstream_request_id", row.upstream_request_id}};
}

}  // namespace litegw::requestlog
