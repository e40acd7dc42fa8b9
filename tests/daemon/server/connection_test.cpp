// Connections, over real sockets: reading requests, limits, deadlines, answers.
#include "daemon/server/connection.h"

#include <fmt/format.h>
#include <zlib.h>

#include "daemon/server/exchange.h"
#include "tests/support/serving.h"

using namespace litegw;
using namespace std::chrono_literals;
using tests::Client;
using tests::Serving;
using tests::status_of;

namespace {

using server::Exchange;
using server::Services;

std::atomic<int> handled{0};

net::Task<void> echo(Exchange& exchange, Services&) {
  ++handled;
  const Result<std::string_view> body = co_await exchange.read_body();
  if (!body) {
    co_await exchange.respond(body.error());
    co_return;
  }
  const std::string text =
      fmt::format("{} {} [{}]", exchange.head().method, exchange.head().target, *body);
  co_await exchange.respond(200, {}, text);
}

net::Task<void> stream(Exchange& exchange, Services&) {
  exchange.begin(200, {});
  co_await exchange.write("one");
  co_await exchange.write("two!");
  co_await exchange.end();
}

net::Task<void> fail(Exchange&, Services&) {
  throw std::runtime_error("a bug");
  co_return;
}

net::Task<void> forget(Exchange&, Services&) {
  co_return;
}

net::Task<void> fail_in_stream(Exchange& exchange, Services&) {
  exchange.begin(200, {});
  co_await exchange.write("half");
  throw std::runtime_error("a bug");
}

net::Task<void> bad_header(Exchange& exchange, Services&) {
  const std::array headers{http::Field{"X-Bad", "a\r\nSet-Cookie: b"}};
  const Status sent = co_await exchange.respond(200, headers, "body");
  CHECK(sent.error().code == ErrorCode::internal);
}

net::Task<void> unread(Exchange& exchange, Services&) {
  co_await exchange.respond(200, {}, "not interested");
}

server::RouteMatch test_routes(std::string_view, std::string_view path) {
  using enum server::Method;
  using server::Route;
  static constexpr std::array routes{
      Route{get, "/echo", server::Right::none, server::Style::litellm, echo},
      Route{get, "/stream", server::Right::none, server::Style::litellm, stream},
      Route{get, "/fail", server::Right::none, server::Style::litellm, fail},
      Route{get, "/forget", server::Right::none, server::Style::litellm, forget},
      Route{get, "/cut", server::Right::none, server::Style::litellm, fail_in_stream},
      Route{get, "/header", server::Right::none, server::Style::litellm, bad_header},
      Route{get, "/unread", server::Right::none, server::Style::litellm, unread},
  };
  for (const Route& route : routes)
    if (route.path == path) return {&route, {}};
  return {&server::unmatched_route(server::Style::litellm), {}};
}

config::Config impatient() {
  config::Config config;
  config.server.header_timeout = milliseconds(150);
  config.server.body_timeout = milliseconds(150);
  config.server.idle_timeout = milliseconds(150);
  config.server.write_timeout = milliseconds(150);
  config.server.max_body = 20'000;
  return config;
}

std::string get(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path);
}

std::string post(std::string_view body, std::string_view more = {}) {
  return fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}",
                     body.size(), more, body);
}

std::string gzipped(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("pipelined requests are answered in order on one connection") {
  Serving serving(&test_routes);
  Client client(serving.port);
  client.send(get("/echo?1") + post("two") + get("/echo?3") + get("/nothing") + get("/echo?5"));
  CHECK(tests::body_of(client.answer()) == "GET /echo?1 []");
  CHECK(tests::body_of(client.answer()) == "POST /echo [two]");
  CHECK(tests::body_of(client.answer()) == "GET /echo?3 []");
  CHECK(status_of(client.answer()) == 404);
  CHECK(tests::body_of(client.answer()) == "GET /echo?5 []");
}

TEST_CASE("a request may arrive in any two pieces") {
  Serving serving(&test_routes);
  Client client(serving.port);
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde"
      "\r\n0\r\nT: v\r\n\r\n";
  for (std::size_t split = 1; split < request.size(); ++split) {
    client.send(request.substr(0, split));
    std::this_thread::sleep_for(200us);
    client.send(request.substr(split));
    const std::string answer = client.answer();
    CHECK_MESSAGE(tests::body_of(answer) == "POST /echo [abcde]", "split at " << split);
    if (answer.empty()) break;
  }
}

TEST_CASE("what comes behind a chunked body is the next request") {
  Serving serving(&test_routes);
  Client client(serving.port);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
      "\r\n" +
      get("/echo?next"));
  CHECK(tests::body_of(client.answer()) == "POST /echo [a]");
  CHECK(tests::body_of(client.answer()) == "GET /echo?next []");
}

TEST_CASE("a large head and a large body arrive whole") {
  Serving serving(&test_routes);
  Client client(serving.port);
  const std::string filler(12'000, 'f');
  const std::string body(300'000, 'b');
  for (int round = 0; round < 3; ++round) {
    client.send(post(body, "X-Filler: " + filler + "\r\n"));
    CHECK(tests::body_of(client.answer()) == "POST /echo [" + body + "]");
    client.send(get("/echo"));
    CHECK(tests::body_of(client.answer()) == "GET /echo []");
  }
}

TEST_CASE("a refused request gets its exact status, the connection ends, nothing behind it runs") {
  Serving serving(&test_routes, impatient());
  const std::string line = "GET /echo HTTP/1.1\r\nHost: x\r\n";
  struct Vector {
    const char* name;
    std::string request;
    int status;
  };
  const std::vector<Vector> vectors{
      {"no Host", "GET /echo HTTP/1.1\r\n\r\n", 400},
      {"space before the colon", line + "A : b\r\n\r\n", 400},
      {"two lengths", line + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"length and chunked", line + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"bare LF", "GET /echo HTTP/1.1\nHost: x\n\n", 400},
      {"CONNECT", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"POST without length", "POST /echo HTTP/1.1\r\nHost: x\r\n\r\n", 411},
      {"long target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"odd expectation", line + "Expect: the-unexpected\r\n\r\n", 417},
      {"long line", line + "A: " + std::string(17'000, 'a') + "\r\n\r\n", 431},
      {"endless head", line + "A: " + std::string(40'000, 'a'), 431},
      {"unknown coding", line + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"unknown method", "BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"HTTP/2.0", "GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", 505},
  };
  for (const Vector& vector : vectors) {
    const int before = handled;
    Client client(serving.port);
    client.send(vector.request + get("/echo"));
    const std::string answers = client.rest();
    CHECK_MESSAGE(status_of(answers) == vector.status, vector.name << ": " << answers);
    CHECK_MESSAGE(answers.find("HTTP/1.1 200") == std::string::npos, vector.name);
    CHECK_MESSAGE(answers.find("Connection: close") != std::string::npos, vector.name);
    CHECK_MESSAGE(handled == before, vector.name);
  }
}

TEST_CASE("a body above the limit is refused before it is read, also when the client waits") {
  Serving serving(&test_routes, impatient());
  Client client(serving.port);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20001\r\nExpect: 100-continue"
      "\r\n\r\n");
  const std::string answer = client.rest();
  CHECK(status_of(answer) == 413);
  CHECK(answer.find("20000 bytes") != std::string::npos);

  Client chunked(serving.port);
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 6; ++i)
    chunked.send("1000\r\n" + std::string(4096, 'x') + "\r\n");
  CHECK(status_of(chunked.rest()) == 413);
}

TEST_CASE("a client that waits for 100 Continue is told to go on") {
  Serving serving(&test_routes);
  Client client(serving.port);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  CHECK(tests::body_of(client.answer()) == "POST /echo [ok]");
}

TEST_CASE("gzip bodies are decoded within limits, other encodings are 415") {
  config::Config config;
  config.server.max_body = 2 << 20;
  Serving serving(&test_routes, config);
  Client client(serving.port);
  client.send(post(gzipped("hello"), "Content-Encoding: gzip\r\n"));
  CHECK(tests::body_of(client.answer()) == "POST /echo [hello]");
  client.send(post(gzipped(std::string(4 << 20, 'a')), "Content-Encoding: gzip\r\n"));
  CHECK(status_of(client.answer()) == 413);
  client.send(post("not gzip", "Content-Encoding: gzip\r\n"));
  CHECK(status_of(client.answer()) == 400);
  const std::string whole = gzipped("hello");
  client.send(post(whole.substr(0, whole.size() - 3), "Content-Encoding: gzip\r\n"));
  CHECK(status_of(client.answer()) == 400);
  client.send(post("x", "Content-Encoding: br\r\n"));
  CHECK(status_of(client.answer()) == 415);
}

TEST_CASE("a slow head and a slow body are 408, an idle connection is closed without a word") {
  Serving serving(&test_routes, impatient());
  Client head(serving.port);
  Client body(serving.port);
  Client silent(serving.port);
  Client idle(serving.port);
  head.send("GET /echo HTTP/1.1\r\nHo");
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab");
  idle.send(get("/echo"));
  CHECK(status_of(idle.answer()) == 200);
  CHECK(status_of(head.rest()) == 408);
  CHECK(status_of(body.rest()) == 408);
  CHECK(silent.rest().empty());
  CHECK(idle.rest().empty());
}

TEST_CASE("a trickle of header or body bytes does not keep a connection") {
  Serving serving(&test_routes, impatient());
  Client head(serving.port);
  Client body(serving.port);
  head.send("GET /echo HTTP/1.1\r\nHost: x\r\n");
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const auto start = net::Clock::now();
  for (int i = 0; i < 8; ++i) {
    head.send("A: b\r\n");
    body.send("b");
    std::this_thread::sleep_for(30ms);
  }
  CHECK(net::Clock::now() - start < 1s);
  CHECK(status_of(head.rest()) == 408);
  CHECK(status_of(body.rest()) == 408);
}

TEST_CASE("streams are chunked, until the end for HTTP/1.0, and without body for HEAD") {
  Serving serving(&test_routes);
  Client client(serving.port);
  client.send(get("/stream"));
  const std::string answer = client.until("0\r\n\r\n");
  CHECK(answer.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(tests::body_of(answer) == "3\r\none\r\n4\r\ntwo!\r\n0\r\n\r\n");
  client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n" + get("/echo"));
  CHECK(status_of(client.answer(false)) == 200);
  CHECK(tests::body_of(client.answer()) == "GET /echo []");

  Client old(serving.port);
  old.send("GET /stream HTTP/1.0\r\n\r\n");
  const std::string whole = old.rest();
  CHECK(whole.find("chunked") == std::string::npos);
  CHECK(tests::body_of(whole) == "onetwo!");
}

TEST_CASE("a handler's bug is a 500, in mid-answer a cut, and hurts no other connection") {
  Serving serving(&test_routes);
  Client client(serving.port);
  client.send(get("/fail") + get("/forget") + get("/header") + get("/echo"));
  CHECK(status_of(client.answer()) == 500);
  CHECK(status_of(client.answer()) == 500);
  const std::string refused = client.answer();
  CHECK(status_of(refused) == 500);
  CHECK(refused.find("Set-Cookie") == std::string::npos);
  CHECK(status_of(client.answer()) == 200);
  client.send(get("/cut"));
  CHECK(tests::body_of(client.rest()) == "4\r\nhalf\r\n");
}

TEST_CASE("an answer to a body that nobody read ends the connection after it has arrived") {
  Serving serving(&test_routes);
  Client client(serving.port);
  client.send("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  client.send(std::string(100'000, 'x'));
  const std::string answers = client.rest();
  CHECK(tests::body_of(answers) == "not interested");
  CHECK(answers.find("Connection: close") != std::string::npos);

  // What has arrived whole with its head is skipped instead.
  Client small(serving.port);
  small.send("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + get("/echo"));
  CHECK(tests::body_of(small.answer()) == "not interested");
  CHECK(tests::body_of(small.answer()) == "GET /echo []");
}

TEST_CASE("beyond server.max_connections clients are turned away with 503, until one leaves") {
  config::Config config;
  config.server.max_connections = 2;
  Serving serving(&test_routes, config);
  Client first(serving.port);
  Client second(serving.port);
  first.send(get("/echo"));
  second.send(get("/echo"));
  CHECK(status_of(first.answer()) == 200);
  CHECK(status_of(second.answer()) == 200);
  Client third(serving.port);
  const std::string refused = third.rest();
  CHECK(status_of(refused) == 503);
  CHECK(tests::body_of(refused).starts_with(R"({"error":)"));
  first.close();
  std::this_thread::sleep_for(50ms);
  Client fourth(serving.port);
  fourth.send(get("/echo"));
  CHECK(status_of(fourth.answer()) == 200);
}
