// The control socket: takes connections, asks the kernel who is there, refuses who may not, and
// gives requests to the handlers. Everything runs on the loop it was opened with (the main thread);
// only the store's writer thread calls in, to say that rows were stored.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <string>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "daemon/control/call.h"
#include "daemon/control/peer.h"
#include "daemon/control/socket.h"
#include "daemon/net/deadline.h"
#include "daemon/net/task_group.h"

namespace litegw::control {

class Session;

class ControlServer {
 public:
  // Opens the socket; fails as ControlSocket::open does. `daemon` must outlive the server.
  static Result<std::unique_ptr<ControlServer>> open(net::Executor executor, DaemonView& daemon,
                                                     const std::string& path,
                                                     AccessRules rules = system_rules());
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Begins to accept.
  void start();
  // Removes the socket file and ends every session; running changes are still written. `sessions`
  // falls to 0 as the loop runs on.
  void stop();
  std::size_t sessions() const { return tasks_.size(); }

  const std::string& path() const { return socket_.path(); }

 private:
  friend class Session;
  struct Waker;  // outlives the server on the store's writer thread

  ControlServer(net::Executor executor, DaemonView& daemon, ControlSocket socket,
                AccessRules rules);
  net::Task<void> accept();
  void take(int descriptor);
  void rows_stored();

  net::Executor executor_;
  Context context_;
  ControlSocket socket_;
  AccessRules rules_;
  net::DeadlineWheel deadlines_;
  net::TaskGroup tasks_;
  std::unique_ptr<boost::asio::posix::basic_stream_descriptor<net::Executor>> listener_;
  std::list<Session*> open_;
  std::shared_ptr<Waker> waker_;
  bool stopping_ = false;
};

}  // namespace litegw::control
