#include "daemon/auth/owner.h"

#include "daemon/auth/record.h"

namespace litegw::auth {
namespace {

constexpr int version = 1;

}  // namespace

std::string_view to_text(OwnerKind kind) {
  return kind == OwnerKind::user ? "user" : "team";
}

Json to_record(const Owner& owner) {
  Json out = {{"v", version}, {"id", owner.id}};
  if (!owner.name.empty()) out["name"] = owner.name;
  if (!owner.created_by.empty()) out["created_by"] = owner.created_by;
  if (!owner.models.empty()) out["models"] = owner.models;
  if (!owner.metadata.empty()) out["metadata"] = from_map(owner.metadata);
  if (owner.blocked) out["blocked"] = true;
  out.update(from_limits(owner.limits));
  add_model_limits(out, owner.model_limits);
  out["created"] = from_time(owner.created);
  out["updated"] = from_time(owner.updated);
  return out;
}

Result<Owner> owner_from_record(OwnerKind kind, const Json& record) {
  const char* what = kind == OwnerKind::user ? "user" : "team";
  return read_record(record, version, what, [kind](const Json& from) {
    Owner owner;
    owner.kind = kind;
    owner.id = from.at("id").get<std::string>();
    owner.name = to_string(from, "name");
    owner.models = to_list(from, "models");
    owner.blocked = from.value("blocked", false);
    owner.metadata = to_map(from, "metadata");
    owner.limits = to_limits(from);
    owner.model_limits = to_model_limits(from);
    owner.created = to_time(from.at("created"));
    owner.created_by = to_string(from, "created_by");
    owner.updated = to_time(from.at("updated"));
    return owner;
  });
}

}  // namespace litegw::auth
