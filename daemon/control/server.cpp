#include "daemon/control/server.h"

#include <cerrno>
#include <cstring>

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "daemon/control/session.h"

namespace litegw::control {

// The store's writer may call while the server is being destroyed: it reaches the server only
// through the loop, and only while `server` is set. `pending` keeps commits from piling up there.
struct ControlServer::Waker : std::enable_shared_from_this<Waker> {
  Waker(net::Executor loop, ControlServer* owner) : executor(loop), server(owner) {}

  void rows_stored() {
    if (pending.exchange(true)) return;
    net::asio::post(executor, [self = shared_from_this()] {
      self->pending = false;
      if (self->server != nullptr) self->server->rows_stored();
    });
  }

  net::Executor executor;
  ControlServer* server;  // used on the loop only
  std::atomic<bool> pending{false};
};

Result<std::unique_ptr<ControlServer>> ControlServer::open(net::Executor executor,
                                                           DaemonView& daemon,
                                                           const std::string& path,
                                                           AccessRules rules) {
  Result<ControlSocket> socket = ControlSocket::open(path);
  if (!socket) return socket.error();
  return std::unique_ptr<ControlServer>(
      new ControlServer(executor, daemon, std::move(*socket), std::move(rules)));
}

ControlServer::ControlServer(net::Executor executor, DaemonView& daemon, ControlSocket socket,
                             AccessRules rules)
    : executor_(executor),
      context_{daemon, executor},
      socket_(std::move(socket)),
      rules_(std::move(rules)),
      deadlines_(executor),
      tasks_(executor),
      waker_(std::make_shared<Waker>(executor, this)) {}

ControlServer::~ControlServer() {
  context_.daemon.store().on_rows_committed(nullptr);
  waker_->server = nullptr;
  if (listener_ && listener_->is_open()) listener_->release();
}

void ControlServer::start() {
  context_.daemon.store().on_rows_committed(
      [waker = waker_](std::uint64_t) { waker->rows_stored(); });
  listener_ = std::make_unique<boost::asio::posix::basic_stream_descriptor<net::Executor>>(
      executor_, socket_.descriptor());
  tasks_.spawn("control listener", accept());
}

void ControlServer::stop() {
  stopping_ = true;
  if (listener_ && listener_->is_open()) listener_->release();
  socket_.close();
  for (Session* session : open_)
    session->end();
}

net::Task<void> ControlServer::accept() {
  constexpr auto readable = boost::asio::posix::descriptor_base::wait_read;
  while (!stopping_) {
    auto [failed] = co_await listener_->async_wait(readable, net::nothrow);
    if (failed) break;
    int descriptor =
        ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      take(descriptor);
      continue;
    }
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) continue;
    spdlog::error("control socket cannot accept error=\"{}\"", std::strerror(errno));
    net::Timer pause(executor_);
    pause.expires_after(std::chrono::milliseconds(200));
    co_await pause.async_wait(net::nothrow);
  }
}

void ControlServer::take(int descriptor) {
  Result<Peer> peer = peer_of(descriptor);
  if (!peer) {
    spdlog::error("control connection refused error=\"{}\"", peer.error().message);
    ::close(descriptor);
    return;
  }
  Access access = rules_.access_of(*peer);
  auto session = [](std::unique_ptr<Session> owned,
                    std::optional<Error> refusal) -> net::Task<void> {
    if (refusal) {
      net::Task<void> refused = owned->turn_away(std::move(*refusal));
      co_await std::move(refused);
      co_return;
    }
    net::Task<void> served = owned->run();
    co_await std::move(served);
  };
  std::optional<Error> refusal;
  if (access == Access::none) {
    refusal = may_not_read(*peer, rules_);
    spdlog::warn("control connection refused peer=\"{}\" pid={}", peer->actor(), peer->pid);
  }
  auto owned = std::make_unique<Session>(*this, descriptor, std::move(*peer));
  tasks_.spawn("control session", session(std::move(owned), std::move(refusal)));
}

void ControlServer::rows_stored() {
  for (Session* session : open_)
    session->wake();
}

}  // namespace litegw::control
