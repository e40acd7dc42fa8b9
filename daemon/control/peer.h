// Who is at the other end of the control socket, and what they may do. Everyone may connect (mode
// 0666); the kernel says who it is. Used by the control server on its loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "common/base/result.h"

namespace litegw::control {

struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  // the primary one and all others
  std::string name;           // login name; empty when the machine does not know it

  // "uid 1000 (ada)": what the audit trail records.
  std::string actor() const;
};

enum class Access { none, read, change };

// Which users and groups count. Read once when the socket is opened.
struct AccessRules {
  std::vector<uid_t> masters;    // may change: root and the daemon's own user
  std::optional<gid_t> readers;  // group litegw
  std::optional<gid_t> admins;   // group litegw-admin

  Access access_of(const Peer& peer) const;
};

inline constexpr const char* reader_group = "litegw";
inline constexpr const char* admin_group = "litegw-admin";

AccessRules system_rules();
// SO_PEERCRED and SO_PEERGROUPS. Fails with io_error.
Result<Peer> peer_of(int descriptor);

// What a peer without the right is told, with the command that lets it in.
Error may_not_read(const Peer& peer, const AccessRules& rules);
Error may_not_change(const Peer& peer, const AccessRules& rules);

}  // namespace litegw::control
