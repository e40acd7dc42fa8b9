#include "daemon/server/exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/container/small_vector.hpp>

#include "common/base/ids.h"
#include "common/http/body.h"
#include "daemon/server/connection.h"
#include "daemon/server/date.h"
#include "daemon/server/errors.h"

namespace litegw::server {
namespace {

namespace asio = boost::asio;
using Pieces = boost::container::small_vector<asio::const_buffer, 8>;

constexpr std::size_t usual_head = 256;     // bytes of an answer's head that are not in its fields
constexpr std::size_t http_line_extra = 4;  // colon, space, CR LF

asio::const_buffer piece_of(std::string_view text) {
  return asio::const_buffer(text.data(), text.size());
}

Error client_closed() {
  return make_error(ErrorCode::client_closed, "The client closed the connection.");
}

// Browsers and Electron ask before they send a key across origins; there are no cookies, so any
// origin may. A bare * does not cover authorization.
constexpr std::array<http::Field, 4> cors{
    http::Field{"Access-Control-Allow-Origin", "*"},
    http::Field{"Access-Control-Allow-Methods", "GET, POST, OPTIONS"},
    http::Field{"Access-Control-Allow-Headers",
                "*, authorization, content-type, api-key, x-api-key"},
    http::Field{"Access-Control-Max-Age", "86400"},
};

}  // namespace

Error interruption_error(Interruption why) {
  switch (why) {
    case Interruption::none:
      break;
    case Interruption::client_gone:
      return make_error(ErrorCode::client_closed, "the client closed the connection");
    case Interruption::shutdown:
      return make_error(ErrorCode::shutting_down, "litegwd was stopped");
    case Interruption::key_blocked:
      return make_error(ErrorCode::blocked_key, "the key was blocked and its requests were ended");
  }
  return make_error(ErrorCode::internal, "the request was not interrupted");
}

ClientWatch::~ClientWatch() {
  if (connection_ != nullptr) connection_->stop_watch();
}

Exchange::Exchange(Connection& connection, const Route& route, std::string parameter)
    : connection_(connection),
      route_(route),
      parameter_(std::move(parameter)),
      error_style_(route.style),
      started_(wall_clock()),
      started_steady_(net::Clock::now()),
      config_(connection.services_.config) {
  request_id_ = new_request_id(started_);
  const http::RequestHead& head = *connection.head_;
  keep_alive_ = head.keep_alive;
  head_method_ = head.method == "HEAD";
  old_client_ = head.minor_version == 0;
  cors_ = route.style == Style::cursor || head.fields.find("origin").has_value();
}

Exchange::~Exchange() {
  if (counted_stream_)
    connection_.services_.counters.active_streams.fetch_sub(1, std::memory_order_relaxed);
}

const http::RequestHead& Exchange::head() const {
  return *connection_.head_;
}

const std::string& Exchange::client_address() const {
  return connection_.client_;
}

net::Task<Result<std::string_view>> Exchange::read_body() {
  return connection_.read_body(*this);
}

std::optional<Result<std::string_view>> Exchange::body_at_hand() {
  return connection_.body_at_hand(*this);
}

void Exchange::release_request() {
  connection_.release_request();
}

Status Exchange::write_head(int status, std::span<const http::Field> headers) {
  // What has not been read of the body would be taken for the next request.
  if (!connection_.body_is_here() || connection_.draining_) keep_alive_ = false;
  status_ = status;
  without_body_ = head_method_ || status == 204 || status == 304;
  chunked_ = !promised_ && !old_client_ && !without_body_;
  if (!promised_ && old_client_) keep_alive_ = false;
  std::size_t size = usual_head;
  for (const http::Field& field : headers)
    size += field.name.size() + field.value.size() + http_line_extra;
  const http::FieldBlock more = std::exchange(success_fields_, {});
  head_out_.reserve(size + more.size());
  http::HeadWriter writer(head_out_);
  writer.status_line(status);
  if (status < 400) writer.fields(more);
  for (const http::Field& field : headers)
    writer.field(field.name, field.value);
  if (promised_ && status != 204) writer.field("Content-Length", *promised_);
  if (chunked_) writer.field("Transfer-Encoding", "chunked");
  writer.field("Date", http_date(started_));
  if (!keep_alive_) writer.field("Connection", "close");
  if (keep_alive_ && old_client_) writer.field("Connection", "keep-alive");
  writer.field("x-litegw-request-id", request_id_);
  if (cors_)
    for (const http::Field& field : cors)
      writer.field(field.name, field.value);
  return writer.finish();
}

net::Task<Status> Exchange::respond(int status, std::span<const http::Field> headers,
                                    std::string_view body) {
  const asio::const_buffer piece = piece_of(body);
  const std::span<const asio::const_buffer> pieces(&piece, 1);
  Rest rest;
  const std::optional<Status> sent = respond_now(status, headers, pieces, rest);
  if (sent) co_return *sent;
  const Status rest_sent = co_await respond_rest(rest);
  co_return rest_sent;
}

std::optional<Status> Exchange::respond_now(int status, std::span<const http::Field> headers,
                                            std::span<const asio::const_buffer> body, Rest& rest) {
  promised_ = asio::buffer_size(body);
  if (const Status written = write_head(status, headers); !written) return written;
  state_ = State::streaming;
  rest.pieces[0] = piece_of(head_out_);
  std::size_t count = 1;
  if (!without_body_)
    for (const asio::const_buffer& piece : body)
      rest.pieces[count++] = piece;
  rest.left = std::span(rest.pieces.data(), count);
  const std::optional<Status> sent = send_now(rest.left);
  if (!sent) return std::nullopt;
  return end_whole(*sent);
}

net::Task<Status> Exchange::respond_rest(Rest& rest) {
  const Status sent = co_await send(rest.left);
  co_return end_whole(sent);
}

Status Exchange::end_whole(const Status& sent) {
  head_out_.clear();
  if (!sent) return sent;
  if (!without_body_) bytes_sent_ = *promised_;
  state_ = State::ended;
  return sent;
}

net::Task<Status> Exchange::respond(const Error& error, std::span<const http::Field> more) {
  if (error.code == ErrorCode::client_closed || interruption() == Interruption::client_gone) {
    status_ = error_info(ErrorCode::client_closed).status;
    abort();
    co_return Status(client_closed());
  }
  const std::string body = error_body(error, error_style_, request_id_);
  boost::container::small_vector<http::Field, 4> headers;
  headers.push_back({"Content-Type", "application/json"});
  if (error.code == ErrorCode::overloaded || error.code == ErrorCode::shutting_down)
    headers.push_back({"Retry-After", "1"});
  const int status = error_status(error, error_style_, config_->cursor.policy_status);
  // RFC 9110 section 15.5.2 asks for it.
  if (status == 401) headers.push_back({"WWW-Authenticate", "Bearer"});
  headers.insert(headers.end(), more.begin(), more.end());
  const std::span<const http::Field> all(headers.data(), headers.size());
  const Status sent = co_await respond(status, all, body);
  co_return sent;
}

Status Exchange::begin(int status, std::span<const http::Field> headers,
                       std::optional<std::uint64_t> content_length) {
  promised_ = content_length;
  const Status written = write_head(status, headers);
  if (written) state_ = State::begun;
  if (written && !promised_) {
    counted_stream_ = true;
    connection_.services_.counters.active_streams.fetch_add(1, std::memory_order_relaxed);
  }
  return written;
}

net::Task<Status> Exchange::write(std::string_view bytes) {
  const asio::const_buffer piece = piece_of(bytes);
  co_return co_await write(std::span(&piece, 1));
}

net::Task<Status> Exchange::write(std::span<const asio::const_buffer> bytes) {
  std::size_t size = 0;
  for (const asio::const_buffer& piece : bytes)
    size += piece.size();
  if (size == 0) co_return co_await flush();
  Pieces pieces;
  if (!head_out_.empty()) pieces.push_back(piece_of(head_out_));
  std::array<char, 18> chunk_header;
  if (!without_body_) {
    if (chunked_) {
      const auto end = std::to_chars(chunk_header.data(), chunk_header.data() + 16, size, 16).ptr;
      end[0] = '\r';
      end[1] = '\n';
      const auto used = static_cast<std::size_t>(end + 2 - chunk_header.data());
      pieces.push_back(asio::const_buffer(chunk_header.data(), used));
    }
    pieces.insert(pieces.end(), bytes.begin(), bytes.end());
    if (chunked_) pieces.push_back(piece_of(http::chunk_end));
    bytes_sent_ += size;
  }
  std::span<asio::const_buffer> left(pieces.data(), pieces.size());
  std::optional<Status> sent = send_now(left);
  if (!sent) sent = co_await send(left);
  std::string().swap(head_out_);
  co_return *sent;
}

net::Task<Status> Exchange::flush() {
  if (head_out_.empty()) co_return Status();
  asio::const_buffer piece = piece_of(head_out_);
  const Status sent = co_await send(std::span(&piece, 1));
  std::string().swap(head_out_);
  co_return sent;
}

net::Task<Status> Exchange::end() {
  if (promised_ && !without_body_ && bytes_sent_ != *promised_) {
    abort();
    co_return Status(make_error(ErrorCode::internal, "The answer is not as long as announced."));
  }
  std::array<asio::const_buffer, 2> pieces{};
  std::size_t count = 0;
  if (!head_out_.empty()) pieces[count++] = piece_of(head_out_);
  if (chunked_) pieces[count++] = piece_of(http::last_chunk);
  if (count > 0) {
    const Status sent = co_await send(std::span(pieces.data(), count));
    std::string().swap(head_out_);
    if (!sent) co_return sent;
  }
  state_ = State::ended;
  co_return Status();
}

void Exchange::abort() {
  state_ = State::aborted;
  connection_.transport_.abort();
}

Status Exchange::client_is_gone() {
  abort();
  if (connection_.interruption_ == Interruption::none)
    connection_.interruption_ = Interruption::client_gone;
  return client_closed();
}

std::optional<Status> Exchange::send_now(std::span<asio::const_buffer>& pieces) {
  if (state_ == State::begun) state_ = State::streaming;
  for (;;) {
    const auto [ec, count] = connection_.transport_.try_write(pieces);
    if (ec) return client_is_gone();
    net::advance(pieces, count);
    if (pieces.empty()) break;
    if (count == 0) return std::nullopt;
  }
  connection_.deadline_.clear();
  return Status();
}

net::Task<Status> Exchange::send(std::span<asio::const_buffer> pieces) {
  for (;;) {
    const std::optional<Status> sent = send_now(pieces);
    if (sent) co_return *sent;
    // The client does not read as fast as we write; nothing more is read for it until it does.
    connection_.deadline_.expires_after(config_->server.write_timeout);
    auto [waited] = co_await connection_.transport_.wait_writable();
    if (waited) co_return client_is_gone();
  }
}

ClientWatch Exchange::watch_client(std::function<void(Interruption)> interrupted) {
  connection_.start_watch(std::move(interrupted));
  return ClientWatch(connection_);
}

Interruption Exchange::interruption() const {
  return connection_.interruption_;
}

}  // namespace litegw::server
