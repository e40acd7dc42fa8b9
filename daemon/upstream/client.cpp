#include "daemon/upstream/client.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include <boost/asio/error.hpp>
#include <boost/container/small_vector.hpp>

#include "common/base/text.h"

namespace litegw::upstream {
namespace {

namespace asio = boost::asio;

constexpr std::size_t first_buffer = 4096;
constexpr std::size_t max_kept_buffers = 64;
constexpr std::size_t large_buffer = 16ul * 1024;  // for bodies known to be larger
// A stream that says nothing for this long gets its buffer when it speaks again; a faster one keeps
// it, since there may be more to read at once.
constexpr auto quiet_after = std::chrono::milliseconds(50);
constexpr int max_interim_heads = 8;  // 100, 102, 103: a flood of them is an attack
const http::HeadLimits head_limits;

// No bytes are known to be here: waiting for the socket cannot miss any.
bool nothing_came(const net::Transport& transport) {
  return !transport.aborted() && (!transport.is_tls() || SSL_has_pending(transport.ssl()) == 0);
}

std::string_view media_type(std::string_view value) {
  return trim(value.substr(0, value.find(';')));
}

void write_pool_key(const http::Url& url, std::string& key) {
  key.assign(url.scheme).append(1, ':').append(url.host).append(1, ':');
  key.append(std::to_string(url.port));
}

// "POST /x HTTP/1.1" -> "POST http://host/x HTTP/1.1", as a proxy wants it.
std::string absolute_form(std::string_view head, const http::Url& url) {
  const std::size_t space = head.find(' ');
  std::string out(head.substr(0, space + 1));
  return out.append("http://").append(url.authority()).append(head.substr(space + 1));
}

// Of an empty text when there is no such file; what reads it next says so.
Sha256 content_hash(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return sha256(bytes);
}

}  // namespace

// ---- Client

Client::Client(const net::Executor& executor, net::DeadlineWheel& wheel, net::TaskGroup& tasks,
               ProxySettings proxies)
    : executor_(executor),
      wheel_(wheel),
      proxies_(std::move(proxies)),
      resolver_(executor, tasks),
      pool_(wheel) {}

Result<std::unique_ptr<Client>> Client::make(const net::Executor& executor,
                                             net::DeadlineWheel& wheel, net::TaskGroup& tasks,
                                             const config::UpstreamSettings& settings,
                                             ProxySettings proxies) {
  std::unique_ptr<Client> client(new Client(executor, wheel, tasks, std::move(proxies)));
  const Status configured = client->configure(settings);
  if (!configured) return configured.error();
  return client;
}

Status Client::configure(const config::UpstreamSettings& settings) {
  const Sha256 authorities = content_hash(settings.ca_file);
  if (tls_ == nullptr || settings.ca_file != settings_.ca_file || authorities != authorities_) {
    auto made = TlsContext::make(settings.ca_file);
    if (!made) return made.error();
    // Connections under way point into the old context's sessions.
    pool_.clear();
    if (tls_ != nullptr) retired_.push_back(std::move(tls_));
    tls_ = std::move(*made);
    authorities_ = authorities;
  }
  settings_ = settings;
  pool_.configure({settings.max_idle_per_host, settings.idle_timeout});
  return {};
}

// ---- Call

Call::Call(Client& client) : client_(client) {
  ++client_.active_;
}

Call::~Call() {
  --client_.active_;
  const bool reusable =
      connection_ != nullptr && done() && !broken_ && !aborted_ && keep_alive_ && begin_ == end_;
  give_buffer_back();
  if (reusable) client_.pool_.put(std::move(connection_));
}

std::optional<std::uint64_t> Call::content_length() const {
  if (framing_.kind == http::Framing::Kind::none) return 0;
  if (framing_.kind != http::Framing::Kind::length) return std::nullopt;
  return framing_.length;
}

void Call::abort() {
  aborted_ = true;
  if (connection_ != nullptr) connection_->transport.abort();
}

Error Call::read_failure(net::error_code ec) const {
  if (aborted_) return make_error(ErrorCode::client_closed, "the client closed the connection");
  if (connection_->deadline.expired())
    return make_error(ErrorCode::upstream_timeout,
                      status_ == 0 ? "the upstream did not answer in time"
                                   : "the upstream fell silent within its answer",
                      peer_);
  const bool closed = ec == asio::error::eof;
  if (received_ == 0)
    return make_error(ErrorCode::upstream_bad_response,
                      "the upstream closed the connection without an answer",
                      peer_ + ": " + ec.message());
  return make_error(ErrorCode::upstream_bad_response,
                    status_ == 0
                        ? "the upstream closed the connection within the head of its answer"
                    : closed ? "the upstream's answer broke off before its end"
                             : "the connection to the upstream broke within its answer",
                    peer_ + ": " + ec.message());
}

// A kept connection that the upstream closed meanwhile: nothing was answered, so another may try.
bool Call::stale() const {
  return connection_->reused && received_ == 0 && !aborted_ && !connection_->deadline.expired();
}

net::Task<Status> Call::send(const Request& request) {
  peer_ = request.url->authority();
  write_pool_key(*request.url, client_.sought_);
  connection_ = client_.pool_.take(client_.sought_);
  for (;;) {
    if (connection_ == nullptr) {
      write_pool_key(*request.url, client_.sought_);
      open_connection(client_.sought_);
      const Status connected = co_await connect(request);
      if (!connected) co_return connected;
    }
    stall_ = request.stall_timeout.value_or(client_.settings_.stall_timeout);
    connection_->deadline.expires_after(
        request.first_byte_timeout.value_or(client_.settings_.first_byte_timeout));
    Pieces pieces = pieces_of(request);
    std::span<asio::const_buffer> left(pieces.data(), pieces.size());
    auto [failed, count] = connection_->transport.try_write(left);
    net::advance(left, count);
    if (!failed && !left.empty()) {
      auto [ec] = co_await connection_->transport.write(left);
      failed = ec;
    }
    Status sent = failed ? Status(read_failure(failed)) : Status();
    // Even a failed write may have left an answer: a refusal before the body was read.
    const bool write_failed = !sent;
    if (write_failed && !stale()) connection_->deadline.expires_after(seconds(1));
    if (!write_failed || !stale()) {
      const Status read = co_await read_head(request);
      if (!write_failed || read) sent = read;
    }
    if (sent) co_return sent;
    if (!stale()) co_return sent;
    connection_.reset();
    begin_ = end_ = 0;
  }
}

Call::Pieces Call::pieces_of(const Request& request) {
  Pieces pieces;
  std::string_view head = request.head;
  if (via_proxy_) {
    absolute_head_ = absolute_form(request.head, *request.url);
    head = absolute_head_;
  }
  pieces.emplace_back(head.data(), head.size());
  for (const std::string_view piece : request.body)
    pieces.emplace_back(piece.data(), piece.size());
  return pieces;
}

void Call::take_buffer() {
  if (buffer_ != nullptr) return;
  capacity_ = first_buffer;
  if (client_.buffers_.empty()) {
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
    return;
  }
  buffer_ = std::move(client_.buffers_.back());
  client_.buffers_.pop_back();
}

void Call::give_buffer_back() {
  if (capacity_ == first_buffer && client_.buffers_.size() < max_kept_buffers)
    client_.buffers_.push_back(std::move(buffer_));
  buffer_.reset();
  capacity_ = begin_ = end_ = 0;
}

net::Task<Status> Call::read_more() {
  net::Transport& transport = connection_->transport;
  if (quiet_ && begin_ == end_ && nothing_came(transport)) {
    give_buffer_back();
    const auto readable = net::Transport::Socket::wait_read;
    auto [failed] = co_await transport.socket().async_wait(readable, net::nothrow);
    if (failed) {
      broken_ = true;
      co_return read_failure(failed);
    }
  }
  const auto space = room();
  auto [ec, count] = co_await transport.read_some(space);
  co_return note_read(ec, count);
}

// Where the next bytes go.
asio::mutable_buffer Call::room() {
  take_buffer();
  return asio::buffer(buffer_.get() + end_, capacity_ - end_);
}

Status Call::note_read(net::error_code ec, std::size_t count) {
  end_ += count;
  received_ += count;
  const auto now = net::Clock::now();
  quiet_ = received_ > count && now - last_read_ > quiet_after;
  last_read_ = now;
  if (ec == asio::error::eof && body_ && body_->finish()) {
    keep_alive_ = false;
    return {};
  }
  if (!ec) return {};
  broken_ = true;
  return read_failure(ec);
}

// Grows the buffer, keeping what is unread at its front.
void Call::reserve(std::size_t capacity) {
  if (begin_ == 0 && capacity <= capacity_) return;
  auto larger = capacity > capacity_ ? std::make_unique_for_overwrite<char[]>(capacity) : nullptr;
  char* const target = larger != nullptr ? larger.get() : buffer_.get();
  std::memmove(target, buffer_.get() + begin_, end_ - begin_);
  if (larger != nullptr) {
    buffer_ = std::move(larger);
    capacity_ = capacity;
  }
  end_ -= begin_;
  begin_ = 0;
}

net::Task<Status> Call::read_head(const Request& request) {
  std::size_t scanned = 0;
  int interim = 0;
  for (;;) {
    const std::string_view unread(buffer_.get() + begin_, end_ - begin_);
    const std::size_t size = http::find_head_end(unread, scanned);
    if (size == 0) {
      if (unread.size() >= head_limits.max_head) co_return bad_head("its head is too large");
      if (end_ == capacity_ && capacity_ != 0) reserve(std::max(capacity_ * 2, first_buffer));
      const auto space = room();
      auto [ec, count] = co_await connection_->transport.read_some(space);
      const Status more = note_read(ec, count);
      if (!more) co_return more;
      continue;
    }
    const auto final = parse_head(unread.substr(0, size), request);
    if (!final) co_return bad_head(final.error().message);
    begin_ += size;
    scanned = 0;
    if (*final) co_return Status();
    if (++interim > max_interim_heads)
      co_return bad_head("it sends one interim answer after another");
  }
}

Error Call::bad_head(const std::string& why) {
  broken_ = true;
  return make_error(ErrorCode::upstream_bad_response,
                    "the upstream's answer is not valid HTTP: " + why, peer_);
}

// False for an interim answer.
Result<bool> Call::parse_head(std::string_view bytes, const Request& request) {
  http::ResponseHead head;
  const Status parsed = http::parse_response_head(bytes, head_limits, "POST", head);
  if (!parsed) return parsed.error();
  if (head.status == 101)
    return make_error(ErrorCode::upstream_bad_response, "it switches protocols");
  if (head.status < 200) return false;
  for (const http::Field& field : head.fields) {
    if (iequals(field.name, "content-type"))
      content_type_ = to_lower(media_type(field.value));
    else if (iequals(field.name, "content-encoding") && !iequals(field.value, "identity"))
      return make_error(ErrorCode::upstream_bad_response,
                        "it is compressed, which was not asked for");
    else if (iequals(field.name, "x-request-id") || iequals(field.name, "request-id") ||
             iequals(field.name, "apim-request-id"))
      request_id_ = shorten(escape_control(field.value), 128);
    if (request.keeps != nullptr && request.keeps(field.name))
      fields_.emplace_back(field.name, field.value);
  }
  status_ = head.status;
  framing_ = head.framing;
  keep_alive_ = head.keep_alive;
  http::BodyLimits limits;
  body_.emplace(framing_, limits);
  return true;
}

bool Call::done() const {
  return body_ && body_->done();
}

Result<std::string_view> Call::take() {
  while (begin_ < end_ && !done()) {
    const std::string_view unread(buffer_.get() + begin_, end_ - begin_);
    const auto piece = body_->feed(unread);
    if (!piece) {
      broken_ = true;
      return make_error(ErrorCode::upstream_bad_response,
                        "the upstream's answer is not valid HTTP: " + piece.error().message, peer_);
    }
    begin_ += piece->consumed;
    if (!piece->data.empty()) return piece->data;
    if (piece->consumed == 0) break;
  }
  return std::string_view();
}

net::Task<Status> Call::wait() {
  if (begin_ == end_) begin_ = end_ = 0;
  const bool long_body = framing_.kind == http::Framing::Kind::length &&
                         framing_.length > first_buffer && capacity_ < large_buffer;
  if (long_body) reserve(large_buffer);
  if (end_ == capacity_ && capacity_ != 0) reserve(capacity_ + first_buffer);
  connection_->deadline.expires_after(stall_);
  return read_more();
}

}  // namespace litegw::upstream
