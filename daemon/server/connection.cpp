#include "daemon/server/connection.h"

#include <exception>

#include <spdlog/spdlog.h>

#include "daemon/server/admission.h"
#include "daemon/server/routes.h"

namespace litegw::server {
namespace {

constexpr http::HeadLimits head_limits;
// Several clients may sit behind one proxy's connection; none keeps a loop for ever.
constexpr std::uint32_t max_requests = 100'000;
constexpr seconds linger_time{5};

// Counts a request as long as its handler runs.
class ActiveRequest {
 public:
  explicit ActiveRequest(LoopCounters& counters) : counters_(counters) {
    counters_.active_requests.fetch_add(1, std::memory_order_relaxed);
  }
  ~ActiveRequest() { counters_.active_requests.fetch_sub(1, std::memory_order_relaxed); }
  ActiveRequest(const ActiveRequest&) = delete;
  ActiveRequest& operator=(const ActiveRequest&) = delete;

 private:
  LoopCounters& counters_;
};

}  // namespace

Connection::Connection(Services& services, int family, int descriptor,
                       const boost::asio::ip::address& client)
    : services_(services),
      transport_(services.executor, family, descriptor),
      deadline_(services.deadlines, [this] { transport_.cancel(); }),
      watch_(transport_, services.deadlines),
      client_(client.to_string()) {
  services_.counters.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() {
  services_.counters.connections.fetch_sub(1, std::memory_order_relaxed);
}

net::Task<void> Connection::run(std::shared_ptr<const TlsContexts> tls) {
  bool more = true;
  if (tls) more = co_await shake_hands(*tls);
  tls.reset();
  while (more)
    more = co_await serve_request();
  if (linger_) co_await linger();
  transport_.shutdown_write();
  transport_.close();
}

net::Task<bool> Connection::shake_hands(const TlsContexts& tls) {
  deadline_.expires_after(services_.config->server.header_timeout);
  net::SslPtr session = tls.new_session();
  auto [ec] = co_await transport_.handshake(std::move(session), net::Transport::Role::server);
  if (ec && ec != boost::asio::error::eof)
    spdlog::debug("tls handshake failed client={} reason=\"{}\"", client_,
                  transport_.tls_failure());
  co_return !ec;
}

net::Task<bool> Connection::serve_request() {
  HeadSearch search;
  input_.compact();
  idle_ = input_.unread().empty();
  std::optional<Received> received;
  while (!received) {
    received = look_for_head(search);
    if (received) break;
    const auto room = input_.room();
    auto [ec, count] = co_await transport_.read_some(room);
    received = note_read(ec, count);
  }
  if (*received == Received::nothing) co_return false;
  if (*received == Received::broken) {
    co_await refuse();
    co_return false;
  }
  ++served_;
  const RouteMatch found = services_.find_route(head_->method, head_->path);
  Exchange exchange(*this, *found.route, found.parameter);
  const Status known = identify(exchange);
  if (!known) co_await exchange.respond(known.error());
  try {
    const ActiveRequest active(services_.counters);
    if (known) co_await found.route->handler(exchange, services_);
  } catch (const std::exception& failure) {
    spdlog::error("handler ended with an exception route={} request={} error=\"{}\"",
                  found.route->path, exchange.request_id_, failure.what());
  }
  stop_watch();
  identified_ = nullptr;
  if (!exchange.ended()) co_await close_up(exchange);
  const bool keep = exchange.state_ == Exchange::State::ended && exchange.keep_alive_ &&
                    interruption_ == Interruption::none;
  const bool all_read = forget_request();
  const bool keep_on = keep && all_read;
  const bool more_came = !all_read || !input_.unread().empty();
  linger_ = exchange.state_ == Exchange::State::ended && !keep_on && more_came;
  co_return keep_on;
}

// nullopt: there is room for more of it.
std::optional<Connection::Received> Connection::look_for_head(HeadSearch& search) {
  const config::ServerSettings& server = services_.config->server;
  const std::size_t size = http::find_head_end(input_.unread(), search.scanned);
  if (size > 0) {
    idle_ = false;
    const Status parsed = parse_head(size);
    return parsed ? Received::head : head_failed(parsed.error());
  }
  if (!make_room()) return head_failed(http::head_too_large(input_.unread(), head_limits));
  const bool empty = input_.unread().empty();
  if (empty && draining_) return Received::nothing;
  if (empty) deadline_.expires_after(served_ > 0 ? server.idle_timeout : server.header_timeout);
  if (!empty && !search.timed) {
    deadline_.expires_after(server.header_timeout);
    search.timed = true;
  }
  return std::nullopt;
}

std::optional<Connection::Received> Connection::note_read(net::error_code ec, std::size_t count) {
  input_.received(count);
  if (!ec && !deadline_.expired()) {
    idle_ = false;
    return std::nullopt;
  }
  if (!deadline_.expired() || input_.unread().empty()) return Received::nothing;
  return head_failed(make_error(ErrorCode::request_timeout,
                                "The request's head did not arrive within " +
                                    to_text(services_.config->server.header_timeout) + "."));
}

bool Connection::make_room() {
  if (input_.room().size() > 0) return true;
  if (input_.capacity() >= head_limits.max_head) return false;
  input_.compact(std::min(2 * input_.capacity(), head_limits.max_head));
  return true;
}

Status Connection::parse_head(std::size_t size) {
  deadline_.clear();
  if (!head_) head_ = std::make_unique<http::RequestHead>();
  head_size_ = size;
  return http::parse_request_head(input_.unread().substr(0, size), head_limits, *head_);
}

Connection::Received Connection::head_failed(Error error) {
  error_ = std::move(error);
  return Received::broken;
}

// Where the next request would begin is unknown: one answer, then the end.
net::Task<void> Connection::refuse() {
  deadline_.clear();
  head_ = std::make_unique<http::RequestHead>();
  head_->keep_alive = false;
  Exchange exchange(*this, unmatched_route(Style::litellm), {});
  co_await exchange.respond(error_);
  linger_ = exchange.state_ == Exchange::State::ended;
}

// Who asks, where the route wants to know.
Status Connection::identify(Exchange& exchange) {
  services_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  if (draining_ || served_ >= max_requests) exchange.keep_alive_ = false;
  const Route& route = exchange.route_;
  if (route.right == Right::key) {
    Result<auth::Principal> principal = identify_caller(exchange, services_);
    if (!principal) {
      record_refusal(exchange, services_, principal.error());
      return principal.error();
    }
    exchange.principal_ = std::move(principal.value());
    identified_ = &exchange;
  }
  return {};
}

// Whatever the handler left undone.
net::Task<void> Connection::close_up(Exchange& exchange) {
  if (exchange.state_ == Exchange::State::reading) {
    const Error error = make_error(ErrorCode::internal, "The request could not be answered.",
                                   "the daemon's log says more");
    co_await exchange.respond(error);
  }
  if (exchange.state_ != Exchange::State::ended) exchange.abort();
}

// Frees what belonged to the request, keeps what came behind it. False when part of its body has
// not been read: what follows is no request.
bool Connection::forget_request() {
  const bool all_read = body_is_here();
  if (!body_read_ && all_read && head_ && head_->framing.kind == http::Framing::Kind::length)
    body_from_input_ = static_cast<std::size_t>(head_->framing.length);
  input_.consume(head_size_ + body_from_input_);
  if (!pipelined_.empty()) input_.assign(pipelined_);
  std::string().swap(pipelined_);
  head_size_ = body_from_input_ = 0;
  body_.clear();
  body_view_ = {};
  body_read_ = body_broken_ = released_ = false;
  return all_read;
}

void Connection::release_request() {
  const bool all_read = forget_request();
  body_read_ = all_read;
  body_broken_ = !all_read;
  released_ = true;
  head_.reset();
  input_.release_if_empty();
}

// The client may still be sending; closing now would make its kernel throw our answer away.
net::Task<void> Connection::linger() {
  transport_.shutdown_write();
  deadline_.expires_after(linger_time);
  while (!deadline_.expired()) {
    input_.assign({});
    auto [ec, count] = co_await transport_.read_some(input_.room());
    if (ec || count == 0) break;
  }
  deadline_.clear();
}

void Connection::drain() {
  draining_ = true;
  if (idle_) transport_.abort();
}

void Connection::interrupt(Interruption why) {
  if (interruption_ != Interruption::none) return;
  interruption_ = why;
  const std::function<void(Interruption)> interrupted = std::exchange(interrupted_, nullptr);
  if (why == Interruption::client_gone || !interrupted) transport_.abort();
  if (interrupted) interrupted(why);
}

void Connection::end_request_of(std::string_view key_id) {
  if (identified_ != nullptr && identified_->principal().key_id == key_id)
    interrupt(Interruption::key_blocked);
}

void Connection::start_watch(std::function<void(Interruption)> interrupted) {
  interrupted_ = std::move(interrupted);
  watch_.start([this] { interrupt(Interruption::client_gone); });
}

void Connection::stop_watch() {
  interrupted_ = nullptr;
  watch_.stop();
}

}  // namespace litegw::server
