// A small blocking HTTP/1.1 client over TCP, TLS and Unix sockets, on the codec of this folder. For
// the CLI (control socket, `litegw test`, `log tail -f`); litegwd never uses it. One connection,
// one thread.
//
//   auto client = Client::connect(unix_endpoint("/run/litegw/control.sock"));
//   if (!client) return to_error(client.error(), true);
//   auto answer = client.value().request({.target = "/v1/status"});
//
// Errors are ClientError, whose kind tells refused, no_such_socket, not_permitted, name_not_found,
// tls, timeout and the rest apart. An HTTP status of 400 and more is an answer, not an error.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/client_error.h"
#include "common/http/socket.h"
#include "common/http/tls.h"
#include "common/http/url.h"

namespace litegw::http {

struct ResponseHead;

struct Endpoint {
  enum class Transport { tcp, tls, unix_socket };
  Transport transport = Transport::tcp;
  std::string host;  // name or address; goes into Host and, for TLS, SNI and verification
  std::uint16_t port = 0;
  std::string socket_path;  // for unix_socket
  std::string ca_file;      // for tls; empty: the system's authorities
};

Endpoint unix_endpoint(std::string path);
Endpoint endpoint_of(const Url& url, std::string ca_file = {});

// Zero means no limit. `head` runs from the last byte sent to the end of the answer's head, `body`
// from one piece of the body to the next.
struct Deadlines {
  Duration resolve = seconds(5);
  Duration connect = seconds(5);
  Duration handshake = seconds(10);
  Duration send = seconds(30);
  Duration head = seconds(60);
  Duration body = seconds(60);
  // Asked when a signal broke a wait; true ends it with Kind::interrupted.
  std::function<bool()> interrupted;
};

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";
  // Host and Content-Length are the client's; anything else as given.
  std::vector<Header> headers{};
  std::string body{};
};

struct Response {
  int status = 0;
  std::string reason;
  std::vector<Header> headers;
  std::string body;           // everything, when there was no `on_body`
  Duration head_after{};      // from the last byte sent to the end of the head
  Duration complete_after{};  // to the end of the body
  bool stopped = false;       // by a callback; the connection is closed then

  // The first of that name, case-insensitive.
  std::optional<std::string> find(std::string_view name) const;
};

struct OnAnswer {
  // Called once, with everything but the body. Return false to stop.
  std::function<bool(const Response& head)> on_head;
  // Called for each piece as it arrives, `after` the last byte sent. Return false to stop.
  std::function<bool(const Response& head, std::string_view piece, Duration after)> on_body;
};

// What connecting showed; for the connectivity test.
struct ConnectionFacts {
  std::string address;  // the peer's, numeric; the path for a Unix socket
  Duration resolve{};
  Duration connect{};
  Duration handshake{};
  std::optional<TlsFacts> tls;
};

class Client {
 public:
  static ClientResult<Client> connect(const Endpoint& endpoint, const Deadlines& deadlines = {});

  // May be called again while `reusable`. A body that is kept (no `on_body`) is at most
  // `max_body` bytes.
  ClientResult<Response> request(const Request& request, const OnAnswer& callbacks = {},
                                 std::uint64_t max_body = std::uint64_t{64} << 20);
  // False after an error, a stop, or an answer that closes the connection.
  bool reusable() const { return socket_.fd() >= 0; }
  const ConnectionFacts& facts() const { return facts_; }

 private:
  struct Reading;  // one answer

  Client(Endpoint endpoint, Deadlines deadlines);
  ClientStatus open();
  ClientStatus open_tcp();
  ClientResult<std::string> write_head(const Request& request) const;
  ClientResult<Response> exchange(const Request& request, const OnAnswer& callbacks,
                                  std::uint64_t max_body);
  ClientStatus read_head(Reading& reading);
  void take_head(const ResponseHead& head, Reading& reading);
  ClientStatus read_body(Reading& reading);
  ClientStatus feed_body(Reading& reading);
  // False when the peer closed.
  ClientResult<bool> read_more(const Deadline& deadline);
  ClientStatus send(std::string_view bytes);

  Endpoint endpoint_;
  Deadlines deadlines_;
  Socket socket_;
  std::optional<TlsSession> tls_;
  ConnectionFacts facts_;
  std::string input_;  // received and not used
};

}  // namespace litegw::http
