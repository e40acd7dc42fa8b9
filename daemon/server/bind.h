// Listening sockets: one per event loop on the same port. Called by app at start and on reload.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "common/base/result.h"
#include "daemon/net/descriptor.h"

namespace litegw::server {

// "127.0.0.1:4000", "[::1]:4000", "localhost:4000", ":4000" (every address). Fails with
// config_invalid.
Result<boost::asio::ip::tcp::endpoint> parse_listen(std::string_view text);

struct Bound {
  boost::asio::ip::tcp::endpoint endpoint;   // with the port that was really taken
  std::vector<net::Descriptor> descriptors;  // listening, non-blocking
};

// SO_REUSEPORT would let a second daemon take part of our connections without a word, so the port
// is tried without it first. Fails with io_error: taken, not permitted, no such address.
Result<Bound> bind_loops(const boost::asio::ip::tcp::endpoint& endpoint, std::size_t loops);

std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace litegw::server
