#include "daemon/server/listener.h"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

namespace litegw::server {
namespace {

namespace ip = boost::asio::ip;

constexpr int burst = 128;  // then other work of the loop has its turn
constexpr std::chrono::milliseconds starved_pause{50};
constexpr std::string_view too_many =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    "Content-Length: 128\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    R"({"error":{"message":"litegw: too many connections, try again in a second.","type":"api_error","param":null,"code":"503"}}       )";

net::Descriptor open_reserve() {
  return net::Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

int accept_from(int listening, ip::tcp::endpoint& peer) {
  socklen_t size = static_cast<socklen_t>(peer.capacity());
  const int descriptor = ::accept4(listening, peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) peer.resize(size);
  return descriptor;
}

}  // namespace

Listener::Listener(Services& services, net::Descriptor descriptor,
                   std::function<bool(Accepted&)> take)
    : services_(services),
      acceptor_(services.executor),
      pause_(services.executor),
      reserve_(open_reserve()),
      take_(std::move(take)) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  ::getsockname(descriptor.get(), reinterpret_cast<sockaddr*>(&own), &size);
  const ip::tcp protocol = own.ss_family == AF_INET6 ? ip::tcp::v6() : ip::tcp::v4();
  acceptor_.assign(protocol, descriptor.release());
}

net::Task<void> Listener::run() {
  while (!stopped_) {
    auto [ec] = co_await acceptor_.async_wait(Acceptor::wait_read, net::nothrow);
    if (ec || stopped_) co_return;
    Step step = Step::taken;
    for (int i = 0; i < burst && step == Step::taken; ++i)
      step = accept_one();
    if (step != Step::starved) continue;
    pause_.expires_after(starved_pause);
    co_await pause_.async_wait(net::nothrow);
  }
}

Listener::Step Listener::accept_one() {
  ip::tcp::endpoint peer;
  const int number = accept_from(acceptor_.native_handle(), peer);
  if (number < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      return accept_starved();
    // A connection that is gone already is no reason to stop.
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) return Step::taken;
    return Step::empty;
  }
  services_.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  Accepted accepted{net::Descriptor(number), peer.data()->sa_family, peer.address()};
  if (!take_(accepted)) turn_away(accepted.descriptor.get());
  return Step::taken;
}

// No descriptor is left. The reserve one gives the next client an answer instead of a hang.
Listener::Step Listener::accept_starved() {
  reserve_.close();
  ip::tcp::endpoint peer;
  {
    const net::Descriptor descriptor(accept_from(acceptor_.native_handle(), peer));
    if (descriptor.valid()) turn_away(descriptor.get());
  }
  reserve_ = open_reserve();
  return Step::starved;
}

void Listener::turn_away(int descriptor) {
  const std::uint64_t before =
      services_.counters.refused_connections.fetch_add(1, std::memory_order_relaxed);
  if (before % 1000 == 0)
    spdlog::warn("connection refused: no descriptor or over server.max_connections total={}",
                 before + 1);
  // Best effort: to a TLS client it is noise, but it closes as well.
  ::send(descriptor, too_many.data(), too_many.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
}

void Listener::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace litegw::server
