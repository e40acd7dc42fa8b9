// One request being answered. Handlers get it from the connection and use it on that connection's
// loop only; it lives until the handler's task is done.
//
// Reading: `head()`, `read_body()`; both give views that live until `release_request()`.
// Answering: `respond` for a whole answer, or `begin`, `write`..., `end` for a stream.
// Errors of the answering functions: client_closed (gone, or does not read within
// server.write_timeout). After that only `abort` makes sense, and even it need not be called.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/http/head.h"
#include "common/http/writer.h"
#include "daemon/auth/virtual_key.h"
#include "daemon/config/config.h"
#include "daemon/net/task.h"
#include "daemon/server/route.h"

namespace litegw::server {

class Connection;

// Why a handler should stop working on its answer.
enum class Interruption {
  none,
  client_gone,  // nobody reads any more: write nothing
  shutdown,     // the drain time is over: end the stream with an error event, now
  key_blocked,  // an operator ended the key's requests: as shutdown
};
// What the request log says of it.
Error interruption_error(Interruption why);

// While it lives, the handler is told of an interruption. Returned by Exchange::watch_client.
class ClientWatch {
 public:
  explicit ClientWatch(Connection& connection) : connection_(&connection) {}
  ClientWatch(ClientWatch&& other) noexcept : connection_(other.connection_) {
    other.connection_ = nullptr;
  }
  ClientWatch(const ClientWatch&) = delete;
  ClientWatch& operator=(const ClientWatch&) = delete;
  ~ClientWatch();

 private:
  Connection* connection_;
};

class Exchange {
 public:
  static constexpr std::size_t most_pieces = 4;  // of a body that is sent at once
  // What the client has not taken of a whole answer; views into its head and its body.
  struct Rest {
    std::array<net::asio::const_buffer, 1 + most_pieces> pieces;
    std::span<net::asio::const_buffer> left;
  };

  Exchange(Connection& connection, const Route& route, std::string parameter);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // ---- the request
  const http::RequestHead& head() const;
  const Route& route() const { return route_; }
  // What stood for the variable part of the route's path, percent-decoded: a model's id.
  const std::string& parameter() const { return parameter_; }
  const std::string& request_id() const { return request_id_; }  // "req_..."
  Time started() const { return started_; }
  net::Clock::time_point started_steady() const { return started_steady_; }
  const std::string& client_address() const;  // without port
  // Of routes with Right::key: who calls. Identified before the handler runs; refusals never reach
  // it.
  const auth::Principal& principal() const { return principal_; }
  // The snapshot that this request keeps.
  const std::shared_ptr<const config::Config>& config() const { return config_; }
  // The whole body, decoded (chunked, gzip), contiguous, with at least 64 readable bytes behind it.
  // Empty when there is none. May be called again. Fails with body_too_large (before reading when
  // Content-Length says so), request_timeout, unsupported_encoding, invalid_request or
  // client_closed; answer it with `respond(error)` in each case.
  net::Task<Result<std::string_view>> read_body();
  // The same without waiting; nullopt when the body has yet to be read.
  std::optional<Result<std::string_view>> body_at_hand();
  // Frees head and body; all views into them die. Call it once the answer streams: a held stream
  // should hold nothing else. What the request log wants must have been copied before.
  void release_request();

  // ---- the answer. Content-Length or chunked framing, Connection, Date, x-litegw-request-id and
  // CORS are added. A header with a control byte makes it fail with internal, nothing is sent.
  net::Task<Status> respond(int status, std::span<const http::Field> headers,
                            std::string_view body);
  // The same with a body in at most four pieces, without waiting: nullopt when the client does not
  // take all of it now; `rest` is then what is left, for `respond_rest`.
  std::optional<Status> respond_now(int status, std::span<const http::Field> headers,
                                    std::span<const net::asio::const_buffer> body, Rest& rest);
  net::Task<Status> respond_rest(Rest& rest);
  // What a good answer (below 400) carries besides.
  http::FieldBlock& success_fields() { return success_fields_; }
  // In the route's style, see errors.h; with `more` headers.
  net::Task<Status> respond(const Error& error, std::span<const http::Field> more = {});
  // From now on errors look so: Cursor may ask on any route.
  void answer_errors_as(Style style) { error_style_ = style; }
  Style error_style() const { return error_style_; }
  // Nothing is sent before the first `write`, `flush` or `end`.
  Status begin(int status, std::span<const http::Field> headers,
               std::optional<std::uint64_t> content_length = std::nullopt);
  // Sent when it returns; several pieces become one chunk.
  net::Task<Status> write(std::string_view bytes);
  net::Task<Status> write(std::span<const net::asio::const_buffer> pieces);
  net::Task<Status> flush();
  net::Task<Status> end();
  // Cuts: the connection is closed without the end of the body, so the client sees that it is not
  // whole.
  void abort();

  bool begun() const { return state_ != State::reading; }  // head written, or about to be
  bool ended() const { return state_ == State::ended || state_ == State::aborted; }
  int status() const { return status_; }                    // of the answer; 0 before it begins
  std::uint64_t bytes_sent() const { return bytes_sent_; }  // of the answer's body
  std::uint64_t bytes_received() const { return bytes_received_; }  // of the request's body

  // ---- the client
  // Calls `interrupted` at most once, from the loop, never from within this call: the client closed
  // or reset (also a FIN behind a complete request), within 100 ms, or the daemon's drain time is
  // over. Call it after read_body. `interrupted` should abort what the handler waits for; the
  // handler then looks at `interruption()`. One watch at a time. Costs next to nothing for requests
  // that are done within 30 ms.
  [[nodiscard]] ClientWatch watch_client(std::function<void(Interruption)> interrupted);
  Interruption interruption() const;

 private:
  friend class Connection;
  enum class State { reading, begun, streaming, ended, aborted };

  net::Task<Status> send(std::span<net::asio::const_buffer> pieces);
  // The same without waiting: nullopt when the client does not take all of it now; `pieces` is then
  // what is left.
  std::optional<Status> send_now(std::span<net::asio::const_buffer>& pieces);
  Status client_is_gone();
  Status end_whole(const Status& sent);
  Status write_head(int status, std::span<const http::Field> headers);

  Connection& connection_;
  const Route& route_;
  std::string parameter_;
  Style error_style_;
  std::string request_id_;
  Time started_;
  net::Clock::time_point started_steady_;
  auth::Principal principal_;
  std::shared_ptr<const config::Config> config_;
  std::string head_out_;  // the answer's head until it is sent
  http::FieldBlock success_fields_;
  State state_ = State::reading;
  bool chunked_ = false;
  bool without_body_ = false;  // HEAD, 204, 304
  bool keep_alive_ = true;
  bool head_method_ = false;  // HEAD: no body follows
  bool old_client_ = false;   // HTTP/1.0: no chunks
  bool cors_ = false;
  bool counted_stream_ = false;
  int status_ = 0;
  std::optional<std::uint64_t> promised_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace litegw::server
