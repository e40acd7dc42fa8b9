// Takes connections from one listening socket of one loop. Never spins and never lets the kernel's
// queue fill up silently: without a descriptor to spare it answers 503 through a reserve one and
// closes. Lives on its loop.
#pragma once

#include <functional>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "daemon/net/descriptor.h"
#include "daemon/net/task.h"
#include "daemon/server/services.h"

namespace litegw::server {

// An accepted, non-blocking socket.
struct Accepted {
  net::Descriptor descriptor;
  int family = 0;
  boost::asio::ip::address client;
};

class Listener {
 public:
  // `take` gets each connection; false = there are too many, the client is turned away.
  Listener(Services& services, net::Descriptor descriptor, std::function<bool(Accepted&)> take);

  net::Task<void> run();  // until stop
  void stop();            // closes the socket: new connections are refused by the kernel

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, net::Executor>;
  enum class Step { taken, empty, starved };
  Step accept_one();
  Step accept_starved();
  void turn_away(int descriptor);

  Services& services_;
  Acceptor acceptor_;
  net::Timer pause_;
  net::Descriptor reserve_;
  std::function<bool(Accepted&)> take_;
  bool stopped_ = false;
};

}  // namespace litegw::server
