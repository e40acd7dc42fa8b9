#include "daemon/net/transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>

namespace litegw::net {
namespace {

constexpr std::size_t max_pieces = 16;         // of one sendmsg
constexpr std::size_t max_record = 16 * 1024;  // of TLS plain text

error_code system_error(int number) {
  return error_code(number, boost::system::system_category());
}

bool would_block(int number) {
  return number == EAGAIN || number == EWOULDBLOCK;
}

void set_no_delay(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::string describe_failure(SSL* ssl) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  const unsigned long code = ERR_peek_last_error();
  if (code == 0) return "the connection was closed during the TLS handshake";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "TLS error";
}

}  // namespace

void advance(std::span<asio::const_buffer>& pieces, std::size_t count) {
  while (!pieces.empty() && count >= pieces.front().size()) {
    count -= pieces.front().size();
    pieces = pieces.subspan(1);
  }
  if (count > 0) pieces.front() += count;
}

Transport::Transport(Executor executor, int family, int descriptor) : socket_(executor) {
  const asio::generic::stream_protocol protocol(family, family == AF_UNIX ? 0 : IPPROTO_TCP);
  socket_.assign(protocol, descriptor);
  if (family != AF_UNIX) set_no_delay(descriptor);
}

Transport::~Transport() {
  close();
}

Task<IoStatus> Transport::connect(Endpoint endpoint) {
  const int family = endpoint.data()->sa_family;
  const asio::generic::stream_protocol protocol(family, family == AF_UNIX ? 0 : IPPROTO_TCP);
  error_code ec;
  socket_.open(protocol, ec);
  if (ec) co_return IoStatus(ec);
  if (family != AF_UNIX) set_no_delay(socket_.native_handle());
  auto [connected] = co_await socket_.async_connect(endpoint, nothrow);
  co_return IoStatus(connected);
}

Task<IoStatus> Transport::handshake(SslPtr ssl, Role role) {
  error_code ec;
  socket_.native_non_blocking(true, ec);
  if (ec) co_return IoStatus(ec);
  ssl_ = std::move(ssl);
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  if (role == Role::client) SSL_set_connect_state(ssl_.get());
  if (role == Role::server) SSL_set_accept_state(ssl_.get());
  for (;;) {
    if (aborted_) co_return IoStatus(asio::error::operation_aborted);
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) co_return IoStatus(error_code());
    const int ssl_error = SSL_get_error(ssl_.get(), done);
    if (ssl_error != SSL_ERROR_WANT_READ && ssl_error != SSL_ERROR_WANT_WRITE) {
      tls_failure_ = describe_failure(ssl_.get());
      co_return IoStatus(tls_error(ssl_error));
    }
    auto [waited] = co_await wait_for(ssl_error);
    if (waited) co_return IoStatus(waited);
  }
}

Task<IoResult> Transport::read_some(asio::mutable_buffer buffer) {
  if (ssl_ != nullptr || aborted_) return tls_read_some(buffer);
  return socket_.async_read_some(buffer, nothrow);
}

Task<IoResult> Transport::tls_read_some(asio::mutable_buffer buffer) {
  for (;;) {
    if (aborted_) co_return IoResult(asio::error::operation_aborted, 0);
    ERR_clear_error();
    std::size_t count = 0;
    const int done = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
    if (done == 1) co_return IoResult(error_code(), count);
    const int ssl_error = SSL_get_error(ssl_.get(), done);
    if (ssl_error != SSL_ERROR_WANT_READ && ssl_error != SSL_ERROR_WANT_WRITE)
      co_return IoResult(tls_error(ssl_error), 0);
    auto [waited] = co_await wait_for(ssl_error);
    if (waited) co_return IoResult(waited, 0);
  }
}

Task<IoStatus> Transport::wait_for(int ssl_error) {
  if (ssl_error == SSL_ERROR_WANT_WRITE) return socket_.async_wait(Socket::wait_write, nothrow);
  return socket_.async_wait(Socket::wait_read, nothrow);
}

Task<IoStatus> Transport::write(std::span<asio::const_buffer> pieces) {
  for (;;) {
    auto [ec, count] = try_write(pieces);
    if (ec) co_return IoStatus(ec);
    advance(pieces, count);
    if (pieces.empty()) co_return IoStatus(error_code());
    if (count > 0) continue;
    auto [waited] = co_await wait_writable();
    if (waited) co_return IoStatus(waited);
  }
}

Task<IoStatus> Transport::write(std::string_view bytes) {
  asio::const_buffer piece(bytes.data(), bytes.size());
  auto [ec] = co_await write(std::span(&piece, 1));
  co_return IoStatus(ec);
}

IoResult Transport::try_write(std::span<const asio::const_buffer> pieces) {
  if (aborted_) return IoResult(asio::error::operation_aborted, 0);
  if (ssl_ != nullptr) return tls_try_write(pieces);
  std::array<iovec, max_pieces> vectors;
  const std::size_t used = std::min(pieces.size(), max_pieces);
  for (std::size_t i = 0; i < used; ++i)
    vectors[i] = iovec{const_cast<void*>(pieces[i].data()), pieces[i].size()};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = used;
  for (;;) {
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return IoResult(error_code(), static_cast<std::size_t>(sent));
    if (errno == EINTR) continue;
    if (would_block(errno)) return IoResult(error_code(), 0);
    return IoResult(system_error(errno), 0);
  }
}

// Small pieces go out as one record: head, chunk frame and data would otherwise be four. A repeated
// attempt after "would block" joins the same bytes again, as OpenSSL demands.
IoResult Transport::tls_try_write(std::span<const asio::const_buffer> pieces) {
  std::array<char, max_record> joined;
  std::size_t total = 0;
  while (!pieces.empty()) {
    std::size_t size = 0;
    for (const asio::const_buffer& piece : pieces) {
      const std::size_t take = std::min(piece.size(), joined.size() - size);
      std::memcpy(joined.data() + size, piece.data(), take);
      size += take;
      if (size == joined.size()) break;
    }
    if (size == 0) break;
    ERR_clear_error();
    std::size_t count = 0;
    const int done = SSL_write_ex(ssl_.get(), joined.data(), size, &count);
    if (done == 1) return IoResult(error_code(), total + count);
    const int ssl_error = SSL_get_error(ssl_.get(), done);
    if (ssl_error == SSL_ERROR_WANT_WRITE) return IoResult(error_code(), total);
    return IoResult(tls_error(ssl_error), total);
  }
  return IoResult(error_code(), total);
}

error_code Transport::tls_error(int ssl_error) {
  if (ssl_error == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  if (ssl_error == SSL_ERROR_SYSCALL)
    return errno != 0 ? system_error(errno) : error_code(asio::error::connection_reset);
  const unsigned long code = ERR_peek_last_error();
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return asio::ssl::error::stream_truncated;
  return error_code(static_cast<int>(code), asio::error::get_ssl_category());
}

Transport::Peer Transport::peer_state() {
  char byte = 0;
  const ssize_t seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (seen == 0) return Peer::gone;
  if (seen < 0) return would_block(errno) || errno == EINTR ? Peer::alive : Peer::gone;
  if (ssl_ == nullptr) return Peer::talks;
  // What lies there may be a close_notify or a session ticket as well as a request.
  ERR_clear_error();
  std::size_t count = 0;
  const int done = SSL_peek_ex(ssl_.get(), &byte, 1, &count);
  if (done == 1) return Peer::talks;
  return SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ ? Peer::alive : Peer::gone;
}

Task<IoStatus> Transport::wait_writable() {
  return socket_.async_wait(Socket::wait_write, nothrow);
}

void Transport::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Transport::abort() {
  aborted_ = true;
  cancel();
}

void Transport::shutdown_write() {
  if (!socket_.is_open()) return;
  if (ssl_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Transport::close() {
  error_code ignored;
  socket_.close(ignored);
}

void Transport::reset() {
  if (!socket_.is_open()) return;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

}  // namespace litegw::net
