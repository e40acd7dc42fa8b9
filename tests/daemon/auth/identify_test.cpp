#include "daemon/auth/identify.h"

#include <map>

#include <doctest/doctest.h>

#include "common/base/text.h"

using namespace litegw;
using namespace litegw::auth;

namespace {

constexpr std::string_view secret = "sk-abcdefghijklmnopqrstXm0w";
const Time noon = parse_rfc3339("2026-11-23T12:00:00Z").value();

struct Table {
  std::vector<VirtualKey> keys;
  Result<std::shared_ptr<const VirtualKey>> operator()(const Sha256& hash) const {
    for (const VirtualKey& key : keys)
      if (key.hash == hash || key.old_hash == hash) return std::make_shared<const VirtualKey>(key);
    return std::shared_ptr<const VirtualKey>();
  }
};

VirtualKey test_key() {
  VirtualKey key;
  key.id = "key_000000000001";
  key.name = "ci";
  key.hash = sha256(secret);
  key.last_four = "Xm0w";
  return key;
}

HeaderLookup headers(std::map<std::string, std::string_view> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string_view> {
    auto found = values.find(to_lower(name));
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

Result<Principal> call(const HeaderLookup& header, const Table& table,
                       const config::Config& config = {}) {
  return identify(header, config, !table.keys.empty(), table, noon);
}

std::string bearer(std::string_view token) {
  return "Bearer " + std::string(token);
}

}  // namespace

TEST_CASE("a key is accepted in each header that clients put it in") {
  Table table{{test_key()}};
  std::string authorization = bearer(secret);
  CHECK(call(headers({{"authorization", authorization}}), table)->key_id == "key_000000000001");
  CHECK(call(headers({{"authorization", "bearer   sk-abcdefghijklmnopqrstXm0w "}}), table)
            .has_value());
  for (const char* name :
       {"api-key", "x-api-key", "x-goog-api-key", "x-litellm-api-key", "ocp-apim-subscription-key"})
    CHECK_MESSAGE(call(headers({{name, " sk-abcdefghijklmnopqrstXm0w\t"}}), table).has_value(),
                  name);
  CHECK(call(headers({{"authorization", "Basic dTpw"}, {"x-api-key", secret}}), table).has_value());
}

TEST_CASE("the bearer token wins over the other headers") {
  Table table{{test_key()}};
  std::string authorization = bearer("sk-another-one-000000000");
  CHECK(call(headers({{"authorization", authorization}, {"x-api-key", secret}}), table)
            .error()
            .code == ErrorCode::invalid_key);
}

TEST_CASE("a configured header name leaves Authorization to others") {
  Table table{{test_key()}};
  config::Config config;
  config.key_header = "X-Litellm-Key";
  std::string authorization = bearer("eyJhbGciOi");
  std::string own = bearer(secret);
  CHECK(call(headers({{"authorization", authorization}, {"x-litellm-key", own}}), table, config)
            .has_value());
}

TEST_CASE("refusals have LiteLLM's texts and params") {
  Table table{{test_key()}};
  struct Case {
    const char* name;
    const char* value;
    ErrorCode code;
    const char* message;
    const char* param;
  };
  const Case cases[] = {
      {"none", "", ErrorCode::missing_key, "Authentication Error, No api key passed in.", "None"},
      {"authorization", "Bearer ", ErrorCode::missing_key,
       "Authentication Error, No api key passed in.", "None"},
      {"authorization", "sk-abcdefghijklmnopqrstXm0w", ErrorCode::malformed_key,
       "Authentication Error, Malformed API Key passed in. Ensure Key has `Bearer ` prefix.",
       "None"},
      {"authorization", "Bearer invalid-and-long-key", ErrorCode::malformed_key,
       "Authentication Error, LiteLLM Virtual Key expected. Received=inva****-key, expected to "
       "start with 'sk-'.",
       "None"},
      {"authorization", "Bearer short", ErrorCode::malformed_key,
       "Authentication Error, LiteLLM Virtual Key expected. Received=****, expected to start with "
       "'sk-'.",
       "None"},
      {"authorization", "Bearer sk-unknownunknownunkn1234", ErrorCode::invalid_key,
       "Authentication Error, Invalid proxy server token passed. Received API Key = sk-...1234. "
       "Unable to find token in cache or `LiteLLM_VerificationTokenTable`",
       "key"},
  };
  for (const Case& c : cases) {
    Result<Principal> result = call(headers({{c.name, c.value}}), table);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == c.code);
    CHECK(result.error().message == c.message);
    CHECK(result.error().param == c.param);
  }
}

TEST_CASE("a refusal never echoes the key or its hash") {
  Table table{{test_key()}};
  std::string unknown = "sk-ABCDEFGHIJKLMNOPQRSTUV";
  std::string authorization = bearer(unknown);
  Error error = call(headers({{"authorization", authorization}}), table).error();
  std::string all = error.message + error.hint + error.param;
  CHECK(all.find("ABCDEFGH") == std::string::npos);
  CHECK(all.find(to_hex(sha256(unknown))) == std::string::npos);
}

TEST_CASE("an expired key says when it expired") {
  VirtualKey key = test_key();
  key.expires = parse_rfc3339("2026-11-23T11:59:58Z");
  std::string authorization = bearer(secret);
  Error error = call(headers({{"authorization", authorization}}), Table{{key}}).error();
  CHECK(error.code == ErrorCode::expired_key);
  CHECK(error.message ==
        "Authentication Error - Expired Key. Key Expiry time 2026-11-23 11:59:58+00:00 and current "
        "time 2026-11-23 12:00:00+00:00");
  CHECK(error.param == "sk-...Xm0w");
}

TEST_CASE("a key expires at its time, not after it") {
  VirtualKey key = test_key();
  std::string authorization = bearer(secret);
  key.expires = noon;
  CHECK_FALSE(call(headers({{"authorization", authorization}}), Table{{key}}).has_value());
  key.expires = noon + Duration(1);
  CHECK(call(headers({{"authorization", authorization}}), Table{{key}}).has_value());
}

TEST_CASE("a blocked key is refused, expired or not") {
  VirtualKey key = test_key();
  key.blocked = true;
  key.expires = noon - hours(1);
  std::string authorization = bearer(secret);
  Error error = call(headers({{"authorization", authorization}}), Table{{key}}).error();
  CHECK(error.code == ErrorCode::blocked_key);
  CHECK(error.message ==
        "Authentication Error, Key is blocked. Update via `/key/unblock` if you're an admin.");
  CHECK(error.param == "None");
}

TEST_CASE("the old secret of a rotated key works until its grace ends") {
  VirtualKey key = test_key();
  key.old_hash = sha256("sk-old-old-old-old-old-old");
  key.old_hash_until = noon + seconds(1);
  std::string old = bearer("sk-old-old-old-old-old-old");
  std::string current = bearer(secret);
  CHECK(call(headers({{"authorization", old}}), Table{{key}}).has_value());
  CHECK(call(headers({{"authorization", current}}), Table{{key}}).has_value());
  key.old_hash_until = noon;
  CHECK(call(headers({{"authorization", old}}), Table{{key}}).error().code ==
        ErrorCode::invalid_key);
  key.old_hash_until.reset();
  CHECK_FALSE(call(headers({{"authorization", old}}), Table{{key}}).has_value());
}

TEST_CASE("the master key is a key for all models and nothing more") {
  config::Config config;
  config.master_key = Secret("sk-master-000000000000");
  std::string authorization = bearer("sk-master-000000000000");
  Result<Principal> principal = call(headers({{"authorization", authorization}}), {}, config);
  REQUIRE(principal.has_value());
  CHECK(principal->is_master);
  CHECK(principal->key_id == "master");
  CHECK(allow(*principal, "anything", config).has_value());
  std::string almost = bearer("sk-master-000000000001");
  CHECK(call(headers({{"authorization", almost}}), {}, config).error().code ==
        ErrorCode::invalid_key);
}

TEST_CASE("without any key and without a master key everything is refused and says why") {
  std::string authorization = bearer(secret);
  for (const HeaderLookup& header :
       {headers({}), headers({{"authorization", authorization}}), headers({{"x-api-key", ""}})}) {
    Error error = call(header, {}).error();
    CHECK(error_info(error.code).status == 401);
    CHECK(error.message.find("litegw key create") != std::string::npos);
  }
}

TEST_CASE("an empty master key matches nothing") {
  config::Config config;
  CHECK_FALSE(
      call(headers({{"authorization", "Bearer "}}), Table{{test_key()}}, config).has_value());
}

TEST_CASE("a failing key table is no unknown key") {
  std::string authorization = bearer(secret);
  KeyLookup broken = [](const Sha256&) -> Result<std::shared_ptr<const VirtualKey>> {
    return make_error(ErrorCode::store_unavailable, "broken");
  };
  Result<Principal> result =
      identify(headers({{"authorization", authorization}}), config::Config{}, true, broken, noon);
  CHECK(result.error().code == ErrorCode::store_unavailable);
}

TEST_CASE("the user and the team of a key bound its models, and a blocked one blocks it") {
  Owner team;
  team.kind = OwnerKind::team;
  team.id = "team_1";
  team.name = "web";
  team.models = {"gpt-4o"};
  const OwnerLookup find = [&team](OwnerKind kind, std::string_view id) -> Result<OwnerPtr> {
    if (kind == OwnerKind::team && id == team.id) return std::make_shared<const Owner>(team);
    return OwnerPtr();
  };
  config::Config config;
  Principal principal;
  principal.team_id = "team_1";
  principal.user_id = "user_without_record";
  REQUIRE(add_owners(principal, find).has_value());
  CHECK(principal.team->name == "web");
  CHECK(principal.user == nullptr);
  CHECK(allow(principal, "gpt-4o", config).has_value());
  CHECK(allow(principal, "o3", config).error().code == ErrorCode::team_model_not_allowed);

  team.blocked = true;
  Principal again;
  again.team_id = "team_1";
  const Status refused = add_owners(again, find);
  CHECK(refused.error().code == ErrorCode::blocked_key);
  CHECK(refused.error().message.find("team 'web'") != std::string::npos);
  CHECK(refused.error().hint == "litegw team unblock web");
}
