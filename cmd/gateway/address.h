// Which addresses the servers of Cursor refuse to call. Pure.
#pragma once

#include <string>
#include <string_view>

namespace litegw::cmd {

// "loopback", "private", "carrier-grade NAT", "link-local", "unique local", "unspecified",
// "multicast", "documentation"; empty for an address that the internet can reach. `address` is
// numeric, IPv4 or IPv6; anything else is "no address".
std::string private_range(std::string_view address);

}  // namespace litegw::cmd
