// Request bodies: in place when they came with their head, else into one contiguous buffer.
#include <fmt/format.h>

#include "common/base/text.h"
#include "common/http/body.h"
#include "daemon/server/connection.h"
#include "daemon/server/gunzip.h"

namespace litegw::server {
namespace {

using Kind = http::Framing::Kind;

// A body that trickles in slower than this per server.body_timeout is cut off.
constexpr std::size_t progress = 4096;
// Memory is taken as bytes arrive, not as a head promises them.
constexpr std::size_t first_reserve = 1 << 20;
constexpr std::size_t staging_size = std::size_t{16} * 1024;

Error too_large(std::uint64_t limit) {
  return make_error(ErrorCode::body_too_large,
                    fmt::format("The request body is larger than {} bytes.", limit),
                    "server.max_body sets the limit", "body");
}

bool is_gzip(std::string_view encoding) {
  return iequals(encoding, "gzip") || iequals(encoding, "x-gzip");
}

}  // namespace

bool Connection::body_is_here() const {
  if (body_broken_) return false;
  if (body_read_) return true;
  if (released_ || !head_) return false;
  if (head_->framing.kind == Kind::none) return true;
  return head_->framing.kind == Kind::length &&
         head_->framing.length <= input_.unread().size() - head_size_;
}

// What can be refused without reading the body.
Status Connection::check_body() const {
  const std::uint64_t limit = services_.config->server.max_body;
  const http::Framing& framing = head_->framing;
  if (framing.kind == Kind::length && framing.length > limit) return too_large(limit);
  const std::size_t encodings = head_->fields.count("content-encoding");
  if (encodings == 0) return {};
  const std::string_view encoding = *head_->fields.find("content-encoding");
  if (encodings == 1 && (is_gzip(encoding) || iequals(encoding, "identity"))) return {};
  return make_error(
      ErrorCode::unsupported_encoding,
      fmt::format("Content-Encoding {} is not supported.", shorten(escape_control(encoding), 40)),
      "send the body as it is, or with gzip");
}

// The body of a request that came whole; nullopt: it has yet to be read.
std::optional<Result<std::string_view>> Connection::body_at_hand(Exchange& exchange) {
  if (body_read_) return Result<std::string_view>(body_view_);
  if (const Status allowed = check_body(); !allowed)
    return Result<std::string_view>(allowed.error());
  const bool came_with_head = head_->framing.kind != Kind::chunked && body_is_here();
  if (!came_with_head) return std::nullopt;
  if (head_->framing.kind == Kind::length)
    body_from_input_ = static_cast<std::size_t>(head_->framing.length);
  body_view_ = input_.unread().substr(head_size_, body_from_input_);
  return whole_body(exchange);
}

net::Task<Result<std::string_view>> Connection::read_body(Exchange& exchange) {
  auto here = body_at_hand(exchange);
  if (here) co_return *here;
  Status read;
  if (head_->framing.kind == Kind::length) read = co_await read_fixed_body(exchange);
  if (head_->framing.kind == Kind::chunked) read = co_await read_chunked_body(exchange);
  if (!read) {
    deadline_.clear();
    body_broken_ = true;
    co_return Result<std::string_view>(read.error());
  }
  Result<std::string_view> body = whole_body(exchange);
  co_return body;
}

Result<std::string_view> Connection::whole_body(Exchange& exchange) {
  deadline_.clear();
  body_read_ = true;
  exchange.bytes_received_ = body_view_.size();
  if (const Status decoded = decode_body(); !decoded) return decoded.error();
  return body_view_;
}

net::Task<Status> Connection::read_fixed_body(Exchange& exchange) {
  const std::uint64_t length = head_->framing.length;
  const std::string_view here = input_.unread().substr(head_size_);
  body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length, first_reserve)));
  body_.append(here);
  body_from_input_ = here.size();
  const Status invited = co_await send_continue(exchange);
  if (!invited) co_return invited;
  while (body_.size() < length) {
    if (body_.size() == body_.capacity())
      body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length, 2 * body_.size())));
    const std::uint64_t left = std::min<std::uint64_t>(length, body_.capacity()) - body_.size();
    const Result<std::size_t> count = co_await receive_body(body_.room(), left);
    if (!count) co_return Status(count.error());
    body_.filled(*count);
  }
  body_view_ = body_.view();
  co_return Status();
}

net::Task<Status> Connection::read_chunked_body(Exchange& exchange) {
  const Status invited = co_await send_continue(exchange);
  if (!invited) co_return invited;
  http::BodyLimits limits;
  limits.max_body = services_.config->server.max_body;
  http::BodyReader reader(head_->framing, limits);
  const auto staging = std::make_unique_for_overwrite<char[]>(staging_size);
  std::string_view raw = input_.unread().substr(head_size_);
  body_from_input_ = raw.size();
  for (;;) {
    while (!raw.empty() && !reader.done()) {
      const Result<http::BodyReader::Piece> piece = reader.feed(raw);
      if (!piece) co_return Status(piece.error());
      body_.append(piece->data);
      raw.remove_prefix(piece->consumed);
    }
    if (reader.done()) break;
    const Result<std::size_t> count = co_await receive_body(staging.get(), staging_size);
    if (!count) co_return Status(count.error());
    raw = std::string_view(staging.get(), *count);
  }
  pipelined_ = raw;
  body_.append({});
  body_view_ = body_.view();
  co_return Status();
}

net::Task<Status> Connection::send_continue(Exchange& exchange) {
  if (!head_->expect_continue) co_return Status();
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  net::asio::const_buffer piece(go_on.data(), go_on.size());
  co_return co_await exchange.send(std::span(&piece, 1));
}

net::Task<Result<std::size_t>> Connection::receive_body(char* room, std::size_t size) {
  if (body_arrived_ == 0 || body_arrived_ >= progress) {
    deadline_.expires_after(services_.config->server.body_timeout);
    body_arrived_ = 0;
  }
  auto [ec, count] = co_await transport_.read_some(net::asio::buffer(room, size));
  body_arrived_ += count;
  if (deadline_.expired())
    co_return make_error(ErrorCode::request_timeout,
                         "The request's body arrives too slowly: less than 4 KiB in " +
                             to_text(services_.config->server.body_timeout) + ".");
  if (ec)
    co_return make_error(ErrorCode::client_closed, "The client closed before its body was whole.");
  co_return count;
}

Status Connection::decode_body() {
  const auto encoding = head_->fields.find("content-encoding");
  if (!encoding || !is_gzip(*encoding)) return {};
  BodyBuffer decoded;
  Status done = gunzip(body_view_, services_.config->server.max_body, decoded);
  if (!done) return done;
  decoded.append({});
  body_ = std::move(decoded);
  body_view_ = body_.view();
  return {};
}

}  // namespace litegw::server
