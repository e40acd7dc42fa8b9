// Handlers: /v1/keys.
#include "common/control/keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/ids.h"
#include "common/base/text.h"
#include "daemon/auth/identify.h"
#include "daemon/control/handlers.h"
#include "daemon/control/key_edit.h"
#include "daemon/control/key_view.h"
#include "daemon/net/await_callback.h"

namespace litegw::control {
namespace {

constexpr Duration longest_grace = days(90);

Error no_such_key(DaemonView& daemon, const std::string& reference) {
  std::vector<std::string> names;
  if (Result<std::vector<auth::VirtualKey>> keys = daemon.store().list_keys())
    for (const auth::VirtualKey& key : *keys)
      names.push_back(key.name);
  std::string guess = nearest(reference, names);
  return make_error(ErrorCode::not_found,
                    fmt::format("no key '{}'", escape_control(shorten(reference, 60))),
                    guess.empty() ? "see `litegw key list`"
                                  : fmt::format("did you mean '{}'?", escape_control(guess)));
}

// By name, id, id prefix or hash.
Result<auth::VirtualKey> find(DaemonView& daemon, const std::string& reference) {
  if (reference.starts_with("sk-"))
    return make_error(ErrorCode::invalid_argument, "a key itself is no reference",
                      "give its name or id; `-` reads the key from stdin");
  Result<std::optional<auth::VirtualKey>> found = daemon.store().find_key_by(reference);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  bool is_hash = reference.size() == 64 &&
                 reference.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hash) return no_such_key(daemon, reference);
  Result<std::vector<auth::VirtualKey>> keys = daemon.store().list_keys();
  if (!keys) return keys.error();
  for (auth::VirtualKey& key : *keys)
    if (to_hex(key.hash) == reference) return std::move(key);
  return no_such_key(daemon, reference);
}

net::Task<Status> store_new(Context& context, const auth::VirtualKey& key,
                            const std::string& actor) {
  auto start = [&](std::function<void(Status)> done) {
    context.daemon.store().create_key(key, actor, std::move(done));
  };
  net::Task<Status> storing = net::await_callback<Status>(context.executor, start);
  Status stored = co_await std::move(storing);
  co_return stored;
}

net::Task<Status> store_change(Context& context, const auth::VirtualKey& key, Time expected,
                               const std::string& actor) {
  auto start = [&](std::function<void(Status)> done) {
    context.daemon.store().update_key(key, expected, actor, std::move(done));
  };
  net::Task<Status> storing = net::await_callback<Status>(context.executor, start);
  Status stored = co_await std::move(storing);
  co_return stored;
}

Result<Reply> view_reply(Context& context, const auth::VirtualKey& key, int status = 200) {
  Result<KeyView> view = full_view(key, context.daemon, wall_clock());
  if (!view) return view.error();
  return answer(*view, status);
}

// Blocks, unblocks or what else needs no message: changes the record and answers it.
template <class Change>
net::Task<Result<Reply>> change_key(Context& context, const Call& call, Change change) {
  Result<auth::VirtualKey> found = find(context.daemon, call.object.reference);
  if (!found) co_return found.error();
  auth::VirtualKey key = *found;
  const Time before = key.updated;
  change(key);
  key.updated = next_version(before, wall_clock());
  const std::string actor = call.peer.actor();
  net::Task<Status> storing = store_change(context, key, before, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  co_return view_reply(context, key);
}

Status check_list_query(const KeyListQuery& query) {
  static const std::vector<std::string> states{"", "active", "blocked", "expired"};
  static const std::vector<std::string> orders{"", "created", "spend", "used"};
  if (std::find(states.begin(), states.end(), query.state) == states.end())
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("no state '{}'", escape_control(shorten(query.state, 40))),
                      "active, blocked or expired", "state");
  if (std::find(orders.begin(), orders.end(), query.sort) == orders.end())
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("no order '{}'", escape_control(shorten(query.sort, 40))),
                      "created, spend or used", "sort");
  if (query.limit >= 0) return {};
  return make_error(ErrorCode::invalid_argument, "limit is negative", "0 is all", "limit");
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

void sort_views(std::vector<KeyView>& views, const std::string& order) {
  std::stable_sort(views.begin(), views.end(), [&](const KeyView& a, const KeyView& b) {
    if (order == "spend") return a.spend_usd > b.spend_usd;
    if (order == "used") return a.last_used_at > b.last_used_at;
    return a.created_at > b.created_at;
  });
}

}  // namespace

net::Task<Result<Reply>> list_keys(Context& context, const Call& call) {
  const Result<KeyListQuery> query = decode_query<KeyListQuery>(call.query);
  if (!query) co_return query.error();
  if (const Status checked = check_list_query(*query); !checked) co_return checked.error();
  Result<std::vector<auth::VirtualKey>> keys = context.daemon.store().list_keys();
  if (!keys) co_return keys.error();
  const Time now = wall_clock();
  const std::shared_ptr<const config::Config> config = context.daemon.config();
  std::erase_if(*keys,
                [&](const auth::VirtualKey& key) { return !wanted(key, *query, *config, now); });
  KeyList list;
  for (const auth::VirtualKey& key : *keys)
    list.items.push_back(record_view(key, now));
  if (const Status added = add_spend(list.items, *keys, context.daemon, now); !added)
    co_return added.error();
  sort_views(list.items, query->sort);
  if (query->limit > 0 && list.items.size() > static_cast<std::size_t>(query->limit))
    list.items.resize(static_cast<std::size_t>(query->limit));
  co_return answer(list);
}

net::Task<Result<Reply>> show_key(Context& context, const Call& call) {
  const Result<auth::VirtualKey> key = find(context.daemon, call.object.reference);
  if (!key) co_return key.error();
  co_return view_reply(context, *key);
}

net::Task<Result<Reply>> create_key(Context& context, const Call& call) {
  const Result<KeyCreate> request = decode_request<KeyCreate>(call.body);
  if (!request) co_return request.error();
  const bool brought = !request->key.empty();
  if (brought)
    if (const Status secret = check_secret(request->key); !secret) co_return secret.error();
  if (request->if_missing && request->name.empty())
    co_return make_error(ErrorCode::invalid_argument, "if_missing needs a name", "give the key one",
                         "name");
  if (request->if_missing) {
    const Result<auth::VirtualKey> known = find(context.daemon, request->name);
    if (known && known->name == request->name) {
      Result<KeyView> view = full_view(*known, context.daemon, wall_clock());
      if (!view) co_return view.error();
      view->created = false;
      co_return answer(*view);
    }
  }
  const std::string actor = call.peer.actor();
  const NewKey facts{new_object_id("key_"), brought ? request->key : new_virtual_key(),
                     wall_clock(), actor};
  const Result<auth::VirtualKey> key = made_key(*request, facts, *context.daemon.config());
  if (!key) co_return key.error();
  net::Task<Status> storing = store_new(context, *key, actor);
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
  const Result<KeyUpdate> request = decode_request<KeyUpdate>(call.body);
  if (!request) co_return request.error();
  const Result<auth::VirtualKey> found = find(context.daemon, call.object.reference);
  if (!found) co_return found.error();
  const Result<auth::VirtualKey> changed =
      changed_key(*found, *request, *context.daemon.config(), wall_clock());
  if (!changed) co_return changed.error();
  const std::string actor = call.peer.actor();
  net::Task<Status> storing = store_change(context, *changed, found->updated, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  co_return view_reply(context, *changed);
}

net::Task<Result<Reply>> delete_key(Context& context, const Call& call) {
  const Result<KeyDelete> request = decode_query<KeyDelete>(call.query);
  if (!request) co_return request.error();
  const Result<auth::VirtualKey> key = find(context.daemon, call.object.reference);
  if (!key) co_return key.error();
  Result<Reply> reply = view_reply(context, *key);
  if (request->dry_run || !reply) co_return reply;
  const std::string actor = call.peer.actor();
  auto start = [&](std::function<void(Status)> done) {
    context.daemon.store().remove_key(key->id, actor, std::move(done));
  };
  net::Task<Status> removing = net::await_callback<Status>(context.executor, start);
  const Status removed = co_await std::move(removing);
  if (!removed) co_return removed.error();
  co_return reply;
}

net::Task<Result<Reply>> block_key(Context& context, const Call& call) {
  const Result<KeyBlock> request = decode_request<KeyBlock>(call.body);
  if (!request) co_return request.error();
  if (request->now)
    co_return make_error(ErrorCode::not_implemented, "running streams cannot be ended yet",
                         "without `now` the key is refused from its next request on", "now");
  auto block = [](auth::VirtualKey& key) {
    key.blocked = true;
  };
  net::Task<Result<Reply>> changing = change_key(context, call, block);
  Result<Reply> reply = co_await std::move(changing);
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
  Result<auth::VirtualKey> found = find(context.daemon, call.object.reference);
  if (!found) co_return found.error();
  auth::VirtualKey key = std::move(*found);
  const Secret secret = brought ? request->key : new_virtual_key();
  const Time now = wall_clock();
  const Time before = key.updated;
  key.old_hash.reset();
  key.old_hash_until.reset();
  if (request->grace_seconds > 0) {
    key.old_hash = key.hash;
    key.old_hash_until = now + seconds(request->grace_seconds);
  }
  key.hash = sha256(secret.reveal());
  key.last_four = secret.reveal().substr(secret.reveal().size() - 4);
  key.updated = next_version(before, now);
  const std::string actor = call.peer.actor();
  net::Task<Status> storing = store_change(context, key, before, actor);
  const Status stored = co_await std::move(storing);
  if (!stored) co_return stored.error();
  Result<KeyView> view = full_view(key, context.daemon, now);
  if (!view) co_return view.error();
  view->key = secret;
  co_return answer(*view);
}

}  // namespace litegw::control
