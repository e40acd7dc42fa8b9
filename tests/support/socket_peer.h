// A server in a thread for tests of blocking clients: takes one connection and runs a script on it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/temporary_folder.h"

namespace litegw::tests {

class SocketPeer {
 public:
  class Connection {
   public:
    Connection(int fd, std::future<void> signal) : fd_(fd), signal_(std::move(signal)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { close(fd_); }

    int fd() const { return fd_; }
    // What came, up to and with `mark`, or until the peer closed.
    std::string read_until(std::string_view mark) {
      std::string seen;
      char byte = 0;
      while (seen.find(mark) == std::string::npos && recv(fd_, &byte, 1, 0) == 1)
        seen += byte;
      return seen;
    }
    void write(std::string_view bytes) { send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    void wait_for_signal() { signal_.wait(); }
    // Says goodbye, then reads what is left: closing at once would reset the connection and lose
    // what was written.
    void drain() {
      shutdown(fd_, SHUT_WR);
      std::string buffer(65536, '\0');
      while (recv(fd_, buffer.data(), buffer.size(), 0) > 0) {
      }
    }

   private:
    int fd_;
    std::future<void> signal_;
  };
  using Script = std::function<void(Connection&)>;

  explicit SocketPeer(Script script) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listen_on(reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    start(std::move(script));
  }
  SocketPeer(const std::string& path, Script script) : path_(path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    listen_on(reinterpret_cast<sockaddr*>(&address), sizeof address);
    start(std::move(script));
  }
  SocketPeer(const SocketPeer&) = delete;
  SocketPeer& operator=(const SocketPeer&) = delete;
  ~SocketPeer() {
    // Wakes an accept that nobody came to.
    shutdown(listener_, SHUT_RDWR);
    signal();
    thread_.join();
    close(listener_);
    if (!path_.empty()) unlink(path_.c_str());
  }

  std::uint16_t port() const { return port_; }
  void leave_socket_file() { path_.clear(); }
  void signal() {
    if (!signalled_) signal_.set_value();
    signalled_ = true;
  }

 private:
  void listen_on(sockaddr* address, socklen_t size) {
    listener_ = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener_, address, size) != 0 || listen(listener_, 8) != 0) std::abort();
  }
  void start(Script script) {
    thread_ = std::thread([this, script = std::move(script)] {
      int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      Connection connection(fd, signal_.get_future());
      script(connection);
    });
  }

  std::string path_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::promise<void> signal_;
  bool signalled_ = false;
  std::thread thread_;
};

// A port of 127.0.0.1 where nobody listened a moment ago.
inline std::uint16_t unused_port() {
  SocketPeer peer([](SocketPeer::Connection&) {});
  return peer.port();
}

}  // namespace litegw::tests
