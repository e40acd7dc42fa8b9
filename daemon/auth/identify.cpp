#include "daemon/auth/identify.h"

#include <array>

#include <fmt/format.h>

#include <openssl/crypto.h>

#include "common/base/text.h"

namespace litegw::auth {
namespace {

// LiteLLM writes the text None where OpenAI has null.
constexpr const char* no_param = "None";

constexpr std::array<std::string_view, 5> plain_headers{
    "api-key", "x-api-key", "x-goog-api-key", "x-litellm-api-key", "ocp-apim-subscription-key"};

std::optional<std::string_view> bearer_token(std::string_view value) {
  constexpr std::string_view scheme = "bearer";
  if (!iequals(value.substr(0, scheme.size()), scheme)) return std::nullopt;
  std::string_view rest = value.substr(scheme.size());
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return std::nullopt;
  return trim(rest);
}

Error missing_key_error() {
  return make_error(ErrorCode::missing_key, "Authentication Error, No api key passed in.",
                    "send the key as Authorization: Bearer sk-...", no_param);
}

Error no_bearer_error() {
  return make_error(ErrorCode::malformed_key,
                    "Authentication Error, Malformed API Key passed in. Ensure Key has `Bearer ` "
                    "prefix.",
                    {}, no_param);
}

// Four characters at either end, as LiteLLM does, but only of something long enough to stay
// unknown.
std::string masked_ends(std::string_view token) {
  if (token.size() < 16 || !is_valid_utf8(token)) return "****";
  return escape_control(
      fmt::format("{}****{}", token.substr(0, 4), token.substr(token.size() - 4)));
}

std::string_view last_four(std::string_view token) {
  return token.size() < 12 ? std::string_view{} : token.substr(token.size() - 4);
}

Error unknown_key_error(std::string_view four) {
  return make_error(ErrorCode::invalid_key,
                    fmt::format("Authentication Error, Invalid proxy server token passed. Received "
                                "API Key = sk-...{}. Unable to find token in cache or "
                                "`LiteLLM_VerificationTokenTable`",
                                escape_control(four)),
                    "litegw key list shows the keys that exist", "key");
}

// "2026-10-04 03:47:58+00:00", Python's form.
std::string python_time(Time time) {
  std::string text = to_rfc3339(time);
  text[10] = ' ';
  text.replace(text.size() - 1, 1, "+00:00");
  return text;
}

bool same_digest(const Sha256& a, const Sha256& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Principal master_principal() {
  Principal principal;
  principal.key_id = "master";
  principal.key_name = "master";
  principal.is_master = true;
  return principal;
}

Principal principal_of(std::shared_ptr<const VirtualKey> key) {
  Principal principal;
  principal.key_id = key->id;
  principal.key_name = key->name;
  principal.user_id = key->user_id;
  principal.team_id = key->team_id;
  principal.models = key->models;
  principal.aliases = key->aliases;
  principal.tags = key->tags;
  principal.key = std::move(key);
  return principal;
}

bool entry_names(const std::string& entry, std::string_view model) {
  return entry == model || (entry.find('*') != std::string::npos && wildcard_match(entry, model));
}

const std::vector<std::string>* team_models(const Principal& principal) {
  if (principal.team_id.empty()) return nullptr;
  for (const OwnerScope& scope : principal.owner_scopes)
    if (scope.kind == "team") return &scope.models;
  return nullptr;
}

bool listed(const std::vector<std::string>& models, const Principal& principal,
            std::string_view asked, std::string_view resolved, const config::Config& config);

bool entry_allows(const std::string& entry, const Principal& principal, std::string_view asked,
                  std::string_view resolved, const config::Config& config) {
  if (entry == "all-proxy-models") return true;
  if (entry == "no-default-models") return false;
  if (entry == "all-team-models") {
    const std::vector<std::string>* team = team_models(principal);
    // A team's own list never refers to itself.
    return team != nullptr &&
           (team->empty() || listed(*team, Principal{}, asked, resolved, config));
  }
  if (entry_names(entry, asked) || entry_names(entry, resolved)) return true;
  auto group = config.access_groups.find(entry);
  if (group == config.access_groups.end()) return false;
  for (const std::string& name : group->second)
    if (entry_names(name, resolved)) return true;
  return false;
}

bool listed(const std::vector<std::string>& models, const Principal& principal,
            std::string_view asked, std::string_view resolved, const config::Config& config) {
  for (const std::string& entry : models)
    if (entry_allows(entry, principal, asked, resolved, config)) return true;
  return false;
}

Error not_allowed(std::string_view kind, const std::vector<std::string>& models,
                  std::string_view asked) {
  ErrorCode code = kind == "team"   ? ErrorCode::team_model_not_allowed
                   : kind == "user" ? ErrorCode::user_model_not_allowed
                                    : ErrorCode::model_not_allowed;
  std::string list;
  for (const std::string& model : models)
    list += fmt::format("{}'{}'", list.empty() ? "" : ", ", model);
  return make_error(
      code,
      fmt::format("{} not allowed to access model. This {} can only access models=[{}]. Tried to "
                  "access {}",
                  kind, kind, shorten(list, 1000), escape_control(shorten(asked, 200))),
      {}, "model");
}

}  // namespace

Result<std::string_view> presented_key(const HeaderLookup& header, const config::Config& config) {
  if (!config.key_header.empty())
    if (std::optional<std::string_view> value = header(config.key_header))
      if (std::string_view token = bearer_token(*value).value_or(trim(*value)); !token.empty())
        return token;
  std::optional<std::string_view> authorization = header("authorization");
  std::optional<std::string_view> token;
  if (authorization) token = bearer_token(*authorization);
  if (token && !token->empty()) return *token;
  for (std::string_view name : plain_headers)
    if (std::optional<std::string_view> value = header(name))
      if (std::string_view plain = trim(*value); !plain.empty())
        return bearer_token(plain).value_or(plain);
  if (authorization && !token && !trim(*authorization).empty()) return no_bearer_error();
  return missing_key_error();
}

Status check_key(const VirtualKey& key, const Sha256& presented, std::string_view four, Time now) {
  bool current = same_digest(key.hash, presented);
  bool in_grace = key.old_hash && key.old_hash_until && now < *key.old_hash_until &&
                  same_digest(*key.old_hash, presented);
  if (!current && !in_grace) return unknown_key_error(four);
  if (key.blocked)
    return make_error(ErrorCode::blocked_key,
                      "Authentication Error, Key is blocked. Update via `/key/unblock` if you're "
                      "an admin.",
                      "litegw key unblock " + (key.name.empty() ? key.id : key.name), no_param);
  if (key.expires && *key.expires <= now)
    return make_error(ErrorCode::expired_key,
                      fmt::format("Authentication Error - Expired Key. Key Expiry time {} and "
                                  "current time {}",
                                  python_time(*key.expires), python_time(now)),
                      "litegw key update --expires gives it more time", "sk-..." + key.last_four);
  return {};
}

Result<Principal> identify(const HeaderLookup& header, const config::Config& config, bool any_keys,
                           const KeyLookup& find_key, Time now) {
  if (!any_keys && config.master_key.empty())
    return make_error(ErrorCode::missing_key,
                      "Authentication Error, no key has been made on this gateway yet, so every "
                      "request is refused. Its operator makes one with `litegw key create --name "
                      "me`.",
                      {}, no_param);
  Result<std::string_view> token = presented_key(header, config);
  if (!token) return token.error();
  if (!config.master_key.empty() && config.master_key.equals(*token)) return master_principal();
  if (!token->starts_with("sk-"))
    return make_error(ErrorCode::malformed_key,
                      fmt::format("Authentication Error, LiteLLM Virtual Key expected. "
                                  "Received={}, expected to start with 'sk-'.",
                                  masked_ends(*token)),
                      {}, no_param);
  Sha256 digest = sha256(*token);
  Result<std::shared_ptr<const VirtualKey>> key = find_key(digest);
  if (!key) return key.error();
  if (*key == nullptr) return unknown_key_error(last_four(*token));
  Status usable = check_key(**key, digest, last_four(*token), now);
  if (!usable) return usable.error();
  return principal_of(std::move(*key));
}

Status add_owners(Principal& principal, const OwnerLookup& find) {
  const auto add = [&](OwnerKind kind, const std::string& id, OwnerPtr& place) -> Status {
    if (id.empty()) return {};
    Result<OwnerPtr> found = find(kind, id);
    if (!found) return found.error();
    if (*found == nullptr) return {};
    const Owner& owner = **found;
    if (owner.blocked)
      return make_error(ErrorCode::blocked_key,
                        fmt::format("Authentication Error, {} '{}' of this key is blocked.",
                                    to_text(kind), owner.name.empty() ? owner.id : owner.name),
                        fmt::format("litegw {} unblock {}", to_text(kind),
                                    owner.name.empty() ? owner.id : owner.name),
                        no_param);
    if (!owner.models.empty())
      principal.owner_scopes.push_back({std::string(to_text(kind)), owner.models});
    place = std::move(*found);
    return {};
  };
  Status team = add(OwnerKind::team, principal.team_id, principal.team);
  if (!team) return team;
  return add(OwnerKind::user, principal.user_id, principal.user);
}

std::string_view aliased(const Principal& principal, std::string_view asked) {
  if (principal.aliases.empty()) return asked;
  auto found = principal.aliases.find(std::string(asked));
  return found == principal.aliases.end() ? asked : std::string_view(found->second);
}

Status allow(const Principal& principal, std::string_view asked, std::string_view resolved,
             const config::Config& config) {
  if (!principal.models.empty() && !listed(principal.models, principal, asked, resolved, config))
    return not_allowed("key", principal.models, asked);
  for (const OwnerScope& scope : principal.owner_scopes)
    if (!scope.models.empty() && !listed(scope.models, principal, asked, resolved, config))
      return not_allowed(scope.kind, scope.models, asked);
  return {};
}

bool may_call(const Principal& principal, std::string_view model, const config::Config& config) {
  return allow(principal, model, config).has_value();
}

}  // namespace litegw::auth
