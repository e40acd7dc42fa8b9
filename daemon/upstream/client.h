// Sends requests to upstreams and reads their answers. One Client per event loop, used on that
// loop's thread; it keeps connections, addresses and TLS sessions.
//
//   upstream::Call call(client);
//   Status sent = co_await call.send(request);       // the head of the answer has come
//   while (!call.done()) { take(), or wait() when nothing is there }
//
// `abort` may be called at any time on the loop, also while `send` or `wait` is under way. When the
// Call goes, its connection is kept if the answer was read to its proper end, else closed.
//
// Errors: upstream_unreachable (name, connect, TLS), upstream_timeout, upstream_bad_response
// (framing, closed too early), client_closed (aborted). Messages are fit for clients; hints name
// addresses and are for the operator.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/container/small_vector.hpp>

#include "common/base/hash.h"
#include "common/http/body.h"
#include "common/http/url.h"
#include "daemon/config/config.h"
#include "daemon/net/deadline.h"
#include "daemon/upstream/body_source.h"
#include "daemon/upstream/pool.h"
#include "daemon/upstream/proxy.h"
#include "daemon/upstream/resolver.h"
#include "daemon/upstream/tls.h"

namespace litegw::upstream {

class Client {
 public:
  // Fails with config_invalid (upstream.ca_file).
  static Result<std::unique_ptr<Client>> make(const net::Executor& executor,
                                              net::DeadlineWheel& wheel, net::TaskGroup& tasks,
                                              const config::UpstreamSettings& settings,
                                              ProxySettings proxies);
  // After a reload, which may have found another upstream.ca_file or other bytes in it. Calls under
  // way keep what they have.
  Status configure(const config::UpstreamSettings& settings);
  void close_idle() { pool_.clear(); }
  std::size_t idle_connections() const { return pool_.idle(); }
  std::size_t active_calls() const { return active_; }

 private:
  friend class Call;
  Client(const net::Executor& executor, net::DeadlineWheel& wheel, net::TaskGroup& tasks,
         ProxySettings proxies);

  net::Executor executor_;
  net::DeadlineWheel& wheel_;
  config::UpstreamSettings settings_;
  ProxySettings proxies_;
  Resolver resolver_;
  std::unique_ptr<TlsContext> tls_;
  std::vector<std::unique_ptr<TlsContext>> retired_;  // one per change of upstream.ca_file
  Sha256 authorities_{};                              // of the bytes of upstream.ca_file
  Pool pool_;
  std::string sought_;  // a key of the pool; kept for its memory
  std::size_t active_ = 0;
  // Read buffers of the usual size, kept for the next call: allocating one per request costs more
  // than reading into it.
  std::vector<std::unique_ptr<char[]>> buffers_;
};

struct Request {
  const http::Url* url = nullptr;             // where to; its path is not looked at
  std::string_view head;                      // request line and fields, as written by a provider
  std::span<const std::string_view> body;     // gathered
  bool (*keeps)(std::string_view) = nullptr;  // which fields of the answer to keep
  std::optional<Duration> first_byte_timeout, stall_timeout;  // else the settings'
};

class Call final : public BodySource {
  using Pieces = boost::container::small_vector<net::asio::const_buffer, 6>;

 public:
  explicit Call(Client& client);
  ~Call() override;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Connects if need be, writes, reads the answer's head. A kept connection that turns out to be
  // dead before a byte of the answer is replaced once.
  net::Task<Status> send(const Request& request);

  int status() const { return status_; }
  const std::string& content_type() const { return content_type_; }  // lower case, no parameters
  const std::string& request_id() const { return request_id_; }      // the upstream's, may be empty
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  std::optional<std::uint64_t> content_length() const;

  // BodySource
  Result<std::string_view> take() override;
  bool done() const override;
  net::Task<Status> wait() override;
  void abort() override;

 private:
  net::Task<Status> connect(const Request& request);
  net::Task<Status> connect_any(const std::string& host, std::uint16_t port);
  net::Task<Status> tunnel(const Request& request, const Proxy& proxy);
  net::Task<Status> secure(const http::Url& url);
  Pieces pieces_of(const Request& request);
  net::Task<Status> read_head(const Request& request);
  Result<bool> parse_head(std::string_view bytes, const Request& request);
  Error bad_head(const std::string& why);
  void reserve(std::size_t capacity);
  void take_buffer();
  void give_buffer_back();
  net::Task<Status> read_more();
  net::asio::mutable_buffer room();
  Status note_read(net::error_code ec, std::size_t count);
  void open_connection(std::string key);
  Error read_failure(net::error_code ec) const;
  Error connect_failure(const std::string& why) const;
  Error proxy_failure(const Proxy& proxy, const std::string& why) const;
  bool stale() const;

  Client& client_;
  std::unique_ptr<Connection> connection_;
  std::string peer_;  // host:port, for the operator
  std::string absolute_head_;
  std::optional<http::BodyReader> body_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
  std::uint64_t received_ = 0;  // bytes of the answer
  net::Clock::time_point last_read_;
  bool quiet_ = false;  // the last bytes were long in coming: no buffer waits for the next ones
  Duration stall_{};
  int status_ = 0;
  http::Framing framing_;
  bool keep_alive_ = false;
  bool aborted_ = false;
  bool broken_ = false;
  bool via_proxy_ = false;  // plain HTTP through a proxy: absolute targets
  std::string content_type_, request_id_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace litegw::upstream
