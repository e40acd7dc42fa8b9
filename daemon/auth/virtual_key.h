// A virtual key as stored, and who a request is made by. Pure data and rules; daemon/store keeps
// the records.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "common/base/json.h"
#include "common/base/money.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace litegw::auth {

// "100/month": an amount and the period after which the spent amount starts again.
struct BudgetLimit {
  Money amount;
  std::string window;  // "", "day", "week", "month", "12h", "30d": empty = never resets
  friend bool operator==(const BudgetLimit&, const BudgetLimit&) = default;
};

struct Limits {
  std::vector<BudgetLimit> budgets;
  std::optional<std::int64_t> rpm, tpm, parallel;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct VirtualKey {
  std::string id;    // "key_...", stays over a rotation
  std::string name;  // unique among keys not deleted; may be empty
  Sha256 hash{};
  std::string last_four;
  std::vector<std::string> models;  // empty = all; public names, patterns, access groups
  std::map<std::string, std::string> aliases;
  std::optional<Time> expires;
  bool blocked = false;
  std::string user_id, team_id;
  std::vector<std::string> tags;
  std::map<std::string, std::string> metadata;
  Limits limits;
  std::map<std::string, Limits> model_limits;
  Time created{};
  std::string created_by;  // "uid 1000", "litellm import"
  Time updated{};
  std::optional<Sha256> old_hash;  // the previous secret, valid until `old_hash_until`
  std::optional<Time> old_hash_until;
};

// Versioned JSON: {"v":1,...}. `from_record` refuses a newer version (store_unavailable) and a
// damaged record (internal), naming the member.
Json to_record(const VirtualKey& key);
Result<VirtualKey> from_record(const Json& record);

// A list of models that an owner of a key adds to the key's own: a request must pass all of them.
struct OwnerScope {
  std::string kind;                 // "team", "user"
  std::vector<std::string> models;  // empty = all
};

struct Owner;

// Who a request is made by, after `identify`.
struct Principal {
  std::string key_id;  // "master" for the master key
  std::string key_name;
  std::string user_id, team_id;
  std::vector<std::string> models;  // empty = all
  std::map<std::string, std::string> aliases;
  std::vector<std::string> tags;
  bool is_master = false;
  std::vector<OwnerScope> owner_scopes;
  std::shared_ptr<const VirtualKey> key;    // the record; null for the master key
  std::shared_ptr<const Owner> user, team;  // theirs, as far as there are any (`add_owners`)
};

}  // namespace litegw::auth
