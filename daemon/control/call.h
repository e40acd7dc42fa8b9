// One request on the control socket, and what a handler answers. Inside daemon/control.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/control/api.h"
#include "daemon/control/daemon_view.h"
#include "daemon/control/peer.h"
#include "daemon/net/task.h"

namespace litegw::control {

struct Call {
  std::string method;
  std::string path;  // as sent, without the query
  std::string query;
  std::string body;
  ObjectPath object;  // what follows the collection in the path
  Peer peer;
};

struct Reply {
  int status = 200;
  Json body;
};

// Sends JSON lines while a handler goes on; false once the peer is gone.
class LineSink {
 public:
  virtual ~LineSink() = default;
  virtual net::Task<bool> send(std::string lines) = 0;
  // Resumes at `wake`, when rows were stored, or when the peer has gone (false).
  virtual net::Task<bool> wait(std::chrono::milliseconds longest) = 0;
};

// Unsettled charges that are being released. Who takes from the counters or from the reports what
// to do to counters waits for them, else the change would carry what is gone by then.
struct Releases {
  int under_way = 0;
  std::vector<std::function<void(Status)>> waiting;
};

struct Context {
  DaemonView& daemon;
  net::Executor executor;
  Releases releases{};
};

// A message as the body of an answer.
template <class Message>
Reply answer(const Message& message, int status = 200) {
  return Reply{status, encode(message)};
}

}  // namespace litegw::control
