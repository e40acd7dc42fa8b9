// Notices that a peer has gone while nothing is being read from it: the client, while its answer is
// prepared or streamed. A closing (also a half-close: nothing more is coming) and a reset count;
// pipelined bytes do not. Costs nothing to a request that is done within 30 ms: only then is the
// socket looked at. Lives on its transport's loop.
#pragma once

#include <functional>
#include <memory>

#include "daemon/net/deadline.h"
#include "daemon/net/transport.h"

namespace litegw::net {

class PeerWatch {
 public:
  PeerWatch(Transport& transport, DeadlineWheel& wheel);
  ~PeerWatch();
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

  // Calls `gone` once, within 100 ms of the peer's going. Nothing may be read from the transport
  // until `stop`, which may be called at any time, also by `gone`.
  void start(std::function<void()> gone);
  void stop();

 private:
  struct Peek;
  void look();
  void wait_for_bytes();

  Transport& transport_;
  Deadline next_look_;
  std::function<void()> gone_;
  std::shared_ptr<Peek> peek_;
};

}  // namespace litegw::net
