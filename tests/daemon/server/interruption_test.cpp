// Clients that leave or do not read, and the end of the daemon, over real sockets.
#include "daemon/server/exchange.h"
#include "tests/support/serving.h"

using namespace litegw;
using namespace std::chrono_literals;
using tests::Client;
using tests::Serving;
using tests::status_of;

namespace {

using server::Exchange;
using server::Interruption;
using server::Services;

struct Seen {
  std::atomic<Interruption> interruption{Interruption::none};
  std::atomic<std::int64_t> waited_ms{0};
  std::atomic<std::uint64_t> written{0};
  std::atomic<bool> waiting{false};
  std::atomic<bool> failed{false};
};
Seen seen;

// As a handler does that waits for its upstream.
net::Task<void> wait_for_interruption(Exchange& exchange, Services& services) {
  net::Timer upstream(services.executor);
  upstream.expires_after(2s);
  const auto start = net::Clock::now();
  auto on_interruption = [&](Interruption why) {
    seen.interruption = why;
    upstream.cancel();
  };
  const server::ClientWatch watch = exchange.watch_client(on_interruption);
  seen.waiting = true;
  co_await upstream.async_wait(net::nothrow);
  seen.waited_ms = (net::Clock::now() - start) / 1ms;
}

net::Task<void> wait_first(Exchange& exchange, Services& services) {
  const Result<std::string_view> body = co_await exchange.read_body();
  CHECK(body.has_value());
  exchange.release_request();
  co_await wait_for_interruption(exchange, services);
  if (exchange.interruption() == Interruption::none) co_await exchange.respond(200, {}, "done");
}

net::Task<void> wait_in_stream(Exchange& exchange, Services& services) {
  exchange.release_request();
  exchange.begin(200, {});
  co_await exchange.write("data: 1\n\n");
  co_await wait_for_interruption(exchange, services);
  if (exchange.interruption() == Interruption::shutdown) {
    co_await exchange.write("data: {\"error\":1}\n\n");
    co_await exchange.end();
  }
}

net::Task<void> flood(Exchange& exchange, Services&) {
  const std::string part(std::size_t{64} * 1024, 'x');
  exchange.begin(200, {});
  for (;;) {
    const Status sent = co_await exchange.write(part);
    if (!sent) break;
    seen.written += part.size();
  }
  seen.failed = true;
}

server::RouteMatch test_routes(std::string_view, std::string_view path) {
  using enum server::Method;
  using server::Route;
  static constexpr std::array routes{
      Route{post, "/wait", server::Right::none, server::Style::litellm, wait_first},
      Route{get, "/stream", server::Right::none, server::Style::litellm, wait_in_stream},
      Route{get, "/flood", server::Right::none, server::Style::litellm, flood},
  };
  for (const Route& route : routes)
    if (route.path == path) return {&route, {}};
  return {&server::unmatched_route(server::Style::litellm), {}};
}

const std::string wait_request = "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
const std::string stream_request = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 400 && !condition(); ++i)
    std::this_thread::sleep_for(5ms);
  return condition();
}

void start_over() {
  seen.interruption = Interruption::none;
  seen.waited_ms = 0;
  seen.written = 0;
  seen.waiting = seen.failed = false;
}

}  // namespace

TEST_CASE("a client that leaves is noticed within 100 ms, before and during the answer") {
  enum class Leaving { fin, rst, fin_of_its_side };
  Serving serving(&test_routes);
  for (const bool in_stream : {false, true}) {
    for (const Leaving how : {Leaving::fin, Leaving::rst, Leaving::fin_of_its_side}) {
      start_over();
      Client client(serving.port);
      client.send(in_stream ? stream_request : wait_request);
      if (in_stream) client.until("data: 1\n\n");
      REQUIRE(eventually([] { return seen.waiting.load(); }));
      if (how == Leaving::fin) client.close();
      if (how == Leaving::rst) client.reset();
      if (how == Leaving::fin_of_its_side) client.end_writing();
      CHECK(eventually([] { return seen.waited_ms > 0; }));
      CHECK(seen.interruption == Interruption::client_gone);
      CHECK(seen.waited_ms < 250);  // 100 and what a busy machine adds
    }
  }
}

TEST_CASE("pipelined bytes are not taken for a client that leaves") {
  start_over();
  Serving serving(&test_routes);
  Client client(serving.port);
  client.send(wait_request + "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(eventually([] { return seen.waiting.load(); }));
  std::this_thread::sleep_for(120ms);
  CHECK(seen.interruption == Interruption::none);
}

TEST_CASE("a client that does not read slows its stream down and is cut after the write timeout") {
  start_over();
  config::Config config;
  config.server.write_timeout = milliseconds(150);
  Serving serving(&test_routes, config);
  Client client(serving.port, 4096);
  client.send("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(eventually([] { return seen.failed.load(); }));
  CHECK(seen.written < 16u << 20);
}

TEST_CASE("draining closes idle connections, lets answers end and then cuts with a last event") {
  start_over();
  Serving serving(&test_routes);
  Client idle(serving.port);
  idle.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(idle.answer()) == 404);
  Client busy(serving.port);
  busy.send(stream_request);
  busy.until("data: 1\n\n");
  REQUIRE(eventually([] { return seen.waiting.load(); }));

  serving.loop->post([](server::Loop& loop) { loop.drain(); });
  CHECK(idle.closed_within(500));
  CHECK_FALSE(busy.closed_within(60));

  serving.loop->post([](server::Loop& loop) { loop.interrupt(Interruption::shutdown); });
  CHECK(busy.rest() == "\r\n13\r\ndata: {\"error\":1}\n\n\r\n0\r\n\r\n");
  CHECK(seen.interruption == Interruption::shutdown);
  CHECK(eventually([&] { return serving.loop->counters().connections == 0; }));
}
