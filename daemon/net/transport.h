// One byte stream: TCP, TLS over TCP, or a Unix socket. The server uses it towards clients, the
// upstream client towards providers, the control listener towards the CLI; each on the thread of
// the loop that made it.
//
// Errors are values. After a failed operation the stream is good for nothing but closing. One read
// and one write may be under way at a time. Bytes are written without waiting for the loop as long
// as the kernel takes them. TLS stands directly on the socket (no memory BIOs, buffers released
// when idle), so an idle TLS stream holds a few KiB. The program must ignore SIGPIPE.
#pragma once

#include <memory>
#include <span>
#include <string>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <openssl/ssl.h>

#include "daemon/net/task.h"

namespace litegw::net {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;
using SslContextPtr = std::unique_ptr<SSL_CTX, SslDeleter>;

// Drops the first `count` bytes of `pieces`, as written.
void advance(std::span<asio::const_buffer>& pieces, std::size_t count);

class Transport {
 public:
  using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
  using Endpoint = asio::generic::stream_protocol::endpoint;

  explicit Transport(const Executor& executor) : socket_(executor) {}
  // Takes over a connected, non-blocking descriptor (accept4 with SOCK_NONBLOCK).
  Transport(Executor executor, int family, int descriptor);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // TCP or Unix, by the endpoint's family. Sets TCP_NODELAY.
  Task<IoStatus> connect(Endpoint endpoint);
  // The caller has set name, verification and session on `ssl`. On failure `tls_failure` says why.
  enum class Role { client, server };
  Task<IoStatus> handshake(SslPtr ssl, Role role);

  // At least one byte, or an error; eof (asio::error::eof) when the peer ended its side properly.
  Task<IoResult> read_some(asio::mutable_buffer buffer);
  // All of it, or an error. The pieces must live until it is done; `pieces` itself as well.
  Task<IoStatus> write(std::span<asio::const_buffer> pieces);
  Task<IoStatus> write(std::string_view bytes);
  // Writes what the kernel takes without waiting: how many bytes, 0 when it takes none now.
  IoResult try_write(std::span<const asio::const_buffer> pieces);

  // Is the peer still there? Looks without taking bytes and without waiting. `talks`: bytes lie
  // there (pipelined requests); whether it has closed behind them cannot be seen.
  enum class Peer { alive, talks, gone };
  Peer peer_state();

  // Completes once the kernel takes bytes again (TLS: may take some).
  Task<IoStatus> wait_writable();
  // Everything under way fails with operation_aborted; the stream can be used on.
  void cancel();
  // Everything under way and everything later fails with operation_aborted. For deadlines.
  void abort();
  bool aborted() const { return aborted_; }
  // Ends our side (close_notify with TLS); the peer may go on sending.
  void shutdown_write();
  void close();
  // Closes with RST, so that nothing lingers in the kernel.
  void reset();

  bool is_open() const { return socket_.is_open(); }
  bool is_tls() const { return ssl_ != nullptr; }
  SSL* ssl() const { return ssl_.get(); }
  const std::string& tls_failure() const { return tls_failure_; }
  Socket& socket() { return socket_; }
  int native_handle() { return socket_.native_handle(); }
  Executor executor() { return socket_.get_executor(); }

 private:
  Task<IoResult> tls_read_some(asio::mutable_buffer buffer);
  Task<IoStatus> wait_for(int ssl_error);
  IoResult tls_try_write(std::span<const asio::const_buffer> pieces);
  error_code tls_error(int ssl_error);

  Socket socket_;
  SslPtr ssl_;
  std::string tls_failure_;
  bool aborted_ = false;
};

}  // namespace litegw::net
