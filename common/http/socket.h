// Blocking TCP and Unix sockets with deadlines, below client.h. For the CLI: one thread, one
// connection. The descriptor itself is non-blocking; poll waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/client_error.h"

namespace litegw::http {

// When a phase must be over. Zero means no limit.
class Deadline {
 public:
  Deadline(Duration limit, std::function<bool()> interrupted);

  // Milliseconds for poll(2): -1 for ever, 0 when it has passed.
  int poll_timeout() const;
  bool is_interrupted() const { return interrupted_ && interrupted_(); }

 private:
  std::optional<std::chrono::steady_clock::time_point> at_;
  std::function<bool()> interrupted_;
};

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  // At least one byte, or none when the peer closed.
  ClientResult<std::size_t> read_some(char* buffer, std::size_t size, const Deadline& deadline);
  ClientStatus write_all(std::string_view bytes, const Deadline& deadline);
  ClientStatus wait(short events, const Deadline& deadline, const char* what);
  int fd() const { return fd_; }
  void close();

 private:
  int fd_ = -1;
};

struct Resolved {
  std::string address;  // numeric, for messages
  std::string bytes;    // a sockaddr
};

ClientResult<std::vector<Resolved>> resolve(const std::string& host, std::uint16_t port,
                                            const Deadline& deadline);
// Tries the addresses in turn; `address` tells which one answered.
ClientResult<Socket> connect_tcp(const std::vector<Resolved>& addresses, const std::string& name,
                                 const Deadline& deadline, std::string& address);
ClientResult<Socket> connect_unix(const std::string& path, const Deadline& deadline);

}  // namespace litegw::http
