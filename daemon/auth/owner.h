// A user or a team as stored: an owner of virtual keys with limits and models of its own. A key is
// bounded by its own, its user's and its team's. Pure data; daemon/store keeps the records.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/auth/virtual_key.h"

namespace litegw::auth {

enum class OwnerKind : std::uint8_t { user, team };
std::string_view to_text(OwnerKind kind);  // "user", "team"

struct Owner {
  OwnerKind kind = OwnerKind::user;
  std::string id;                   // "user_...", "team_...", or what an import brought
  std::string name;                 // unique among the owners of its kind that are not deleted
  std::vector<std::string> models;  // empty = all; as of a key
  bool blocked = false;             // blocks all its keys
  std::map<std::string, std::string> metadata;
  Limits limits;
  std::map<std::string, Limits> model_limits;
  Time created{};
  std::string created_by;
  Time updated{};
};

using OwnerPtr = std::shared_ptr<const Owner>;
// The owner by its id; null = there is none (any more).
using OwnerLookup = std::function<Result<OwnerPtr>(OwnerKind, std::string_view id)>;

// Versioned JSON, as that of a key. `owner_from_record` refuses a newer version (store_unavailable)
// and a damaged record (internal), naming the member.
Json to_record(const Owner& owner);
Result<Owner> owner_from_record(OwnerKind kind, const Json& record);

}  // namespace litegw::auth
