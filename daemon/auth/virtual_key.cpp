#include "daemon/auth/virtual_key.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"

namespace litegw::auth {
namespace {

constexpr int version = 1;

// Times are whole microseconds since 1970 in records: exact, and quick to read.
Json from_time(Time time) {
  return time.time_since_epoch().count();
}
Time to_time(const Json& value) {
  return Time(Duration(value.get<std::int64_t>()));
}

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

Json from_limits(const Limits& limits) {
  Json out = Json::object();
  for (const BudgetLimit& budget : limits.budgets)
    out["budgets"].push_back({{"nano", budget.amount.nano()}, {"window", budget.window}});
  if (limits.rpm) out["rpm"] = *limits.rpm;
  if (limits.tpm) out["tpm"] = *limits.tpm;
  if (limits.parallel) out["parallel"] = *limits.parallel;
  return out;
}

std::optional<std::int64_t> to_count(const Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  return found->get<std::int64_t>();
}

Limits to_limits(const Json& record) {
  Limits limits;
  if (auto budgets = record.find("budgets"); budgets != record.end())
    for (const Json& budget : *budgets)
      limits.budgets.push_back({Money::nano(budget.at("nano").get<std::int64_t>()),
                                budget.at("window").get<std::string>()});
  limits.rpm = to_count(record, "rpm");
  limits.tpm = to_count(record, "tpm");
  limits.parallel = to_count(record, "parallel");
  return limits;
}

template <class Map>
Json from_map(const Map& map) {
  Json out = Json::object();
  for (const auto& [name, value] : map)
    out[name] = value;
  return out;
}

std::map<std::string, std::string> to_map(const Json& record, const char* name) {
  std::map<std::string, std::string> out;
  if (auto found = record.find(name); found != record.end())
    for (const auto& [key, value] : found->items())
      out[key] = value.template get<std::string>();
  return out;
}

std::vector<std::string> to_list(const Json& record, const char* name) {
  auto found = record.find(name);
  return found == record.end() ? std::vector<std::string>{}
                               : found->get<std::vector<std::string>>();
}

std::string to_string(const Json& record, const char* name) {
  auto found = record.find(name);
  return found == record.end() ? std::string{} : found->get<std::string>();
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
  if (auto models = record.find("model_limits"); models != record.end())
    for (const auto& [model, limits] : models->items())
      key.model_limits[model] = to_limits(limits);
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
  for (const auto& [model, limits] : key.model_limits)
    out["model_limits"][model] = from_limits(limits);
  out["created"] = from_time(key.created);
  out["updated"] = from_time(key.updated);
  if (key.old_hash) out["old_hash"] = to_hex(*key.old_hash);
  if (key.old_hash_until) out["old_hash_until"] = from_time(*key.old_hash_until);
  return out;
}

Result<VirtualKey> from_record(const Json& record) {
  if (!record.is_object() || !record.contains("v") || !record["v"].is_number_integer())
    return make_error(ErrorCode::internal, "a key record without a version");
  if (auto found = record["v"].get<std::int64_t>(); found > version)
    return make_error(
        ErrorCode::store_unavailable,
        fmt::format("a key record of version {}, this litegwd reads up to {}", found, version),
        "run the newer litegwd that wrote it");
  // nlohmann throws on a member of the wrong type; a damaged record must not end the daemon.
  try {
    return read(record);
  } catch (const std::exception& error) {
    return make_error(ErrorCode::internal, fmt::format("a damaged key record: {}", error.what()),
                      "litegw store check lists damaged records");
  }
}

}  // namespace litegw::auth
