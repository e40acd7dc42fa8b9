#include "daemon/control/key_view.h"

#include "daemon/control/bounds_view.h"
#include "daemon/control/import_plan.h"

namespace litegw::control {
namespace {

// An owner that is gone, or never was one (keys of earlier versions), keeps the word it had.
std::string owner_name(auth::OwnerKind kind, const std::string& id, const store::Store& store) {
  return id.empty() ? std::string() : store.owner_label(kind, id);
}

void show_owners(KeyView& view, const store::Store& store) {
  view.user = owner_name(auth::OwnerKind::user, view.user_id, store);
  view.team = owner_name(auth::OwnerKind::team, view.team_id, store);
}

}  // namespace

std::string state_of(const auth::VirtualKey& key, Time now) {
  if (key.blocked) return "blocked";
  return key.expires && *key.expires <= now ? "expired" : "active";
}

KeyView record_view(const auth::VirtualKey& key, Time now) {
  KeyView view;
  show_record(view, key);
  view.hash = to_hex(key.hash);
  view.masked = "sk-..." + key.last_four;
  view.state = state_of(key, now);
  view.aliases = key.aliases;
  view.expires_at = key.expires;
  view.user = view.user_id = key.user_id;
  view.team = view.team_id = key.team_id;
  view.tags = key.tags;
  if (key.old_hash_until && *key.old_hash_until > now)
    view.old_key_valid_until = key.old_hash_until;
  return view;
}

Status complete_views(std::vector<KeyView>& views, const std::vector<auth::VirtualKey>& keys,
                      DaemonView& daemon, Time now) {
  const auto totals = totals_of(budget::LevelKind::key, daemon);
  if (!totals) return totals.error();
  const auto last_used = daemon.store().keys_last_used();
  if (!last_used) return last_used.error();
  for (std::size_t i = 0; i < views.size(); ++i) {
    KeyView& view = views[i];
    show_owners(view, daemon.store());
    show_budgets(view, subject_of(keys[i]), daemon, now);
    if (auto used = last_used->find(view.id); used != last_used->end())
      view.last_used_at = used->second;
    view.spend_usd = imported_spend_of(keys[i]);
    auto total = totals->find(view.id);
    if (total == totals->end()) continue;
    view.requests = total->second.requests;
    view.spend_usd += total->second.cost;
  }
  return {};
}

Result<KeyView> full_view(const auth::VirtualKey& key, DaemonView& daemon, Time now) {
  KeyView view = record_view(key, now);
  show_owners(view, daemon.store());
  const Subject subject = subject_of(key);
  if (Status spend = show_spend(view, subject, daemon, now); !spend) return spend.error();
  if (const Money imported = imported_spend_of(key); !imported.is_zero()) {
    view.spend_usd += imported;
    view.spend_by_window.push_back({"in LiteLLM", 0, 0, 0, 0, imported});
  }
  show_budgets(view, subject, daemon, now);
  const auto last_used = daemon.store().keys_last_used();
  if (!last_used) return last_used.error();
  if (auto used = last_used->find(key.id); used != last_used->end())
    view.last_used_at = used->second;
  return view;
}

}  // namespace litegw::control
