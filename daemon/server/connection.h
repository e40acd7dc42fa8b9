// One client connection: reads requests one after the other, answers each by its route's handler,
// closes. Made by the listener, run as one coroutine on its loop; `drain` and `interrupt` are
// called on that loop as well.
#pragma once

#include <memory>

#include <boost/asio/ip/address.hpp>
#include <boost/intrusive/list.hpp>

#include "common/http/head.h"
#include "daemon/net/deadline.h"
#include "daemon/net/peer_watch.h"
#include "daemon/net/transport.h"
#include "daemon/server/body_buffer.h"
#include "daemon/server/exchange.h"
#include "daemon/server/input_buffer.h"
#include "daemon/server/services.h"
#include "daemon/server/tls_contexts.h"

namespace litegw::server {

using ConnectionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Connection : public ConnectionHook {
 public:
  // Takes over an accepted, non-blocking descriptor.
  Connection(Services& services, int family, int descriptor,
             const boost::asio::ip::address& client);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // With `tls`, the handshake comes first.
  net::Task<void> run(std::shared_ptr<const TlsContexts> tls);

  // No further request: closes at once when idle, else after the answer under way.
  void drain();
  void interrupt(Interruption why);
  // Ends the request under way if it is this key's.
  void end_request_of(std::string_view key_id);

 private:
  friend class Exchange;
  friend class ClientWatch;
  enum class Received { head, nothing, broken };
  struct HeadSearch {
    std::size_t scanned = 0;  // bytes without the head's end
    bool timed = false;       // the deadline of its first byte stands
  };

  net::Task<bool> shake_hands(const TlsContexts& tls);
  net::Task<bool> serve_request();
  std::optional<Received> look_for_head(HeadSearch& search);
  std::optional<Received> note_read(net::error_code ec, std::size_t count);
  Received head_failed(Error error);
  Status parse_head(std::size_t size);
  bool make_room();
  net::Task<void> refuse();
  Status identify(Exchange& exchange);
  net::Task<void> close_up(Exchange& exchange);
  bool forget_request();
  net::Task<void> linger();

  // connection_body.cpp
  Status check_body() const;
  std::optional<Result<std::string_view>> body_at_hand(Exchange& exchange);
  net::Task<Result<std::string_view>> read_body(Exchange& exchange);
  Result<std::string_view> whole_body(Exchange& exchange);
  net::Task<Status> read_fixed_body(Exchange& exchange);
  net::Task<Status> read_chunked_body(Exchange& exchange);
  net::Task<Status> send_continue(Exchange& exchange);
  net::Task<Result<std::size_t>> receive_body(char* room, std::size_t size);
  void release_request();
  Status decode_body();
  bool body_is_here() const;

  void start_watch(std::function<void(Interruption)> interrupted);
  void stop_watch();

  Services& services_;
  net::Transport transport_;
  net::Deadline deadline_;
  net::PeerWatch watch_;
  std::string client_;  // its address, without the port
  InputBuffer input_;
  std::unique_ptr<http::RequestHead> head_;  // of the current request; none while a stream is held
  std::size_t head_size_ = 0;                // in input_
  std::size_t body_from_input_ = 0;          // bytes behind the head that were taken as body
  BodyBuffer body_;                          // when it did not come with its head
  std::string_view body_view_;
  std::size_t body_arrived_ = 0;  // since its deadline was last moved
  std::string pipelined_;         // what came behind a chunked body
  Error error_;                   // why the head was refused
  std::function<void(Interruption)> interrupted_;
  const Exchange* identified_ = nullptr;  // the request under way, once its caller is known
  std::uint32_t served_ = 0;
  Interruption interruption_ = Interruption::none;
  bool idle_ = false;       // waiting for the first byte of a request
  bool body_read_ = false;  // whole
  bool body_broken_ = false;
  bool released_ = false;  // head and body are gone, see Exchange::release_request
  bool draining_ = false;
  bool linger_ = false;
};

using ConnectionList =
    boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

}  // namespace litegw::server
