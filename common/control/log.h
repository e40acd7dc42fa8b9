// Messages about request rows, spend and the audit trail.
//
// GET /v1/log answers one LogList (oldest first, the newest `limit` rows). With `follow` or
// `export` it answers JSON lines (application/jsonl, chunked), each a RequestRow. While following,
// a LogHeartbeat comes after the first rows (at once when there are none) and then every 15 s at
// the latest. `after_sequence` set = all rows stored after that one, oldest first, `limit` not
// applied: `log tail -f` resumes so after a restart without losing or doubling a row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/control/codec.h"

namespace litegw::control {

struct LogQuery {
  std::optional<Time> since, until;
  std::string after;  // a request id: rows stored after it
  std::optional<std::uint64_t> after_sequence;
  std::string key, user, team, model, provider;  // key: a reference as in keys.h
  std::vector<std::string> status;               // "error", "ok", "4xx", "429"
  std::optional<Money> min_cost_usd;
  std::optional<std::int64_t> min_latency_ms;
  std::string user_agent;  // part of it, in any case
  std::string grep;        // part of model, names, error, ids
  bool stream = false;     // streamed requests only
  std::int64_t limit = 50;
  bool follow = false;
  bool export_all = false;  // JSON lines of all that match, oldest first, then the end
  static void members(auto& self, auto& visit) {
    visit("since", self.since);
    visit("until", self.until);
    visit("after", self.after);
    visit("after_sequence", self.after_sequence);
    visit("key", self.key);
    visit("user", self.user);
    visit("team", self.team);
    visit("model", self.model);
    visit("provider", self.provider);
    visit("status", self.status);
    visit("min_cost_usd", self.min_cost_usd);
    visit("min_latency_ms", self.min_latency_ms);
    visit("user_agent", self.user_agent);
    visit("grep", self.grep);
    visit("stream", self.stream);
    visit("limit", self.limit);
    visit("follow", self.follow);
    visit("export", self.export_all);
  }
};

struct LogHeartbeat {
  std::string schema = "litegw.log-heartbeat.v1";
  std::uint64_t sequence = 0;  // all rows up to this one have been sent, as far as they match
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("sequence", self.sequence);
  }
};

struct UsageView {  // disjoint buckets
  std::int64_t input = 0, cache_read = 0, cache_write = 0, cache_write_1h = 0, output = 0,
               reasoning = 0, audio_input = 0, audio_output = 0, image_input = 0;
  bool reported = false, estimated = false;
  static void members(auto& self, auto& visit) {
    visit("input", self.input);
    visit("cache_read", self.cache_read);
    visit("cache_write", self.cache_write);
    visit("cache_write_1h", self.cache_write_1h);
    visit("output", self.output);
    visit("reasoning", self.reasoning);
    visit("audio_input", self.audio_input);
    visit("audio_output", self.audio_output);
    visit("image_input", self.image_input);
    visit("reported", self.reported);
    visit("estimated", self.estimated);
  }
};

struct AttemptView {
  std::string deployment, provider, error;
  int status = 0;  // 0 = no answer
  std::int64_t duration_us = 0;
  static void members(auto& self, auto& visit) {
    visit("deployment", self.deployment);
    visit("provider", self.provider);
    visit("status", self.status);
    visit("error", self.error);
    visit("duration_us", self.duration_us);
  }
};

// litegw.request.v1. daemon/control/row_view fills it in.
struct RequestRow {
  std::string schema = "litegw.request.v1";
  std::uint64_t sequence = 0;
  std::string id;
  Time started_at{};
  std::int64_t duration_us = 0, first_byte_us = 0;
  std::string outcome;  // "ok", "refused", "upstream_failed", "cut", "client_closed", "shutdown"
  int status = 0;
  std::string error_code, error_message;
  std::string method, route;
  std::string key_id, key_name, user, team;
  std::string asked_model, model, provider, upstream_model, deployment, service_tier;
  bool stream = false, cursor = false;
  std::string shape;
  std::int64_t tokens_in = 0, tokens_out = 0;
  UsageView usage;
  Money cost_usd;
  bool priced = false;
  Money held_usd, over_usd;  // set aside for it at most, and what it cost beyond that
  bool unsettled = false;    // litegwd died under it: its cost is what was set aside
  std::uint64_t request_bytes = 0, response_bytes = 0;
  std::string client_address, user_agent, end_user, session;
  std::vector<std::string> tags;
  std::vector<AttemptView> attempts;
  std::string finish_reason, upstream_request_id;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("sequence", self.sequence);
    visit("id", self.id);
    visit("started_at", self.started_at);
    visit("duration_us", self.duration_us);
    visit("first_byte_us", self.first_byte_us);
    visit("outcome", self.outcome);
    visit("status", self.status);
    visit("error_code", self.error_code);
    visit("error_message", self.error_message);
    visit("method", self.method);
    visit("route", self.route);
    visit("key_id", self.key_id);
    visit("key_name", self.key_name);
    visit("user", self.user);
    visit("team", self.team);
    visit("asked_model", self.asked_model);
    visit("model", self.model);
    visit("provider", self.provider);
    visit("upstream_model", self.upstream_model);
    visit("deployment", self.deployment);
    visit("service_tier", self.service_tier);
    visit("stream", self.stream);
    visit("cursor", self.cursor);
    visit("shape", self.shape);
    visit("tokens_in", self.tokens_in);
    visit("tokens_out", self.tokens_out);
    visit("usage", self.usage);
    visit("cost_usd", self.cost_usd);
    visit("priced", self.priced);
    visit("held_usd", self.held_usd);
    visit("over_usd", self.over_usd);
    visit("unsettled", self.unsettled);
    visit("request_bytes", self.request_bytes);
    visit("response_bytes", self.response_bytes);
    visit("client_address", self.client_address);
    visit("user_agent", self.user_agent);
    visit("end_user", self.end_user);
    visit("session", self.session);
    visit("tags", self.tags);
    visit("attempts", self.attempts);
    visit("finish_reason", self.finish_reason);
    visit("upstream_request_id", self.upstream_request_id);
  }
};

struct LogList {
  std::string schema = "litegw.request-list.v1";
  std::vector<Json> items;  // RequestRow objects, kept whole
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("items", self.items);
  }
};

struct RequestDetail {
  std::string schema = "litegw.request-detail.v1";
  Json request = Json::object();  // a RequestRow
  std::string cost_explanation;   // "1000 input x $2.50/M + 50 output x $10/M"
  std::optional<std::string> request_body, response_body;  // if stored
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("request", self.request);
    visit("cost_explanation", self.cost_explanation);
    visit("request_body", self.request_body);
    visit("response_body", self.response_body);
  }
};

struct SpendQuery {
  std::vector<std::string>
      by;  // key, model, provider, user, team, tag, end_user, day, hour; nested in this order
  std::optional<Time> since, until;
  static void members(auto& self, auto& visit) {
    visit("by", self.by);
    visit("since", self.since);
    visit("until", self.until);
  }
};

struct SpendItem {
  std::vector<std::string> by;  // one value per `by` of the query
  std::int64_t requests = 0, errors = 0, unpriced = 0, tokens_in = 0, tokens_out = 0;
  Money cost_usd;
  std::int64_t unsettled = 0;  // requests under which litegwd died: their cost is what was held
  Money over_usd;              // what requests cost beyond what was set aside for them
  static void members(auto& self, auto& visit) {
    visit("by", self.by);
    visit("requests", self.requests);
    visit("errors", self.errors);
    visit("unpriced", self.unpriced);
    visit("tokens_in", self.tokens_in);
    visit("tokens_out", self.tokens_out);
    visit("cost_usd", self.cost_usd);
    visit("unsettled", self.unsettled);
    visit("over_usd", self.over_usd);
  }
};

struct SpendReport {
  std::string schema = "litegw.spend-report.v1";
  std::vector<std::string> by;
  std::optional<Time> since, until;
  std::vector<SpendItem> items;  // dearest first; by time when `by` begins with day or hour
  SpendItem total;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("by", self.by);
    visit("since", self.since);
    visit("until", self.until);
    visit("items", self.items);
    visit("total", self.total);
  }
};

struct AuditQuery {
  std::optional<Time> since, until;
  std::string actor, target;
  std::int64_t limit = 0;
  static void members(auto& self, auto& visit) {
    visit("since", self.since);
    visit("until", self.until);
    visit("actor", self.actor);
    visit("target", self.target);
    visit("limit", self.limit);
  }
};

struct AuditItem {
  Time at{};
  std::string actor, action, target;
  Json change = Json::object();
  static void members(auto& self, auto& visit) {
    visit("at", self.at);
    visit("actor", self.actor);
    visit("action", self.action);
    visit("target", self.target);
    visit("change", self.change);
  }
};

struct AuditList {
  std::string schema = "litegw.audit-list.v1";
  std::vector<AuditItem> items;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("items", self.items);
  }
};

}  // namespace litegw::control
