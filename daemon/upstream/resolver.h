// Addresses of upstream hosts, remembered per event loop: fresh for a minute, after that served
// stale while a new look-up runs beside. Asio asks the system's resolver on a thread of its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "common/base/result.h"
#include "daemon/net/task.h"
#include "daemon/net/task_group.h"
#include "daemon/net/transport.h"

namespace litegw::upstream {

using Addresses = std::shared_ptr<const std::vector<net::Transport::Endpoint>>;

class Resolver {
 public:
  Resolver(const net::Executor& executor, net::TaskGroup& tasks);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // At least one address, in the system's order. Fails with upstream_unreachable. A
  // look-up cannot be stopped: a caller in a hurry does not wait for it.
  net::Task<Result<Addresses>> resolve(std::string host, std::uint16_t port);

 private:
  struct Entry {
    Addresses addresses;
    net::Clock::time_point looked_up;
    bool refreshing = false;
  };
  net::Task<Result<Addresses>> look_up(std::string host, std::uint16_t port);
  net::Task<void> refresh(std::string host, std::uint16_t port);

  net::Executor executor_;
  net::TaskGroup& tasks_;
  std::map<std::pair<std::string, std::uint16_t>, Entry> entries_;
};

}  // namespace litegw::upstream
