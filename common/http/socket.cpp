#include "common/http/socket.h"

#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace litegw::http {
namespace {

using Kind = ClientError::Kind;

ClientError client_error(Kind kind, std::string message) {
  return ClientError{kind, std::move(message), {}, {}};
}

std::string error_text(int error) {
  return std::generic_category().message(error);
}

ClientError connect_error(int error, const std::string& where) {
  std::string message = "Cannot connect to " + where + ": " + error_text(error) + ".";
  switch (error) {
    case ECONNREFUSED:
      return client_error(Kind::refused, message);
    case ENOENT:
      return client_error(Kind::no_such_socket, message);
    case EACCES:
    case EPERM:
      return client_error(Kind::not_permitted, message);
    case ETIMEDOUT:
      return client_error(Kind::timeout, message);
    default:
      return client_error(Kind::unreachable, message);
  }
}

std::string numeric_address(const sockaddr* address, socklen_t size) {
  std::string host(NI_MAXHOST, '\0');
  std::string port(NI_MAXSERV, '\0');
  int failed = getnameinfo(address, size, host.data(), NI_MAXHOST, port.data(), NI_MAXSERV,
                           NI_NUMERICHOST | NI_NUMERICSERV);
  if (failed != 0) return "?";
  std::string name = host.c_str();
  bool is_v6 = name.find(':') != std::string::npos;
  return (is_v6 ? "[" + name + "]" : name) + ":" + port.c_str();
}

struct Lookup {
  int failure = 0;
  std::vector<Resolved> addresses;
};

Lookup look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  Lookup lookup;
  lookup.failure = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (lookup.failure != 0) return lookup;
  for (addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    std::string bytes(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen);
    lookup.addresses.push_back({numeric_address(entry->ai_addr, entry->ai_addrlen), bytes});
  }
  freeaddrinfo(list);
  return lookup;
}

ClientResult<Socket> connect_to(const std::string& sockaddr_bytes, const std::string& where,
                                const Deadline& deadline) {
  sockaddr_storage address{};
  std::memcpy(&address, sockaddr_bytes.data(), sockaddr_bytes.size());
  Socket socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return connect_error(errno, where);
  int failed = ::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address),
                         static_cast<socklen_t>(sockaddr_bytes.size()));
  if (failed == 0) return socket;
  // A Unix socket says EAGAIN when the listener's queue is full.
  if (errno == EAGAIN) {
    return client_error(Kind::timeout, "Cannot connect to " + where + ": its queue is full.");
  }
  if (errno != EINPROGRESS && errno != EINTR) return connect_error(errno, where);
  ClientStatus waited = socket.wait(POLLOUT, deadline, "connecting");
  if (!waited) {
    ClientError error = waited.error();
    if (error.kind == Kind::timeout) error.message = "Connecting to " + where + " took too long.";
    return error;
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return connect_error(error, where);
  return socket;
}

}  // namespace

Deadline::Deadline(Duration limit, std::function<bool()> interrupted)
    : interrupted_(std::move(interrupted)) {
  if (limit > Duration::zero()) at_ = std::chrono::steady_clock::now() + limit;
}

int Deadline::poll_timeout() const {
  if (!at_) return -1;
  auto left = std::chrono::ceil<milliseconds>(*at_ - std::chrono::steady_clock::now()).count();
  return left <= 0 ? 0 : static_cast<int>(std::min<long long>(left, 1'000'000'000));
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Socket::~Socket() {
  close();
}

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

ClientStatus Socket::wait(short events, const Deadline& deadline, const char* what) {
  while (true) {
    pollfd waiting{fd_, events, 0};
    int ready = poll(&waiting, 1, deadline.poll_timeout());
    if (ready > 0) return {};
    if (ready == 0) return client_error(Kind::timeout, std::string("Timed out ") + what + ".");
    if (errno != EINTR) return client_error(Kind::io, "poll: " + error_text(errno) + ".");
    if (deadline.is_interrupted()) return client_error(Kind::interrupted, "Interrupted.");
  }
}

ClientResult<std::size_t> Socket::read_some(char* buffer, std::size_t size,
                                            const Deadline& deadline) {
  while (true) {
    ssize_t got = recv(fd_, buffer, size, 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN) {
      ClientStatus waited = wait(POLLIN, deadline, "waiting for the answer");
      if (!waited) return waited.error();
    } else if (errno == ECONNRESET) {
      return client_error(Kind::closed, "The connection was reset by the peer.");
    } else if (errno != EINTR) {
      return client_error(Kind::io, "Reading failed: " + error_text(errno) + ".");
    }
  }
}

ClientStatus Socket::write_all(std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      ClientStatus waited = wait(POLLOUT, deadline, "sending the request");
      if (!waited) return waited.error();
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return client_error(Kind::closed, "The peer closed while the request was being sent.");
    } else if (errno != EINTR) {
      return client_error(Kind::io, "Sending failed: " + error_text(errno) + ".");
    }
  }
  return {};
}

ClientResult<std::vector<Resolved>> resolve(const std::string& host, std::uint16_t port,
                                            const Deadline& deadline) {
  // getaddrinfo has no deadline. Its thread is left behind when it is late: the CLI ends soon.
  auto promise = std::make_shared<std::promise<Lookup>>();
  std::future<Lookup> future = promise->get_future();
  std::thread([promise, host, service = std::to_string(port)] {
    promise->set_value(look_up(host, service));
  }).detach();
  int timeout = deadline.poll_timeout();
  if (timeout < 0) {
    future.wait();
  } else if (future.wait_for(milliseconds(timeout)) != std::future_status::ready) {
    return client_error(Kind::timeout, "Looking up '" + host + "' took too long.");
  }
  Lookup lookup = future.get();
  if (lookup.failure == 0 && !lookup.addresses.empty()) return std::move(lookup.addresses);
  return client_error(Kind::name_not_found,
                      "Cannot look up '" + host + "': " + gai_strerror(lookup.failure) + ".");
}

ClientResult<Socket> connect_tcp(const std::vector<Resolved>& addresses, const std::string& name,
                                 const Deadline& deadline, std::string& address) {
  ClientError last = client_error(Kind::unreachable, "'" + name + "' has no address.");
  for (const Resolved& candidate : addresses) {
    std::string where = name + " (" + candidate.address + ")";
    ClientResult<Socket> connected = connect_to(candidate.bytes, where, deadline);
    if (connected) {
      int on = 1;
      setsockopt(connected.value().fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      address = candidate.address;
      return connected;
    }
    last = connected.error();
  }
  return last;
}

ClientResult<Socket> connect_unix(const std::string& path, const Deadline& deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return client_error(Kind::bad_request, "'" + path + "' is too long for a socket's path.");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  std::string bytes(reinterpret_cast<const char*>(&address), sizeof address);
  return connect_to(bytes, path, deadline);
}

}  // namespace litegw::http
