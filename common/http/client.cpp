#include "common/http/client.h"

#include <array>
#include <utility>

#include "common/base/text.h"
#include "common/http/body.h"
#include "common/http/head.h"
#include "common/http/writer.h"

namespace litegw::http {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = ClientError::Kind;

// RFC 9110 lets a server send any number of interim answers; more than a few is an attack.
constexpr int max_interim_answers = 8;

Duration since(Clock::time_point start) {
  return std::chrono::duration_cast<Duration>(Clock::now() - start);
}

ClientError client_error(Kind kind, std::string message) {
  return ClientError{kind, std::move(message), {}, {}};
}

bool has_length(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

// Blocking sockets know no TLS record or chunk: an input buffer of this size per read.
constexpr std::size_t read_size = 16384;

}  // namespace

struct Client::Reading {
  const Request& request;
  const OnAnswer& callbacks;
  Clock::time_point sent;
  Response response;
  BodyReader body;
  std::uint64_t max_body;
  bool keep_alive = false;
};

std::optional<std::string> Response::find(std::string_view name) const {
  for (const Header& header : headers) {
    if (iequals(header.name, name)) return header.value;
  }
  return std::nullopt;
}

Endpoint unix_endpoint(std::string path) {
  Endpoint endpoint;
  endpoint.transport = Endpoint::Transport::unix_socket;
  endpoint.host = "localhost";
  endpoint.socket_path = std::move(path);
  return endpoint;
}

Endpoint endpoint_of(const Url& url, std::string ca_file) {
  Endpoint endpoint;
  bool secure = url.scheme == "https";
  endpoint.transport = secure ? Endpoint::Transport::tls : Endpoint::Transport::tcp;
  endpoint.host = url.host;
  endpoint.port = url.port;
  endpoint.ca_file = std::move(ca_file);
  return endpoint;
}

Client::Client(Endpoint endpoint, Deadlines deadlines)
    : endpoint_(std::move(endpoint)), deadlines_(std::move(deadlines)) {}

ClientResult<Client> Client::connect(const Endpoint& endpoint, const Deadlines& deadlines) {
  Client client(endpoint, deadlines);
  ClientStatus opened = client.open();
  if (!opened) return opened.error();
  return client;
}

ClientStatus Client::open() {
  if (endpoint_.transport != Endpoint::Transport::unix_socket) return open_tcp();
  Clock::time_point start = Clock::now();
  Deadline deadline(deadlines_.connect, deadlines_.interrupted);
  ClientResult<Socket> connected = connect_unix(endpoint_.socket_path, deadline);
  if (!connected) return connected.error();
  socket_ = std::move(connected.value());
  facts_.address = endpoint_.socket_path;
  facts_.connect = since(start);
  return {};
}

ClientStatus Client::open_tcp() {
  Clock::time_point start = Clock::now();
  auto addresses =
      resolve(endpoint_.host, endpoint_.port, Deadline(deadlines_.resolve, deadlines_.interrupted));
  facts_.resolve = since(start);
  if (!addresses) return addresses.error();

  start = Clock::now();
  auto connected =
      connect_tcp(addresses.value(), endpoint_.host,
                  Deadline(deadlines_.connect, deadlines_.interrupted), facts_.address);
  facts_.connect = since(start);
  if (!connected) return connected.error();
  socket_ = std::move(connected.value());
  if (endpoint_.transport == Endpoint::Transport::tcp) return {};

  start = Clock::now();
  auto session = TlsSession::handshake(socket_, endpoint_.host, endpoint_.ca_file,
                                       Deadline(deadlines_.handshake, deadlines_.interrupted));
  facts_.handshake = since(start);
  if (!session) return session.error();
  tls_ = std::move(session.value());
  facts_.tls = tls_->facts();
  return {};
}

ClientResult<std::string> Client::write_head(const Request& request) const {
  bool secure = endpoint_.transport == Endpoint::Transport::tls;
  bool local = endpoint_.transport == Endpoint::Transport::unix_socket;
  std::uint16_t default_port = local ? endpoint_.port : secure ? 443 : 80;
  std::string head;
  HeadWriter writer(head);
  writer.request_line(request.method, request.target);
  writer.field("Host", make_authority(endpoint_.host, endpoint_.port, default_port));
  for (const Header& header : request.headers)
    writer.field(header.name, header.value);
  if (has_length(request)) writer.field("Content-Length", std::uint64_t{request.body.size()});
  if (writer.finish()) return head;
  return client_error(Kind::bad_request, "The request to '" +
                                             escape_control(shorten(request.target, 120)) +
                                             "' holds bytes that may not be sent in a head.");
}

ClientResult<Response> Client::request(const Request& request, const OnAnswer& callbacks,
                                       std::uint64_t max_body) {
  if (!reusable()) return client_error(Kind::closed, "The connection is closed already.");
  ClientResult<Response> response = exchange(request, callbacks, max_body);
  if (!response) socket_.close();
  return response;
}

ClientResult<Response> Client::exchange(const Request& request, const OnAnswer& callbacks,
                                        std::uint64_t max_body) {
  ClientResult<std::string> head = write_head(request);
  if (!head) return head.error();
  // One write for a small request; a large body is not copied.
  bool small = request.body.size() <= read_size;
  ClientStatus sent = send(small ? head.value() + request.body : head.value());
  if (sent && !small) sent = send(request.body);
  // A server that refuses a large body answers and closes before it has read it: look for that.
  bool cut = !sent && sent.error().kind == Kind::closed;
  if (!sent && !cut) return sent.error();

  Reading reading{request, callbacks, Clock::now(), {}, BodyReader({}, {}), max_body};
  ClientStatus read = read_head(reading);
  if (!read) return cut ? sent.error() : read.error();
  read = read_body(reading);
  if (!read) return read.error();
  reading.response.complete_after = since(reading.sent);
  if (cut || reading.response.stopped || !reading.keep_alive) socket_.close();
  return std::move(reading.response);
}

ClientStatus Client::read_head(Reading& reading) {
  Deadline deadline(deadlines_.head, deadlines_.interrupted);
  HeadLimits limits;
  std::size_t scanned = 0;
  for (int interim = 0; interim <= max_interim_answers;) {
    std::size_t end = find_head_end(input_, scanned);
    if (end == 0) {
      if (input_.size() > limits.max_head) break;
      ClientResult<bool> more = read_more(deadline);
      if (!more) return more.error();
      if (more.value()) continue;
      return client_error(Kind::closed, input_.empty()
                                            ? "The server closed without an answer."
                                            : "The server closed in the middle of its answer.");
    }
    ResponseHead head;
    std::string_view text = std::string_view(input_).substr(0, end);
    Status parsed = parse_response_head(text, limits, reading.request.method, head);
    if (!parsed) return client_error(Kind::bad_response, parsed.error().message);
    if (head.status >= 200) {
      take_head(head, reading);
      input_.erase(0, end);
      return {};
    }
    input_.erase(0, end);
    scanned = 0;
    ++interim;
  }
  return client_error(Kind::bad_response, "The answer's head is too large.");
}

void Client::take_head(const ResponseHead& head, Reading& reading) {
  Response& response = reading.response;
  response.status = head.status;
  response.reason = head.reason;
  response.head_after = since(reading.sent);
  for (const Field& field : head.fields) {
    response.headers.push_back({std::string(field.name), std::string(field.value)});
  }
  reading.keep_alive = head.keep_alive;
  BodyLimits limits;
  if (!reading.callbacks.on_body) limits.max_body = reading.max_body;
  reading.body = BodyReader(head.framing, limits);
  const auto& on_head = reading.callbacks.on_head;
  if (on_head && !on_head(response)) response.stopped = true;
}

ClientStatus Client::read_body(Reading& reading) {
  while (!reading.body.done() && !reading.response.stopped) {
    ClientStatus fed = feed_body(reading);
    if (!fed) return fed;
    if (reading.body.done() || reading.response.stopped) break;
    ClientResult<bool> more = read_more(Deadline(deadlines_.body, deadlines_.interrupted));
    if (!more) return more.error();
    if (more.value()) continue;
    if (!reading.body.finish()) {
      return client_error(Kind::closed, "The server closed before its answer was complete.");
    }
  }
  return {};
}

// Takes what is in `input_`.
ClientStatus Client::feed_body(Reading& reading) {
  std::string_view input = input_;
  while (!input.empty() && !reading.body.done() && !reading.response.stopped) {
    Result<BodyReader::Piece> piece = reading.body.feed(input);
    if (!piece) return client_error(Kind::bad_response, piece.error().message);
    input.remove_prefix(piece.value().consumed);
    std::string_view data = piece.value().data;
    const auto& on_body = reading.callbacks.on_body;
    if (!on_body) {
      reading.response.body += data;
    } else if (!data.empty() && !on_body(reading.response, data, since(reading.sent))) {
      reading.response.stopped = true;
    }
  }
  input_.erase(0, input_.size() - input.size());
  return {};
}

ClientResult<bool> Client::read_more(const Deadline& deadline) {
  std::array<char, read_size> buffer;
  auto got = tls_ ? tls_->read_some(socket_, buffer.data(), buffer.size(), deadline)
                  : socket_.read_some(buffer.data(), buffer.size(), deadline);
  if (!got) return got.error();
  input_.append(buffer.data(), got.value());
  return got.value() > 0;
}

ClientStatus Client::send(std::string_view bytes) {
  Deadline deadline(deadlines_.send, deadlines_.interrupted);
  return tls_ ? tls_->write_all(socket_, bytes, deadline) : socket_.write_all(bytes, deadline);
}

}  // namespace litegw::http
