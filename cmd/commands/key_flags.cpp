#include "cmd/commands/key_flags.h"

#include "cmd/when.h"

namespace litegw::cmd {
namespace {

// Words of --unset that only keys know, and the members that they clear.
const std::map<std::string, std::string> own_unset{{"name", "name"},
                                                   {"expires", "expires_at"},
                                                   {"user", "user"},
                                                   {"team", "team"},
                                                   {"tag", "tags"}};

}  // namespace

void add_key_flags(CLI::App& command, KeyFlags& flags) {
  add_bounds_flags(command, "key", flags);
  add_text(command, "--expires", flags.expires, "90d, 12h, 2027-01-01", "WHEN");
  add_text(command, "--user", flags.user, "Owner, one of `litegw user list`", "USER");
  add_text(command, "--team", flags.team, "Owning team, one of `litegw team list`", "TEAM");
  add_list(command, "--tag", flags.tags, "Tag for reports; repeatable", "TAG");
}

void add_key_changes(Registry& registry, CLI::App& command, BoundsChanges& changes) {
  add_change_flags(registry, command, changes, {"name", "expires", "user", "team", "tag"});
}

Result<control::KeyCreate> to_create(const KeyFlags& flags, Time now) {
  control::KeyCreate request;
  if (Status bounds = read_bounds(flags, request); !bounds) return bounds.error();
  request.user = flags.user;
  request.team = flags.team;
  request.tags = flags.tags;
  if (flags.expires.empty()) return request;
  Result<Time> expires = parse_expiry(flags.expires, now);
  if (!expires) return expires.error();
  request.expires_at = *expires;
  return request;
}

Result<control::KeyUpdate> to_update(const KeyFlags& flags, const BoundsChanges& changes,
                                     Time now) {
  control::KeyUpdate request;
  if (Status bounds = read_changes(flags, changes, own_unset, request); !bounds)
    return bounds.error();
  if (!flags.user.empty()) request.user = flags.user;
  if (!flags.team.empty()) request.team = flags.team;
  if (!flags.tags.empty()) request.tags = flags.tags;
  if (flags.expires.empty()) return request;
  Result<Time> expires = parse_expiry(flags.expires, now);
  if (!expires) return expires.error();
  request.expires_at = *expires;
  return request;
}

}  // namespace litegw::cmd
