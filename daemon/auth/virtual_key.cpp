#include "daemon/auth/virtual_key.h"

#include <stdexcept>

#include "daemon/auth/record.h"

namespace litegw::auth {
namespace {

constexpr int version = 1;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  throw std::invalid_argument("no hex digit");
}

Sha256 to_digest(const Json& value) {
  const auto& text = value.get_ref<const std::string&>();
  Sha256 digest{};
  if (text.size() != digest.size() * 2) throw std::invalid_argument("no SHA-256");
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<std::uint8_t>(hex_digit(text[2 * i]) * 16 + hex_digit(text[2 * i + 1]));
  return digest;
}

VirtualKey read(const Json& record) {
  VirtualKey key;
  key.id = record.at("id").get<std::string>();
  key.name = to_string(record, "name");
  key.hash = to_digest(record.at("hash"));
  key.last_four = to_string(record, "last_four");
  key.models = to_list(record, "models");
  key.aliases = to_map(record, "aliases");
  if (auto at = record.find("expires"); at != record.end()) key.expires = to_time(*at);
  key.blocked = record.value("blocked", false);
  key.user_id = to_string(record, "user");
  key.team_id = to_string(record, "team");
  key.tags = to_list(record, "tags");
  key.metadata = to_map(record, "metadata");
  key.limits = to_limits(record);
  key.model_limits = to_model_limits(record);
  key.created = to_time(record.at("created"));
  key.created_by = to_string(record, "created_by");
  key.updated = to_time(record.at("updated"));
  if (auto old = record.find("old_hash"); old != record.end()) key.old_hash = to_digest(*old);
  if (auto until = record.find("old_hash_until"); until != record.end())
    key.old_hash_until = to_time(*until);
  return key;
}

}  // namespace

Json to_record(const VirtualKey& key) {
  Json out = {{"v", version}, {"id", key.id}, {"hash", to_hex(key.hash)}};
  auto set_text = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  set_text("name", key.name);
  set_text("last_four", key.last_four);
  set_text("user", key.user_id);
  set_text("team", key.team_id);
  set_text("created_by", key.created_by);
  if (!key.models.empty()) out["models"] = key.models;
  if (!key.aliases.empty()) out["aliases"] = from_map(key.aliases);
  if (!key.tags.empty()) out["tags"] = key.tags;
  if (!key.metadata.empty()) out["metadata"] = from_map(key.metadata);
  if (key.expires) out["expires"] = from_time(*key.expires);
  if (key.blocked) out["blocked"] = true;
  out.update(from_limits(key.limits));
  add_model_limits(out, key.model_limits);
  out["created"] = from_time(key.created);
  out["updated"] = from_time(key.updated);
  if (key.old_hash) out["old_hash"] = to_hex(*key.old_hash);
  if (key.old_hash_until) out["old_hash_until"] = from_time(*key.old_hash_until);
  return out;
}

Result<VirtualKey> from_record(const Json& record) {
  return read_record(record, version, "key", read);
}

}  // namespace litegw::auth
