// Handlers: /v1/users and /v1/teams.
#include "common/control/owners.h"

#include <fmt/format.h>

#include "common/base/ids.h"
#include "common/control/keys.h"
#include "daemon/auth/identify.h"
#include "daemon/control/bounds_edit.h"
#include "daemon/control/bounds_view.h"
#include "daemon/control/durable.h"
#include "daemon/control/handlers.h"
#include "daemon/control/listing.h"
#include "daemon/control/references.h"

namespace litegw::control {
namespace {

using auth::OwnerKind;

OwnerKind kind_of(const Call& call) {
  return call.path.starts_with(path::users) ? OwnerKind::user : OwnerKind::team;
}

const std::string& owner_of(const auth::VirtualKey& key, OwnerKind kind) {
  return kind == OwnerKind::user ? key.user_id : key.team_id;
}

OwnerView record_view(const auth::Owner& owner) {
  OwnerView view;
  view.schema = fmt::format("litegw.{}.v1", auth::to_text(owner.kind));
  show_record(view, owner);
  return view;
}

// How many keys each has, and when one of them was used last.
Status add_keys(std::vector<OwnerView>& views, OwnerKind kind, const store::Store& store) {
  Result<std::vector<auth::VirtualKey>> keys = store.list_keys();
  if (!keys) return keys.error();
  const auto last_used = store.keys_last_used();
  if (!last_used) return last_used.error();
  std::map<std::string, OwnerView*> by_id;
  for (OwnerView& view : views)
    by_id[view.id] = &view;
  for (const auth::VirtualKey& key : *keys) {
    auto found = by_id.find(owner_of(key, kind));
    if (found == by_id.end()) continue;
    OwnerView& view = *found->second;
    ++view.keys;
    auto used = last_used->find(key.id);
    if (used != last_used->end())
      view.last_used_at = std::max(view.last_used_at.value_or(used->second), used->second);
  }
  return {};
}

Result<OwnerView> full_view(const auth::Owner& owner, DaemonView& daemon) {
  const Time now = wall_clock();
  std::vector<OwnerView> views{record_view(owner)};
  if (Status keys = add_keys(views, owner.kind, daemon.store()); !keys) return keys.error();
  const Subject subject = subject_of(owner);
  if (Status spend = show_spend(views[0], subject, daemon, now); !spend) return spend.error();
  show_budgets(views[0], subject, daemon, now);
  return std::move(views[0]);
}

Result<Reply> view_reply(Context& context, const auth::Owner& owner, int status = 200,
                         std::optional<bool> created = std::nullopt) {
  Result<OwnerView> view = full_view(owner, context.daemon);
  if (!view) return view.error();
  view->created = created;
  return answer(*view, status);
}

bool wanted(const auth::Owner& owner, const OwnerListQuery& query, const config::Config& config) {
  if (!query.state.empty() && (query.state == "blocked") != owner.blocked) return false;
  if (query.model.empty()) return true;
  auth::Principal principal;
  principal.models = owner.models;
  return auth::may_call(principal, query.model, config);
}

net::Task<Result<Reply>> set_blocked(Context& context, const Call& call, bool blocked) {
  Result<auth::Owner> found = find_owner(context.daemon, kind_of(call), call.object.reference);
  if (!found) co_return found.error();
  auth::Owner owner = *found;
  owner.blocked = blocked;
  owner.updated = next_version(owner.updated, wall_clock());
  net::Task<Status> storing = change_durably(context, *found, owner, call.peer.actor());
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  co_return view_reply(context, owner);
}

}  // namespace

net::Task<Result<Reply>> list_owners(Context& context, const Call& call) {
  const Result<OwnerListQuery> query = decode_query<OwnerListQuery>(call.query);
  if (!query) co_return query.error();
  const Status checked =
      check_listing(query->state, {"active", "blocked"}, query->sort, query->limit);
  if (!checked) co_return checked.error();
  const OwnerKind kind = kind_of(call);
  DaemonView& daemon = context.daemon;
  const Result<std::vector<auth::Owner>> owners = daemon.store().list_owners(kind);
  if (!owners) co_return owners.error();
  const auto totals = totals_of(level_of(kind), daemon);
  if (!totals) co_return totals.error();
  const Time now = wall_clock();
  OwnerList list;
  list.schema = fmt::format("litegw.{}-list.v1", auth::to_text(kind));
  for (const auth::Owner& owner : *owners) {
    if (!wanted(owner, *query, *daemon.config())) continue;
    OwnerView& view = list.items.emplace_back(record_view(owner));
    show_budgets(view, subject_of(owner), daemon, now);
    auto total = totals->find(owner.id);
    if (total == totals->end()) continue;
    view.requests = total->second.requests;
    view.spend_usd = total->second.cost;
  }
  if (const Status keys = add_keys(list.items, kind, daemon.store()); !keys) co_return keys.error();
  sort_and_cut(list.items, query->sort, query->limit);
  co_return answer(list);
}

net::Task<Result<Reply>> show_owner(Context& context, const Call& call) {
  const Result<auth::Owner> owner =
      find_owner(context.daemon, kind_of(call), call.object.reference);
  if (!owner) co_return owner.error();
  co_return view_reply(context, *owner);
}

net::Task<Result<Reply>> create_owner(Context& context, const Call& call) {
  const Result<OwnerCreate> request = decode_request<OwnerCreate>(call.body);
  if (!request) co_return request.error();
  const OwnerKind kind = kind_of(call);
  if (request->if_missing) {
    const Result<auth::Owner> known = find_owner(context.daemon, kind, request->name);
    if (known && known->name == request->name) co_return view_reply(context, *known, 200, false);
  }
  const std::string actor = call.peer.actor();
  const std::string id = new_object_id(kind == OwnerKind::user ? "user_" : "team_");
  const Result<auth::Owner> owner =
      made_owner(kind, *request, id, actor, *context.daemon.config(), wall_clock());
  if (!owner) co_return owner.error();
  net::Task<Status> storing = create_durably(context, *owner, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  co_return view_reply(context, *owner, 201, true);
}

net::Task<Result<Reply>> update_owner(Context& context, const Call& call) {
  const Result<OwnerUpdate> request = decode_request<OwnerUpdate>(call.body);
  if (!request) co_return request.error();
  const Result<auth::Owner> found =
      find_owner(context.daemon, kind_of(call), call.object.reference);
  if (!found) co_return found.error();
  const Result<auth::Owner> changed =
      changed_owner(*found, *request, *context.daemon.config(), wall_clock());
  if (!changed) co_return changed.error();
  net::Task<Status> storing = change_durably(context, *found, *changed, call.peer.actor());
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  co_return view_reply(context, *changed);
}

net::Task<Result<Reply>> delete_owner(Context& context, const Call& call) {
  const Result<OwnerDelete> request = decode_query<OwnerDelete>(call.query);
  if (!request) co_return request.error();
  const Result<auth::Owner> owner =
      find_owner(context.daemon, kind_of(call), call.object.reference);
  if (!owner) co_return owner.error();
  Result<Reply> reply = view_reply(context, *owner);
  if (request->dry_run || !reply) co_return reply;
  net::Task<Status> removing = remove_durably(context, *owner, call.peer.actor());
  const Status removed = co_await std::move(removing);
  if (!removed) co_return removed.error();
  co_return reply;
}

net::Task<Result<Reply>> block_owner(Context& context, const Call& call) {
  const Result<KeyBlock> request = decode_request<KeyBlock>(call.body);
  if (!request) co_return request.error();
  net::Task<Result<Reply>> changing = set_blocked(context, call, true);
  Result<Reply> reply = co_await std::move(changing);
  if (!reply || !request->now) co_return reply;
  const Result<std::vector<auth::VirtualKey>> keys = context.daemon.store().list_keys();
  if (!keys) co_return keys.error();
  const std::string id = reply->body["id"].get<std::string>();
  for (const auth::VirtualKey& key : *keys)
    if (owner_of(key, kind_of(call)) == id) context.daemon.end_requests(key.id);
  co_return reply;
}

net::Task<Result<Reply>> unblock_owner(Context& context, const Call& call) {
  net::Task<Result<Reply>> changing = set_blocked(context, call, false);
  Result<Reply> reply = co_await std::move(changing);
  co_return reply;
}

}  // namespace litegw::control
