// How a Call gets its connection: straight or through a proxy, plain or TLS.
#include <boost/asio/error.hpp>

#include "daemon/upstream/client.h"

namespace litegw::upstream {
namespace {

namespace asio = boost::asio;

const http::HeadLimits head_limits;

}  // namespace

Error Call::connect_failure(const std::string& why) const {
  if (aborted_) return make_error(ErrorCode::client_closed, "the client closed the connection");
  if (connection_ != nullptr && connection_->deadline.expired())
    return make_error(ErrorCode::upstream_timeout, "the upstream could not be reached in time",
                      peer_ + ": connect timeout");
  return make_error(ErrorCode::upstream_unreachable, "the upstream could not be reached",
                    peer_ + ": " + why);
}

// The proxy stands between, so the cause is not the upstream's.
Error Call::proxy_failure(const Proxy& proxy, const std::string& why) const {
  Error failure = connect_failure("");
  if (failure.code != ErrorCode::upstream_unreachable) return failure;
  failure.message.append(" through the proxy: ").append(why);
  failure.hint = peer_ + " through " + proxy.host + ":" + std::to_string(proxy.port) + ": " + why;
  return failure;
}

void Call::open_connection(std::string key) {
  connection_ = std::make_unique<Connection>(client_.executor_, client_.wheel_);
  connection_->key = std::move(key);
}

net::Task<Status> Call::connect(const Request& request) {
  if (aborted_) co_return connect_failure("");
  connection_->deadline.expires_after(client_.settings_.connect_timeout);
  const Proxy* const proxy = client_.proxies_.find(*request.url);
  const bool tls = request.url->scheme == "https";
  via_proxy_ = proxy != nullptr && !tls;
  const std::string host = proxy != nullptr ? proxy->host : request.url->host;
  const std::uint16_t port = proxy != nullptr ? proxy->port : request.url->port;
  Status done = co_await connect_any(host, port);
  if (!done && proxy != nullptr && done.error().code == ErrorCode::upstream_unreachable) {
    Error failure = proxy_failure(*proxy, "no connection to it");
    failure.hint += ": " + done.error().hint;
    co_return failure;
  }
  if (done && proxy != nullptr && tls) done = co_await tunnel(request, *proxy);
  if (done && tls) done = co_await secure(*request.url);
  co_return done;
}

net::Task<Status> Call::connect_any(const std::string& host, std::uint16_t port) {
  const auto addresses = co_await client_.resolver_.resolve(host, port);
  if (!addresses) co_return addresses.error();
  std::string why = "no address";
  for (const net::Transport::Endpoint& endpoint : **addresses) {
    if (aborted_ || connection_->deadline.expired()) break;
    auto [ec] = co_await connection_->transport.connect(endpoint);
    if (!ec) co_return Status();
    why = ec.message();
    if (!connection_->transport.aborted()) connection_->transport.close();
  }
  co_return connect_failure(why);
}

// Asks an HTTP proxy for a way to the upstream (RFC 9110 section 9.3.6).
net::Task<Status> Call::tunnel(const Request& request, const Proxy& proxy) {
  const std::string authority =
      request.url->host.find(':') == std::string::npos
          ? request.url->host + ":" + std::to_string(request.url->port)
          : "[" + request.url->host + "]:" + std::to_string(request.url->port);
  std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!proxy.authorization.empty())
    head += "Proxy-Authorization: " + proxy.authorization.reveal() + "\r\n";
  head += "\r\n";
  auto [written] = co_await connection_->transport.write(head);
  if (written) co_return proxy_failure(proxy, written.message());
  std::string answer;
  std::size_t scanned = 0;
  std::size_t end = 0;
  while ((end = http::find_head_end(answer, scanned)) == 0) {
    if (answer.size() > head_limits.max_head)
      co_return proxy_failure(proxy, "its answer to CONNECT is too large");
    char bytes[512];
    const auto buffer = asio::buffer(bytes);
    auto [ec, count] = co_await connection_->transport.read_some(buffer);
    if (ec == asio::error::eof)
      co_return proxy_failure(proxy, "it closed the connection on CONNECT");
    if (ec) co_return proxy_failure(proxy, ec.message());
    answer.append(bytes, count);
  }
  http::ResponseHead parsed;
  const auto status = http::parse_response_head(std::string_view(answer).substr(0, end),
                                                head_limits, "CONNECT", parsed);
  if (!status) co_return proxy_failure(proxy, "its answer to CONNECT is not valid HTTP");
  if (parsed.status < 200 || parsed.status > 299)
    co_return proxy_failure(proxy,
                            "it refused CONNECT with status " + std::to_string(parsed.status));
  if (end != answer.size())
    co_return proxy_failure(proxy, "it sent bytes before the TLS handshake");
  co_return Status();
}

net::Task<Status> Call::secure(const http::Url& url) {
  auto ssl = client_.tls_->connection(url.host, url.port);
  if (!ssl) co_return connect_failure(ssl.error().message);
  net::SslPtr session = std::move(*ssl);
  const auto role = net::Transport::Role::client;
  auto [ec] = co_await connection_->transport.handshake(std::move(session), role);
  if (!ec) co_return Status();
  const std::string& why = connection_->transport.tls_failure();
  Error failure = connect_failure(why.empty() ? ec.message() : "TLS: " + why);
  if (failure.code == ErrorCode::upstream_unreachable)
    failure.message =
        "no trusted connection to the upstream (TLS): " + (why.empty() ? ec.message() : why);
  co_return failure;
}

}  // namespace litegw::upstream
