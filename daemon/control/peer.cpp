#include "daemon/control/peer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59  // Linux 4.13; glibc's header has it, some others do not
#endif

namespace litegw::control {
namespace {

std::string login_name(uid_t uid) {
  std::array<char, 16384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return {};
  return found->pw_name;
}

std::optional<gid_t> group_id(const char* name) {
  std::array<char, 65536> buffer{};
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return found->gr_gid;
}

// The whole list, which may be longer than any guess.
Result<std::vector<gid_t>> groups_of(int descriptor) {
  std::vector<gid_t> groups(64);
  for (;;) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
      groups.resize(size / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE || groups.size() >= 65536)
      return make_error(ErrorCode::io_error,
                        fmt::format("the peer's groups cannot be read: {}", std::strerror(errno)));
    groups.resize(groups.size() * 2);
  }
}

bool contains(const std::vector<gid_t>& groups, std::optional<gid_t> wanted) {
  return wanted && std::find(groups.begin(), groups.end(), *wanted) != groups.end();
}

// For `usermod`: the peer's name, quoted by the shell's own variable when it is unknown.
std::string user_word(const Peer& peer) {
  return peer.name.empty() ? std::string("$USER") : peer.name;
}

Error refusal(const Peer& peer, const char* group, bool group_exists, const char* what) {
  std::string command = fmt::format("sudo usermod -aG {} {}", group, user_word(peer));
  if (!group_exists) command = fmt::format("sudo groupadd --system {} && {}", group, command);
  std::string then = ", then log in again";
  if (!group_exists) then += " and restart litegwd";
  return make_error(ErrorCode::not_permitted,
                    fmt::format("{} may not {}: not root, not litegwd's user, not in group {}",
                                peer.actor(), what, group),
                    command + then);
}

}  // namespace

std::string Peer::actor() const {
  return name.empty() ? fmt::format("uid {}", uid) : fmt::format("uid {} ({})", uid, name);
}

Access AccessRules::access_of(const Peer& peer) const {
  bool master = std::find(masters.begin(), masters.end(), peer.uid) != masters.end();
  if (master || contains(peer.groups, admins)) return Access::change;
  return contains(peer.groups, readers) ? Access::read : Access::none;
}

AccessRules system_rules() {
  return {{0, ::geteuid()}, group_id(reader_group), group_id(admin_group)};
}

Result<Peer> peer_of(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return make_error(ErrorCode::io_error,
                      fmt::format("the peer's user cannot be read: {}", std::strerror(errno)));
  Result<std::vector<gid_t>> groups = groups_of(descriptor);
  if (!groups) return groups.error();
  // SO_PEERGROUPS lists the supplementary groups only.
  groups->push_back(credentials.gid);
  return Peer{credentials.uid, credentials.pid, std::move(*groups), login_name(credentials.uid)};
}

Error may_not_read(const Peer& peer, const AccessRules& rules) {
  return refusal(peer, reader_group, rules.readers.has_value(), "use this daemon");
}

Error may_not_change(const Peer& peer, const AccessRules& rules) {
  return refusal(peer, admin_group, rules.admins.has_value(), "change anything");
}

}  // namespace litegw::control
