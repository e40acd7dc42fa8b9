// Where a daemon's control socket may be, and what to say when nobody answers there.
#pragma once

#include <string>
#include <vector>

#include "cmd/console.h"

namespace litegw::cmd {

// In the order of trying: a daemon of the user's own, then the system's. A folder in /tmp that is
// not the user's alone is left out: somebody else could listen there.
std::vector<std::string> socket_candidates(const Console& console);

// The reason and the way out, for this user.
Error explain_socket_error(const Error& error, const std::string& socket, unsigned user_id);

}  // namespace litegw::cmd
