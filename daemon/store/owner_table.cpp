#include "daemon/store/owner_table.h"

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::store {
namespace {

using auth::Owner;
using auth::OwnerKind;

Result<Owner> parse(OwnerKind kind, std::string_view record) {
  Json json = Json::parse(record, nullptr, false);
  if (json.is_discarded())
    return make_error(ErrorCode::internal,
                      fmt::format("a damaged {} record: no JSON", auth::to_text(kind)));
  return auth::owner_from_record(kind, json);
}

Result<std::optional<Owner>> parse_found(OwnerKind kind,
                                         const std::optional<std::string_view>& record) {
  if (!record) return std::optional<Owner>();
  Result<Owner> owner = parse(kind, *record);
  if (!owner) return owner.error();
  return std::optional<Owner>(std::move(*owner));
}

thread_local std::array<ParsedRecords<Owner>, 2> parsed_owners;

const std::string& shown(const Owner& owner) {
  return owner.name.empty() ? owner.id : owner.name;
}

}  // namespace

void OwnerTable::open(WriteTxn& txn) {
  of(OwnerKind::user).open(txn, "users", "user_names", "deleted_users");
  of(OwnerKind::team).open(txn, "teams", "team_names", "deleted_teams");
}

Result<std::optional<Owner>> OwnerTable::get(WriteTxn& txn, OwnerKind kind, std::string_view id) {
  return parse_found(kind, of(kind).get(txn, id));
}

Status OwnerTable::create(WriteTxn& txn, const Owner& owner) {
  NamedRecords& records = of(owner.kind);
  if (records.get(txn, owner.id)) return records.taken("id", owner.id);
  if (Status free = records.check_free(txn, owner.id, owner.name); !free) return free.error();
  records.write(txn, owner.id, owner.name, dump(auth::to_record(owner)));
  return {};
}

Status OwnerTable::update(WriteTxn& txn, const Owner& owner, Time expected_updated) {
  NamedRecords& records = of(owner.kind);
  Result<std::optional<Owner>> before = get(txn, owner.kind, owner.id);
  if (!before) return before.error();
  if (!*before) return records.not_there(owner.id);
  if ((*before)->updated != expected_updated) return records.changed_meanwhile(shown(owner));
  return replace(txn, owner);
}

Status OwnerTable::replace(WriteTxn& txn, const Owner& owner) {
  NamedRecords& records = of(owner.kind);
  Result<std::optional<Owner>> before = get(txn, owner.kind, owner.id);
  if (!before) return before.error();
  if (Status free = records.check_free(txn, owner.id, owner.name); !free) return free.error();
  if (*before) records.forget_name(txn, (*before)->name);
  records.write(txn, owner.id, owner.name, dump(auth::to_record(owner)));
  return {};
}

Status OwnerTable::remove(WriteTxn& txn, OwnerKind kind, const std::string& id,
                          const KeyTable& keys) {
  Result<std::optional<Owner>> before = get(txn, kind, id);
  if (!before) return before.error();
  if (!*before) return of(kind).not_there(id);
  Result<std::vector<std::string>> owned = keys.owned_by(txn, kind, id);
  if (!owned) return owned.error();
  if (!owned->empty())
    return make_error(
        ErrorCode::conflict,
        fmt::format("{} '{}' has {} key{}, among them '{}'", auth::to_text(kind), shown(**before),
                    owned->size(), owned->size() == 1 ? "" : "s",
                    escape_control(shorten(owned->front(), 80))),
        fmt::format("delete its keys or give them another {} first", auth::to_text(kind)));
  of(kind).remove(txn, id, (*before)->name, dump(auth::to_record(**before)));
  return {};
}

Result<auth::OwnerPtr> OwnerTable::find(const Environment& state, OwnerKind kind,
                                        std::string_view id) const {
  ReadTxn txn(state.readers());
  if (txn.failure() != 0) return lmdb_error(txn.failure(), "cannot read users and teams");
  std::optional<std::string_view> record = of(kind).get(txn, id);
  if (!record) return auth::OwnerPtr();
  return parsed_owners[static_cast<std::size_t>(kind)].get(
      std::hash<std::string_view>{}(id), *record,
      [kind](std::string_view bytes) { return parse(kind, bytes); });
}

Result<std::optional<Owner>> OwnerTable::find_by(const Environment& state, OwnerKind kind,
                                                 std::string_view name_or_id) const {
  Result<std::optional<std::string>> record = of(kind).find(state, name_or_id);
  if (!record) return record.error();
  return parse_found(kind, *record);
}

Result<std::vector<Owner>> OwnerTable::list(const Environment& state, OwnerKind kind) const {
  std::vector<Owner> owners;
  Status damaged;
  Status read = of(kind).each(state, [&](std::string_view, std::string_view record) {
    Result<Owner> owner = parse(kind, record);
    if (owner)
      owners.push_back(std::move(*owner));
    else
      damaged = owner.error();
    return damaged.has_value();
  });
  if (!read) return read.error();
  if (!damaged) return damaged.error();
  return owners;
}

Status OwnerTable::check(const Environment& state, std::vector<std::string>& problems) const {
  for (OwnerKind kind : {OwnerKind::user, OwnerKind::team}) {
    std::vector<Owner> owners;
    Status read = of(kind).each(state, [&](std::string_view id, std::string_view record) {
      Result<Owner> owner = parse(kind, record);
      if (owner)
        owners.push_back(std::move(*owner));
      else
        problems.push_back(fmt::format("{} {}: {}", auth::to_text(kind), escape_control(id),
                                       owner.error().message));
      return true;
    });
    if (!read) return read.error();
    ReadTxn txn(state.readers());
    if (txn.failure() != 0) return lmdb_error(txn.failure(), "cannot read users and teams");
    std::size_t names = 0;
    for (const Owner& owner : owners) {
      if (owner.name.empty()) continue;
      ++names;
      if (!of(kind).leads_to(txn, owner.name, owner.id))
        problems.push_back(
            fmt::format("{} {}: its name does not lead to it", auth::to_text(kind), owner.id));
    }
    if (of(kind).names(txn) > names)
      problems.push_back(
          fmt::format("the names of {}s have entries that none stands for", auth::to_text(kind)));
  }
  return {};
}

std::string OwnerTable::label(const Environment& state, OwnerKind kind, std::string_view id) const {
  std::optional<std::string> record = of(kind).find_ever(state, id);
  if (!record) return std::string(id);
  Result<Owner> owner = parse(kind, *record);
  return owner && !owner->name.empty() ? owner->name : std::string(id);
}

}  // namespace litegw::store
