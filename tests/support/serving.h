// A real event loop on a thread of its own, with a listener on a free port, a store in a temporary
// folder and routes of the test's own; and a bare client that says when something takes too long.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "daemon/net/descriptor.h"
#include "daemon/server/bind.h"
#include "daemon/server/loop.h"
#include "daemon/server/routes.h"
#include "tests/support/temporary_folder.h"

namespace litegw::tests {

using FindRoute = server::RouteMatch (*)(std::string_view, std::string_view);

class Serving {
 public:
  explicit Serving(FindRoute routes = &server::find_route, config::Config settings = {},
                   std::shared_ptr<const server::TlsContexts> tls = nullptr) {
    auto opened = store::Store::open(folder_.path + "/state", {}, {});
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    shared = std::make_unique<server::Shared>(*store);
    auto config = std::make_shared<const config::Config>(std::move(settings));
    loop = std::make_unique<server::Loop>(0, *shared,
                                          server::Snapshot{config, nullptr, std::move(tls)});
    REQUIRE(loop->prepare().has_value());
    loop->services().find_route = routes;
    auto bound = server::bind_loops(*server::parse_listen("127.0.0.1:0"), 1);
    REQUIRE(bound.has_value());
    port = bound->endpoint.port();
    loop->listen(std::move(bound->descriptors[0]));
    thread_ = std::thread([this] { loop->run(); });
  }
  ~Serving() {
    loop->post([](server::Loop& self) { self.stop(); });
    thread_.join();
  }

 private:
  TemporaryFolder folder_;

 public:
  std::unique_ptr<store::Store> store;
  std::unique_ptr<server::Shared> shared;
  std::unique_ptr<server::Loop> loop;
  unsigned short port = 0;

 private:
  std::thread thread_;
};

// Reads and writes wait at most two seconds.
class Client {
 public:
  explicit Client(unsigned short port, int receive_buffer = 0) {
    socket_ = net::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer > 0)
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server has closed: what it answered is still to be read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // One answer with its body by Content-Length; empty when the connection ends before it.
  std::string answer(bool has_body = true) {
    std::size_t head = std::string::npos;
    while ((head = received_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return {};
    std::size_t size = head + 4;
    const std::size_t length = received_.find("Content-Length: ");
    if (has_body && length < head) size += std::stoul(received_.substr(length + 16));
    while (received_.size() < size)
      if (!more()) return {};
    std::string out = received_.substr(0, size);
    received_.erase(0, size);
    return out;
  }
  // Everything until the server closes.
  std::string rest() {
    while (more()) {
    }
    return std::exchange(received_, {});
  }
  std::string until(std::string_view text) {
    while (received_.find(text) == std::string::npos)
      if (!more()) break;
    const std::size_t at = received_.find(text);
    const std::size_t size = at == std::string::npos ? received_.size() : at + text.size();
    std::string out = received_.substr(0, size);
    received_.erase(0, size);
    return out;
  }
  bool closed_within(int milliseconds) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    char byte = 0;
    if (::poll(&waiting, 1, milliseconds) != 1) return false;
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK) <= 0;
  }
  void end_writing() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.close(); }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.close();
  }
  int descriptor() const { return socket_.get(); }

 private:
  bool more() {
    pollfd waiting{socket_.get(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, 2000);
    CHECK_MESSAGE(ready == 1, "nothing came within two seconds");
    if (ready != 1) return false;
    char part[16384];
    const ssize_t count = ::recv(socket_.get(), part, sizeof part, 0);
    if (count <= 0) return false;
    received_.append(part, static_cast<std::size_t>(count));
    return true;
  }

  net::Descriptor socket_;
  std::string received_;
};

// "HTTP/1.1 404 Not Found..." -> 404; 0 = no answer.
inline int status_of(std::string_view answer) {
  return answer.size() < 12 ? 0 : std::atoi(answer.data() + 9);
}

inline std::string body_of(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? "" : std::string(answer.substr(end + 4));
}

}  // namespace litegw::tests
