// The way to litegwd: one HTTP exchange at a time. The real one is SocketTransport; tests answer
// from memory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace litegw::cmd {

struct Ask {
  std::string method = "GET";
  std::string target;
  std::string body;  // JSON, may be empty
  Duration timeout = seconds(30);
};

struct Reply {
  int status = 0;
  std::string api, version;  // headers litegw-api and litegw-version; empty = not sent
  std::string body;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Fails with daemon_not_running, socket_not_permitted, timed_out or io_error.
  virtual Result<Reply> exchange(const Ask& ask) = 0;

  // For answers that come line by line. With a status of 200 each line goes to `on_line`, until it
  // returns false or the answer ends; any other answer is returned whole. The reply of a 200 has no
  // body. An answer that breaks off is io_error; silence for longer than the timeout, timed_out.
  virtual Result<Reply> follow(const Ask& ask,
                               const std::function<bool(std::string_view line)>& on_line) = 0;
};

// Over a Unix socket, the first of `candidates` where a daemon listens; one connection per
// exchange.
std::unique_ptr<Transport> socket_transport(std::vector<std::string> candidates);

}  // namespace litegw::cmd
