#include "daemon/server/bind.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace litegw::server {
namespace {

namespace ip = boost::asio::ip;

constexpr int backlog = 4096;

Error bind_error(const ip::tcp::endpoint& endpoint, int number) {
  const std::string where = to_text(endpoint);
  if (number == EADDRINUSE)
    return make_error(ErrorCode::io_error, fmt::format("{} is in use by another program.", where),
                      fmt::format("see who: ss -ltnp 'sport = :{}'; or choose another address in "
                                  "server.listen",
                                  endpoint.port()));
  if (number == EACCES)
    return make_error(ErrorCode::io_error, fmt::format("{}: not permitted.", where),
                      "ports below 1024 need CAP_NET_BIND_SERVICE");
  return make_error(ErrorCode::io_error,
                    fmt::format("{} cannot be bound: {}.", where, std::strerror(number)),
                    "server.listen wants an address of this machine");
}

void set_option(int descriptor, int level, int name) {
  const int on = 1;
  ::setsockopt(descriptor, level, name, &on, sizeof on);
}

// 0, or the error's number.
int bind_one(const ip::tcp::endpoint& endpoint, bool shared, net::Descriptor& out) {
  net::Descriptor descriptor(
      ::socket(endpoint.data()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor.valid()) return errno;
  set_option(descriptor.get(), SOL_SOCKET, SO_REUSEADDR);
  if (shared) set_option(descriptor.get(), SOL_SOCKET, SO_REUSEPORT);
  if (endpoint.address().is_v6()) set_option(descriptor.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(descriptor.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0)
    return errno;
  if (::listen(descriptor.get(), backlog) != 0) return errno;
  out = std::move(descriptor);
  return 0;
}

ip::tcp::endpoint bound_endpoint(int descriptor) {
  ip::tcp::endpoint endpoint;
  socklen_t size = static_cast<socklen_t>(endpoint.capacity());
  if (::getsockname(descriptor, endpoint.data(), &size) == 0) endpoint.resize(size);
  return endpoint;
}

}  // namespace

Result<ip::tcp::endpoint> parse_listen(std::string_view text) {
  Error wrong =
      make_error(ErrorCode::config_invalid, fmt::format("'{}' is no address to listen on.", text),
                 "write 127.0.0.1:4000, [::1]:4000 or :4000");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  unsigned short port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc() || digits.empty() || end != digits.data() + digits.size()) return wrong;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "*") host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code ec;
  const ip::address address = ip::make_address(host, ec);
  if (ec) return wrong;
  return ip::tcp::endpoint(address, port);
}

Result<Bound> bind_loops(const ip::tcp::endpoint& endpoint, std::size_t loops) {
  Bound bound;
  bound.endpoint = endpoint;
  {
    net::Descriptor alone;
    if (const int failed = bind_one(endpoint, false, alone); failed != 0)
      return bind_error(endpoint, failed);
    bound.endpoint = bound_endpoint(alone.get());
  }
  for (std::size_t i = 0; i < loops; ++i) {
    net::Descriptor descriptor;
    if (const int failed = bind_one(bound.endpoint, true, descriptor); failed != 0)
      return bind_error(bound.endpoint, failed);
    bound.descriptors.push_back(std::move(descriptor));
  }
  return bound;
}

std::string to_text(const ip::tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  if (endpoint.address().is_v6()) return fmt::format("[{}]:{}", host, endpoint.port());
  return fmt::format("{}:{}", host, endpoint.port());
}

}  // namespace litegw::server
