// Keys, users and teams: what Store says about them, and their changes with an audit entry each.
#include <fmt/format.h>

#include "daemon/store/store_impl.h"

namespace litegw::store {
namespace {

using auth::Owner;
using auth::OwnerKind;
using auth::VirtualKey;

// Hashes say nothing to who reads an audit entry.
Json audited(const VirtualKey& key) {
  Json record = auth::to_record(key);
  record.erase("hash");
  record.erase("old_hash");
  return record;
}

Json audited(const Owner& owner) {
  return auth::to_record(owner);
}

template <class Record>
AuditEntry entry_for(std::string actor, std::string action, const Record& record) {
  AuditEntry entry;
  entry.time = wall_clock();
  entry.actor = std::move(actor);
  entry.action = std::move(action);
  entry.target = record.id;
  entry.target_name = record.name;
  return entry;
}

std::string action_on(OwnerKind kind, std::string_view verb) {
  return fmt::format("{} {}", auth::to_text(kind), verb);
}

}  // namespace

Result<std::optional<VirtualKey>> Store::find_key(const Sha256& hash) const {
  Result<std::shared_ptr<const VirtualKey>> key = key_by_hash(hash);
  if (!key) return key.error();
  if (*key == nullptr) return std::optional<VirtualKey>();
  const VirtualKey& record = **key;
  bool current = record.hash == hash;
  bool in_grace = record.old_hash_until && wall_clock() < *record.old_hash_until;
  if (!current && !in_grace) return std::optional<VirtualKey>();
  return std::optional<VirtualKey>(record);
}

Result<std::shared_ptr<const VirtualKey>> Store::key_by_hash(const Sha256& hash) const {
  return impl_->keys.find(*impl_->state, hash);
}
Result<std::optional<VirtualKey>> Store::find_key_by(std::string_view name_or_id) const {
  return impl_->keys.find_by(*impl_->state, name_or_id);
}
Result<std::vector<VirtualKey>> Store::list_keys() const {
  return impl_->keys.list(*impl_->state);
}
std::uint64_t Store::key_count() const {
  return impl_->key_count.load(std::memory_order_relaxed);
}
std::string Store::key_label(std::string_view id) const {
  return impl_->keys.label(*impl_->state, id);
}

void Store::create_key(VirtualKey key, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, key = std::move(key), actor = std::move(actor)](WriteTxn& txn) -> Status {
    if (Status made = impl.keys.create(txn, key); !made) return made.error();
    AuditEntry entry = entry_for(actor, "key create", key);
    entry.after = audited(key);
    impl.audit.add(txn, entry);
    return {};
  };
  auto counted = [&impl, done = std::move(done)](Status status) {
    if (status) impl.key_count.fetch_add(1, std::memory_order_relaxed);
    if (done) done(std::move(status));
  };
  impl.state_writer->submit(std::move(change), std::move(counted));
}

void Store::update_key(VirtualKey key, Time expected_updated, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, key = std::move(key), expected_updated,
                 actor = std::move(actor)](WriteTxn& txn) -> Status {
    Result<std::optional<VirtualKey>> before = impl.keys.get(txn, key.id);
    if (!before) return before.error();
    if (Status made = impl.keys.update(txn, key, expected_updated); !made) return made.error();
    AuditEntry entry = entry_for(actor, "key update", key);
    entry.before = audited(**before);
    entry.after = audited(key);
    impl.audit.add(txn, entry);
    return {};
  };
  impl.state_writer->submit(std::move(change), std::move(done));
}

void Store::remove_key(std::string id, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, id = std::move(id), actor = std::move(actor)](WriteTxn& txn) -> Status {
    Result<std::optional<VirtualKey>> before = impl.keys.get(txn, id);
    if (!before) return before.error();
    if (Status removed = impl.keys.remove(txn, id); !removed) return removed.error();
    AuditEntry entry = entry_for(actor, "key delete", **before);
    entry.before = audited(**before);
    impl.audit.add(txn, entry);
    return {};
  };
  auto counted = [&impl, done = std::move(done)](Status status) {
    if (status) impl.key_count.fetch_sub(1, std::memory_order_relaxed);
    if (done) done(std::move(status));
  };
  impl.state_writer->submit(std::move(change), std::move(counted));
}

Result<std::map<std::string, Time, std::less<>>> Store::keys_last_used() const {
  return impl_->spend.last_used(*impl_->state);
}

Result<auth::OwnerPtr> Store::owner(OwnerKind kind, std::string_view id) const {
  return impl_->owners.find(*impl_->state, kind, id);
}
Result<std::optional<Owner>> Store::find_owner_by(OwnerKind kind,
                                                  std::string_view name_or_id) const {
  return impl_->owners.find_by(*impl_->state, kind, name_or_id);
}
Result<std::vector<Owner>> Store::list_owners(OwnerKind kind) const {
  return impl_->owners.list(*impl_->state, kind);
}
std::string Store::owner_label(OwnerKind kind, std::string_view id) const {
  return impl_->owners.label(*impl_->state, kind, id);
}

void Store::create_owner(Owner owner, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, owner = std::move(owner),
                 actor = std::move(actor)](WriteTxn& txn) -> Status {
    if (Status made = impl.owners.create(txn, owner); !made) return made.error();
    AuditEntry entry = entry_for(actor, action_on(owner.kind, "create"), owner);
    entry.after = audited(owner);
    impl.audit.add(txn, entry);
    return {};
  };
  impl.state_writer->submit(std::move(change), std::move(done));
}

void Store::update_owner(Owner owner, Time expected_updated, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, owner = std::move(owner), expected_updated,
                 actor = std::move(actor)](WriteTxn& txn) -> Status {
    Result<std::optional<Owner>> before = impl.owners.get(txn, owner.kind, owner.id);
    if (!before) return before.error();
    if (Status made = impl.owners.update(txn, owner, expected_updated); !made) return made.error();
    AuditEntry entry = entry_for(actor, action_on(owner.kind, "update"), owner);
    entry.before = audited(**before);
    entry.after = audited(owner);
    impl.audit.add(txn, entry);
    return {};
  };
  impl.state_writer->submit(std::move(change), std::move(done));
}

void Store::remove_owner(OwnerKind kind, std::string id, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, kind, id = std::move(id),
                 actor = std::move(actor)](WriteTxn& txn) -> Status {
    Result<std::optional<Owner>> before = impl.owners.get(txn, kind, id);
    if (!before) return before.error();
    if (Status removed = impl.owners.remove(txn, kind, id, impl.keys); !removed)
      return removed.error();
    AuditEntry entry = entry_for(actor, action_on(kind, "delete"), **before);
    entry.before = audited(**before);
    impl.audit.add(txn, entry);
    return {};
  };
  impl.state_writer->submit(std::move(change), std::move(done));
}

Result<std::uint64_t> Store::last_change() const {
  return impl_->audit.last_number(*impl_->state);
}

Result<std::vector<AuditEntry>> Store::audit(const AuditFilter& filter) const {
  return impl_->audit.list(*impl_->state, filter);
}

void Store::import(std::vector<VirtualKey> keys, std::vector<Owner> owners,
                   std::vector<budget::Entry> openings, std::vector<budget::Entry> additions,
                   std::string actor, std::uint64_t expected_change, Done done) {
  Impl& impl = *impl_;
  auto made = std::make_shared<std::uint64_t>(0);  // keys that were not there
  auto change = [&impl, keys = std::move(keys), owners = std::move(owners),
                 openings = std::move(openings), additions = std::move(additions),
                 actor = std::move(actor), expected_change, made](WriteTxn& txn) -> Status {
    if (impl.audit.last_number(txn) != expected_change)
      return make_error(ErrorCode::conflict, "keys, users or teams were changed meanwhile",
                        "import again");
    for (const budget::Entry& addition : additions)
      impl.adjust(txn, addition, "budget import", actor);
    Status imported = impl.import(txn, keys, owners, openings, actor, *made);
    // Half of it is in the transaction already: all of it has to go.
    if (!imported) txn.fail(MDB_BAD_TXN);
    return imported;
  };
  auto counted = [&impl, made, done = std::move(done)](Status status) {
    if (status) impl.key_count.fetch_add(*made, std::memory_order_relaxed);
    if (done) done(std::move(status));
  };
  impl.state_writer->submit(std::move(change), std::move(counted));
}

Status Store::Impl::import(WriteTxn& txn, const std::vector<VirtualKey>& new_keys,
                           const std::vector<Owner>& new_owners,
                           std::vector<budget::Entry> openings, const std::string& actor,
                           std::uint64_t& made) {
  made = 0;
  for (const Owner& owner : new_owners) {
    Result<std::optional<Owner>> before = owners.get(txn, owner.kind, owner.id);
    if (!before) return before.error();
    if (Status put = owners.replace(txn, owner); !put) return put.error();
    AuditEntry entry = entry_for(actor, action_on(owner.kind, "import"), owner);
    if (*before) entry.before = audited(**before);
    entry.after = audited(owner);
    audit.add(txn, entry);
  }
  std::map<std::string, std::string> ids;  // that the import brought -> that the key has here
  for (VirtualKey key : new_keys) {
    if (std::optional<std::string> there = keys.id_of(txn, key.hash)) {
      ids[key.id] = *there;
      key.id = *there;
    }
    Result<std::optional<VirtualKey>> before = keys.get(txn, key.id);
    if (!before) return before.error();
    if (Status put = keys.replace(txn, key); !put) return put.error();
    AuditEntry entry = entry_for(actor, "key import", key);
    if (*before)
      entry.before = audited(**before);
    else
      ++made;
    entry.after = audited(key);
    audit.add(txn, entry);
  }
  for (budget::Entry& opening : openings) {
    std::vector<budget::Place> places(opening.places.begin(), opening.places.end());
    for (budget::Place& place : places)
      if (auto id = ids.find(place.level.id);
          place.level.kind == budget::LevelKind::key && id != ids.end())
        place.level.id = id->second;
    opening.places = std::move(places);
    open_counters(txn, opening, actor);
  }
  return {};
}

// Each counter by itself: their openings may have been different before.
void Store::Impl::open_counters(WriteTxn& txn, const budget::Entry& opening,
                                const std::string& actor) {
  for (const budget::Place& place : opening.places) {
    budget::Entry entry = opening;
    entry.places = {place};
    entry.amount = opening.amount - money.counter(txn, place).opened;
    if (!entry.amount.is_zero()) adjust(txn, entry, "budget import", actor);
  }
}

}  // namespace litegw::store
