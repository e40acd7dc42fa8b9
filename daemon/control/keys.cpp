// Handlers: /v1/keys.
#include "common/control/keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/ids.h"
#include "common/base/text.h"
#include "daemon/auth/identify.h"
#include "daemon/control/bounds_edit.h"
#include "daemon/control/durable.h"
#include "daemon/control/handlers.h"
#include "daemon/control/key_edit.h"
#include "daemon/control/key_view.h"
#include "daemon/control/listing.h"
#include "daemon/control/references.h"

namespace litegw::control {
namespace {

constexpr Duration longest_grace = days(90);

Result<Reply> view_reply(Context& context, const auth::VirtualKey& key, int status = 200) {
  Result<KeyView> view = full_view(key, context.daemon, wall_clock());
  if (!view) return view.error();
  return answer(*view, status);
}

// An empty word takes the owner away.
Status resolve_owners(DaemonView& daemon, KeyUpdate& request) {
  std::string none;
  return resolve_owners(daemon, request.user ? *request.user : none,
                        request.team ? *request.team : none);
}

// Blocks, unblocks or what else needs no message: changes the record and answers it.
template <class Change>
net::Task<Result<Reply>> change_key(Context& context, const Call& call, Change change) {
  Result<auth::VirtualKey> found = find_key(context.daemon, call.object.reference);
  if (!found) co_return found.error();
  auth::VirtualKey key = *found;
  change(key);
  key.updated = next_version(key.updated, wall_clock());
  const std::string actor = call.peer.actor();
  net::Task<Status> storing = change_durably(context, *found, key, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  co_return view_reply(context, key);
}

bool wanted(const auth::VirtualKey& key, const KeyListQuery& query, const config::Config& config,
            Time now) {
  if (!query.user.empty() && key.user_id != query.user) return false;
  if (!query.team.empty() && key.team_id != query.team) return false;
  if (!query.state.empty() && state_of(key, now) != query.state) return false;
  if (query.model.empty()) return true;
  auth::Principal principal;
  principal.models = key.models;
  return auth::may_call(principal, query.model, config);
}

}  // namespace

net::Task<Result<Reply>> list_keys(Context& context, const Call& call) {
  Result<KeyListQuery> query = decode_query<KeyListQuery>(call.query);
  if (!query) co_return query.error();
  if (const Status owners = resolve_owners(context.daemon, query->user, query->team); !owners)
    co_return owners.error();
  const Status checked =
      check_listing(query->state, {"active", "blocked", "expired"}, query->sort, query->limit);
  if (!checked) co_return checked.error();
  Result<std::vector<auth::VirtualKey>> keys = context.daemon.store().list_keys();
  if (!keys) co_return keys.error();
  const Time now = wall_clock();
  const std::shared_ptr<const config::Config> config = context.daemon.config();
  std::erase_if(*keys,
                [&](const auth::VirtualKey& key) { return !wanted(key, *query, *config, now); });
  KeyList list;
  for (const auth::VirtualKey& key : *keys)
    list.items.push_back(record_view(key, now));
  if (const Status added = complete_views(list.items, *keys, context.daemon, now); !added)
    co_return added.error();
  sort_and_cut(list.items, query->sort, query->limit);
  co_return answer(list);
}

net::Task<Result<Reply>> show_key(Context& context, const Call& call) {
  const Result<auth::VirtualKey> key = find_key(context.daemon, call.object.reference);
  if (!key) co_return key.error();
  co_return view_reply(context, *key);
}

net::Task<Result<Reply>> create_key(Context& context, const Call& call) {
  Result<KeyCreate> request = decode_request<KeyCreate>(call.body);
  if (!request) co_return request.error();
  const bool brought = !request->key.empty();
  if (brought)
    if (const Status secret = check_secret(request->key); !secret) co_return secret.error();
  if (request->if_missing && request->name.empty())
    co_return make_error(ErrorCode::invalid_argument, "if_missing needs a name", "give the key one",
                         "name");
  if (request->if_missing) {
    const Result<auth::VirtualKey> known = find_key(context.daemon, request->name);
    if (known && known->name == request->name) {
      Result<KeyView> view = full_view(*known, context.daemon, wall_clock());
      if (!view) co_return view.error();
      view->created = false;
      co_return answer(*view);
    }
  }
  if (const Status owners = resolve_owners(context.daemon, request->user, request->team); !owners)
    co_return owners.error();
  const std::string actor = call.peer.actor();
  const NewKey facts{new_object_id("key_"), brought ? request->key : new_virtual_key(),
                     wall_clock(), actor};
  const Result<auth::VirtualKey> key = made_key(*request, facts, *context.daemon.config());
  if (!key) co_return key.error();
  net::Task<Status> storing = create_durably(context, *key, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  Result<KeyView> view = full_view(*key, context.daemon, facts.now);
  // The key exists and must be handed out, even when its sums cannot be read.
  if (!view) view = record_view(*key, facts.now);
  view->key = facts.secret;
  view->created = true;
  co_return answer(*view, 201);
}

net::Task<Result<Reply>> update_key(Context& context, const Call& call) {
  Result<KeyUpdate> request = decode_request<KeyUpdate>(call.body);
  if (!request) co_return request.error();
  if (const Status owners = resolve_owners(context.daemon, *request); !owners)
    co_return owners.error();
  const Result<auth::VirtualKey> found = find_key(context.daemon, call.object.reference);
  if (!found) co_return found.error();
  const Result<auth::VirtualKey> changed =
      changed_key(*found, *request, *context.daemon.config(), wall_clock());
  if (!changed) co_return changed.error();
  const std::string actor = call.peer.actor();
  net::Task<Status> storing = change_durably(context, *found, *changed, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  co_return view_reply(context, *changed);
}

net::Task<Result<Reply>> delete_key(Context& context, const Call& call) {
  const Result<KeyDelete> request = decode_query<KeyDelete>(call.query);
  if (!request) co_return request.error();
  const Result<auth::VirtualKey> key = find_key(context.daemon, call.object.reference);
  if (!key) co_return key.error();
  Result<Reply> reply = view_reply(context, *key);
  if (request->dry_run || !reply) co_return reply;
  const std::string actor = call.peer.actor();
  net::Task<Status> removing = remove_durably(context, *key, actor);
  const Status removed = co_await std::move(removing);
  if (!removed) co_return removed.error();
  co_return reply;
}

net::Task<Result<Reply>> block_key(Context& context, const Call& call) {
  const Result<KeyBlock> request = decode_request<KeyBlock>(call.body);
  if (!request) co_return request.error();
  auto block = [](auth::VirtualKey& key) {
    key.blocked = true;
  };
  net::Task<Result<Reply>> changing = change_key(context, call, block);
  Result<Reply> reply = co_await std::move(changing);
  // Durable by now: what runs still was admitted before, and nothing new is.
  if (reply && request->now) context.daemon.end_requests(reply->body["id"].get<std::string>());
  co_return reply;
}

net::Task<Result<Reply>> unblock_key(Context& context, const Call& call) {
  auto unblock = [](auth::VirtualKey& key) {
    key.blocked = false;
  };
  net::Task<Result<Reply>> changing = change_key(context, call, unblock);
  Result<Reply> reply = co_await std::move(changing);
  co_return reply;
}

net::Task<Result<Reply>> rotate_key(Context& context, const Call& call) {
  const Result<KeyRotate> request = decode_request<KeyRotate>(call.body);
  if (!request) co_return request.error();
  const bool brought = !request->key.empty();
  if (brought)
    if (const Status secret = check_secret(request->key); !secret) co_return secret.error();
  if (request->grace_seconds < 0 || seconds(request->grace_seconds) > longest_grace)
    co_return make_error(ErrorCode::invalid_argument, "the grace is out of range", "from 0s to 90d",
                         "grace_seconds");
  Result<auth::VirtualKey> found = find_key(context.daemon, call.object.reference);
  if (!found) co_return found.error();
  auth::VirtualKey key = *found;
  const Secret secret = brought ? request->key : new_virtual_key();
  const Time now = wall_clock();
  key.old_hash.reset();
  key.old_hash_until.reset();
  if (request->grace_seconds > 0) {
    key.old_hash = key.hash;
    key.old_hash_until = now + seconds(request->grace_seconds);
  }
  key.hash = sha256(secret.reveal());
  key.last_four = secret.reveal().substr(secret.reveal().size() - 4);
  key.updated = next_version(key.updated, now);
  const std::string actor = call.peer.actor();
  net::Task<Status> storing = change_durably(context, *found, key, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  Result<KeyView> view = full_view(key, context.daemon, now);
  if (!view) co_return view.error();
  view->key = secret;
  co_return answer(*view);
}

}  // namespace litegw::control
