#include "daemon/control/key_edit.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/control/bounds_edit.h"

namespace litegw::control {
namespace {

constexpr std::size_t most_tags = 1000;
constexpr std::size_t longest_key = 255;

Status check_tags(const std::vector<std::string>& tags) {
  if (tags.size() > most_tags) return refuse_member("tags", "too many tags", "at most 1000");
  for (const std::string& tag : tags) {
    if (tag.empty()) return refuse_member("tags", "an empty tag", "a word");
    if (Status text = check_text("tags", tag); !text) return text;
  }
  return {};
}

Status check_expiry(const std::optional<Time>& expires, Time now) {
  if (!expires || *expires > now) return {};
  return refuse_member("expires_at", fmt::format("{} has passed", to_rfc3339(*expires)),
                       "a time to come, or `litegw key block`");
}

bool clear(auth::VirtualKey& key, std::string_view member) {
  if (member == "name")
    key.name.clear();
  else if (member == "expires_at")
    key.expires.reset();
  else if (member == "user")
    key.user_id.clear();
  else if (member == "team")
    key.team_id.clear();
  else if (member == "tags")
    key.tags.clear();
  else
    return false;
  return true;
}

Status change_words(auth::VirtualKey& key, const KeyUpdate& request, Time now) {
  for (auto [param, wanted, own] : {std::tuple{"user", &request.user, &key.user_id},
                                    std::tuple{"team", &request.team, &key.team_id}}) {
    if (!*wanted) continue;
    if (Status text = check_text(param, **wanted); !text) return text;
    *own = **wanted;
  }
  if (request.tags) {
    if (Status tags = check_tags(*request.tags); !tags) return tags;
    key.tags = *request.tags;
  }
  if (Status expiry = check_expiry(request.expires_at, now); !expiry) return expiry;
  if (request.expires_at) key.expires = request.expires_at;
  return {};
}

}  // namespace

Status check_secret(const Secret& secret) {
  const std::string& text = secret.reveal();
  bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (text.starts_with("sk-") && text.size() >= 16 && text.size() <= longest_key && printable)
    return {};
  return refuse_member("key", "this key cannot be used",
                       "it begins with sk- and has 16 to 255 printable characters without blanks");
}

Result<auth::VirtualKey> made_key(const KeyCreate& request, const NewKey& facts,
                                  const config::Config& config) {
  auth::VirtualKey key;
  key.id = facts.id;
  key.hash = sha256(facts.secret.reveal());
  key.last_four = facts.secret.reveal().substr(facts.secret.reveal().size() - 4);
  key.created = facts.now;
  key.created_by = facts.actor;
  KeyUpdate wanted;
  static_cast<BoundsUpdate&>(wanted) = update_of(request);
  wanted.expires_at = request.expires_at;
  wanted.user = request.user;
  wanted.team = request.team;
  wanted.tags = request.tags;
  Result<auth::VirtualKey> made = changed_key(std::move(key), wanted, config, facts.now);
  if (!made) return made.error();
  made->updated = facts.now;
  return made;
}

Result<auth::VirtualKey> changed_key(auth::VirtualKey key, const KeyUpdate& request,
                                     const config::Config& config, Time now) {
  Bounded record = bounded("key", key);
  for (const std::string& member : request.unset)
    if (!clear_bound(record, member) && !clear(key, member))
      return cannot_unset(member, {"name", "expires_at", "user", "team", "tags"});
  if (Status words = change_words(key, request, now); !words) return words.error();
  Status bounds = change_bounds(record, request, config);
  if (!bounds) return bounds.error();
  key.updated = next_version(key.updated, now);
  return key;
}

}  // namespace litegw::control
