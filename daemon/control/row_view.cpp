#include "daemon/control/row_view.h"

namespace litegw::control {
namespace {

UsageView view_of(const ledger::Usage& usage) {
  UsageView view;
  view.input = usage.input;
  view.cache_read = usage.cache_read;
  view.cache_write = usage.cache_write;
  view.cache_write_1h = usage.cache_write_1h;
  view.output = usage.output;
  view.reasoning = usage.reasoning;
  view.audio_input = usage.audio_input;
  view.audio_output = usage.audio_output;
  view.image_input = usage.image_input;
  view.reported = usage.reported;
  view.estimated = usage.estimated;
  return view;
}

AttemptView view_of(const requestlog::Attempt& attempt) {
  AttemptView view;
  view.deployment = attempt.deployment_id;
  view.provider = attempt.provider;
  view.error = attempt.error;
  view.status = attempt.status;
  view.duration_us = attempt.duration_us;
  return view;
}

void add_names(RequestRow& view, const requestlog::Row& row, const store::Store& store) {
  view.key_id = row.key_id;
  view.key_name = row.key_name;
  if (!row.user_id.empty()) view.user = store.owner_label(auth::OwnerKind::user, row.user_id);
  if (!row.team_id.empty()) view.team = store.owner_label(auth::OwnerKind::team, row.team_id);
  view.asked_model = row.asked_model;
  view.model = row.model;
  view.provider = row.provider;
  view.upstream_model = row.upstream_model;
  view.deployment = row.deployment_id;
  view.service_tier = row.service_tier;
  view.client_address = row.client_address;
  view.user_agent = row.user_agent;
  view.end_user = row.end_user;
  view.session = row.session;
  view.tags = row.tags;
}

}  // namespace

RequestRow row_view(const requestlog::Row& row, const store::Store& store) {
  RequestRow view;
  view.sequence = row.sequence;
  view.id = row.id;
  view.started_at = row.started;
  view.duration_us = row.duration_us;
  view.first_byte_us = row.first_byte_us;
  view.outcome = requestlog::outcome_name(row.outcome);
  view.status = row.status;
  view.error_code = row.error_code;
  view.error_message = row.error_message;
  view.method = row.method;
  view.route = row.route;
  add_names(view, row, store);
  view.stream = row.stream;
  view.cursor = row.cursor;
  view.shape = row.shape;
  view.tokens_in = row.usage.total_input();
  view.tokens_out = row.usage.total_output();
  view.usage = view_of(row.usage);
  view.cost_usd = row.cost;
  view.priced = row.priced;
  view.held_usd = row.held;
  view.over_usd = row.over;
  view.unsettled = row.unsettled;
  view.request_bytes = row.request_bytes;
  view.response_bytes = row.response_bytes;
  for (const requestlog::Attempt& attempt : row.attempts)
    view.attempts.push_back(view_of(attempt));
  view.finish_reason = row.finish_reason;
  view.upstream_request_id = row.upstream_request_id;
  return view;
}

}  // namespace litegw::control
