#include "daemon/upstream/client.h"

#include <atomic>
#include <functional>

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include "tests/support/scripted_upstream.h"

namespace litegw::upstream {
namespace {

using test::http_answer;
using test::http_chunk;
using test::Peer;
using test::ScriptedUpstream;

// One event loop with a client on it.
struct Loop {
  explicit Loop(config::UpstreamSettings settings = fast(), ProxySettings proxies = {}) {
    auto made = Client::make(context.get_executor(), wheel, tasks, settings, std::move(proxies));
    REQUIRE(made.has_value());
    client = std::move(*made);
  }
  static config::UpstreamSettings fast() {
    config::UpstreamSettings settings;
    settings.connect_timeout = milliseconds(500);
    settings.first_byte_timeout = milliseconds(500);
    settings.stall_timeout = milliseconds(300);
    return settings;
  }
  void run(std::function<net::Task<void>()> body) {
    context.restart();
    boost::asio::co_spawn(context, body(), [this](std::exception_ptr thrown) {
      failed = thrown;
      context.stop();
    });
    context.run();
    if (failed) std::rethrow_exception(failed);
  }

  boost::asio::io_context context{1};
  net::DeadlineWheel wheel{context.get_executor()};
  net::TaskGroup tasks{context.get_executor()};
  std::unique_ptr<Client> client;
  std::exception_ptr failed;
};

struct Answer {
  Status sent;
  Status read;
  int status = 0;
  std::string body;
  std::string type;
  bool done = false;
};

bool keep_all(std::string_view) {
  return true;
}

net::Task<Answer> ask(Client& client, const std::string& base, std::string body = "{}") {
  Answer answer;
  const auto url = http::parse_url(base);
  const std::string head = "POST " + url->path + " HTTP/1.1\r\nHost: " + url->authority() +
                           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  const std::string_view pieces[] = {body};
  Request request;
  request.url = &*url;
  request.head = head;
  request.body = pieces;
  request.keeps = &keep_all;
  Call call(client);
  answer.sent = co_await call.send(request);
  if (!answer.sent) co_return answer;
  answer.status = call.status();
  answer.type = call.content_type();
  for (;;) {
    const auto piece = call.take();
    if (!piece) {
      answer.read = piece.error();
      break;
    }
    answer.body += *piece;
    if (!piece->empty()) continue;
    if (call.done()) break;
    answer.read = co_await call.wait();
    if (!answer.read) break;
  }
  answer.done = call.done();
  co_return answer;
}

Answer ask_once(ScriptedUpstream::Script script) {
  ScriptedUpstream upstream(std::move(script));
  Loop loop;
  Answer answer;
  loop.run([&]() -> net::Task<void> {
    Answer got = co_await ask(*loop.client, upstream.url());
    answer = std::move(got);
    CHECK(loop.client->active_calls() == 0);
  });
  // What failed is never kept.
  if (!answer.done) CHECK(loop.client->idle_connections() == 0);
  loop.client->close_idle();
  return answer;
}

TEST_CASE("an answer arrives whole, however its body is framed") {
  for (const std::string& bytes :
       {http_answer("hello"),
        std::string(
            "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=x\r\n"
            "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\n\r\nhello"),
        "HTTP/1.1 100 Continue\r\n\r\n" + http_answer("hello")}) {
    CAPTURE(bytes);
    const Answer answer = ask_once([&](Peer& peer) {
      peer.read_request();
      peer.send(bytes);
    });
    CHECK(answer.status == 200);
    CHECK(answer.body == "hello");
    CHECK(answer.done);
  }
}

TEST_CASE("a connection is used again after a whole answer") {
  ScriptedUpstream upstream([](Peer& peer) {
    while (!peer.read_request().empty())
      peer.send(http_answer("ok"));
  });
  Loop loop;
  loop.run([&]() -> net::Task<void> {
    for (int i = 0; i < 5; ++i) {
      const Answer answer = co_await ask(*loop.client, upstream.url());
      CHECK(answer.body == "ok");
    }
  });
  CHECK(upstream.connections() == 1);
  CHECK(loop.client->idle_connections() == 1);
  loop.client->close_idle();
}

TEST_CASE("a kept connection that died meanwhile is replaced once, before any answer") {
  std::atomic<int> requests = 0;
  ScriptedUpstream upstream([&](Peer& peer) {
    if (peer.read_request().empty()) return;
    ++requests;
    peer.send(http_answer("ok"));
    // The first connection takes the second request and dies of it.
    if (requests == 1) peer.read_request();
    if (requests > 1) peer.read_request();
  });
  Loop loop;
  loop.run([&]() -> net::Task<void> {
    for (int i = 0; i < 2; ++i) {
      const Answer answer = co_await ask(*loop.client, upstream.url());
      CHECK(answer.sent.has_value());
      CHECK(answer.body == "ok");
    }
  });
  CHECK(upstream.connections() == 2);
  loop.client->close_idle();
}

TEST_CASE("a fresh connection that dies without an answer is not tried again") {
  ScriptedUpstream upstream([](Peer& peer) { peer.read_request(); });
  Loop loop;
  loop.run([&]() -> net::Task<void> {
    const Answer answer = co_await ask(*loop.client, upstream.url());
    REQUIRE_FALSE(answer.sent.has_value());
    CHECK(answer.sent.error().code == ErrorCode::upstream_bad_response);
    CHECK(answer.sent.error().message == "the upstream closed the connection without an answer");
  });
  CHECK(upstream.connections() == 1);
}

TEST_CASE("nobody listening is a clear failure that names no address to the client") {
  int port = 0;
  {
    ScriptedUpstream gone([](Peer&) {});
    port = gone.port();
  }
  Loop loop;
  loop.run([&]() -> net::Task<void> {
    const Answer answer =
        co_await ask(*loop.client, "http://127.0.0.1:" + std::to_string(port) + "/v1");
    REQUIRE_FALSE(answer.sent.has_value());
    CHECK(answer.sent.error().code == ErrorCode::upstream_unreachable);
    CHECK(answer.sent.error().message.find("127.0.0.1") == std::string::npos);
    CHECK(answer.sent.error().hint.find(std::to_string(port)) != std::string::npos);
  });
}

struct Fault {
  const char* bytes;
  ErrorCode code;
};

TEST_CASE("malformed and broken-off answers are clear failures and close the connection") {
  const Fault faults[] = {
      {"", ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nContent-Le", ErrorCode::upstream_bad_response},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
       ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
       ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
       ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
       ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n", ErrorCode::upstream_bad_response},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", ErrorCode::upstream_bad_response},
      {"HTTP/1.1 101 Switching\r\n\r\n", ErrorCode::upstream_bad_response},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.bytes);
    const Answer answer = ask_once([&](Peer& peer) {
      peer.read_request();
      peer.send(fault.bytes);
    });
    CHECK_FALSE(answer.done);
    const Status& failed = answer.sent ? answer.read : answer.sent;
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == fault.code);
  }
}

TEST_CASE("a flood of interim answers and a head without end are refused at their bounds") {
  const Answer flood = ask_once([](Peer& peer) {
    peer.read_request();
    for (int i = 0; i < 1000; ++i)
      if (!peer.send("HTTP/1.1 100 Continue\r\n\r\n")) break;
    peer.wait_closed();
  });
  CHECK_FALSE(flood.sent.has_value());
  const Answer bomb = ask_once([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 10'000; ++i)
      if (!peer.send("X: " + std::string(1000, 'x') + "\r\n")) break;
  });
  CHECK_FALSE(bomb.sent.has_value());
}

TEST_CASE("a reset in mid-body is a failure") {
  const Answer answer = ask_once([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    usleep(50'000);
    peer.reset();
  });
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.read.has_value());
}

TEST_CASE("a stall before the head and one within the body end in a timeout") {
  const Answer before = ask_once([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  CHECK(before.sent.error().code == ErrorCode::upstream_timeout);
  CHECK(before.sent.error().message == "the upstream did not answer in time");
  const Answer within = ask_once([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    peer.wait_closed();
  });
  CHECK(within.body == "hello");
  CHECK(within.read.error().code == ErrorCode::upstream_timeout);
}

TEST_CASE("a refusal sent before the body was read arrives") {
  ScriptedUpstream upstream([](Peer& peer) {
    peer.send(
        http_answer("too large", "text/plain", "413 Payload Too Large", "Connection: close\r\n"));
    usleep(100'000);
  });
  Loop loop;
  loop.run([&]() -> net::Task<void> {
    const Answer answer = co_await ask(*loop.client, upstream.url(), std::string(8 << 20, 'x'));
    CHECK(answer.status == 413);
  });
}

TEST_CASE("an aborted call closes its connection at once") {
  std::atomic<bool> closed = false;
  ScriptedUpstream upstream([&](Peer& peer) {
    peer.read_request();
    closed = peer.wait_closed(2000);
  });
  Loop loop;
  loop.run([&]() -> net::Task<void> {
    const auto url = http::parse_url(upstream.url());
    Request request;
    request.url = &*url;
    request.head = "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
    Call call(*loop.client);
    net::Timer later(loop.context.get_executor(), std::chrono::milliseconds(50));
    later.async_wait([&](net::error_code) { call.abort(); });
    const auto before = net::Clock::now();
    const Status sent = co_await call.send(request);
    CHECK(sent.error().code == ErrorCode::client_closed);
    CHECK(net::Clock::now() - before < std::chrono::milliseconds(150));
  });
  CHECK(loop.client->idle_connections() == 0);
}

TEST_CASE("redirects are an answer like any other and are not followed") {
  const Answer answer = ask_once([](Peer& peer) {
    peer.read_request();
    peer.send(http_answer("", "text/html", "302 Found", "Location: http://127.0.0.1:1/\r\n"));
  });
  CHECK(answer.status == 302);
}

}  // namespace
}  // namespace litegw::upstream
