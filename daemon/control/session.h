// One connection of the control socket: requests one after the other, each answered before the next
// is read. Lives on the control loop, owned by its coroutine.
#pragma once

#include <list>
#include <optional>
#include <string>

#include "common/http/body.h"
#include "common/http/head.h"
#include "daemon/control/call.h"
#include "daemon/control/server.h"
#include "daemon/net/peer_watch.h"
#include "daemon/net/transport.h"

namespace litegw::control {

class Session final : public LineSink {
 public:
  Session(ControlServer& server, int descriptor, Peer peer);
  ~Session() override;

  net::Task<void> run();
  // For a peer without any right: the reason, then the end, without reading.
  net::Task<void> turn_away(Error error);

  void wake();
  void end() {
    transport_.abort();
    wake_.cancel();
  }

  net::Task<bool> send(std::string lines) override;
  net::Task<bool> wait(std::chrono::milliseconds longest) override;

 private:
  enum class Received { request, nothing, broken };

  net::Task<Received> receive();
  net::Task<bool> receive_body(http::Framing framing);
  net::Task<bool> serve();
  net::Task<Result<Reply>> dispatch();
  net::Task<void> stream(const Call& call);
  // By value: the coroutine outlives its caller's temporaries.
  net::Task<bool> write_reply(Reply reply);
  net::Task<bool> write_error(const Error& error);
  std::string head_of(int status, std::optional<std::size_t> length) const;

  ControlServer& server_;
  net::Transport transport_;
  net::Deadline deadline_;
  net::PeerWatch watch_;
  net::Timer wake_;
  Peer peer_;
  std::string buffer_;  // bytes read and not used yet
  Call call_;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool wants_continue_ = false;
  bool woken_ = false;
  bool gone_ = false;
  bool stream_begun_ = false;
  Error failure_;
  std::list<Session*>::iterator place_;
};

}  // namespace litegw::control
