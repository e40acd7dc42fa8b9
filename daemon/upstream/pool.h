// Connections to upstreams, kept open between requests. One pool per event loop; the most recently
// used connection goes out first, so that the rest can fall idle and be closed.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/net/deadline.h"
#include "daemon/net/transport.h"

namespace litegw::upstream {

struct Connection {
  Connection(const net::Executor& executor, net::DeadlineWheel& wheel)
      : transport(executor), deadline(wheel, [this] { transport.abort(); }) {}

  net::Transport transport;
  net::Deadline deadline;  // aborts the transport
  std::string key;         // which pool it belongs to
  net::Clock::time_point idle_since;
  bool reused = false;
};

class Pool {
 public:
  struct Limits {
    std::size_t max_idle_per_key = 256;
    std::chrono::microseconds idle_timeout = std::chrono::seconds(60);
  };

  explicit Pool(net::DeadlineWheel& wheel);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void configure(const Limits& limits) { limits_ = limits; }
  // An idle connection whose peer is still there; nullptr when there is none.
  std::unique_ptr<Connection> take(const std::string& key);
  // Only one that is between two messages.
  void put(std::unique_ptr<Connection> connection);
  void clear();
  std::size_t idle() const { return idle_; }

 private:
  void sweep();

  Limits limits_;
  std::unordered_map<std::string, std::vector<std::unique_ptr<Connection>>> connections_;
  std::size_t idle_ = 0;
  net::Deadline sweep_;
  bool sweeping_ = false;
};

}  // namespace litegw::upstream
