#include "daemon/net/transport.h"

#include <csignal>
#include <string>
#include <thread>

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

#include "daemon/net/await_callback.h"
#include "daemon/net/peer_watch.h"
#include "daemon/net/task_group.h"

using namespace litegw;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// One stream to be tested and the bare descriptor of its peer.
struct Pair {
  explicit Pair(asio::io_context& io) {
    int both[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both) == 0);
    stream = std::make_unique<net::Transport>(io.get_executor(), AF_UNIX, both[0]);
    peer = both[1];
  }
  ~Pair() { hang_up(); }
  void hang_up() {
    if (peer >= 0) ::close(peer);
    peer = -1;
  }
  std::unique_ptr<net::Transport> stream;
  int peer = -1;
};

void run(asio::io_context& io, net::Task<void> task) {
  net::TaskGroup tasks(io.get_executor());
  tasks.spawn("test", std::move(task));
  io.run_for(2s);
  CHECK(tasks.size() == 0);
}

}  // namespace

TEST_CASE("a stream writes more than the kernel takes at once, as the peer reads it") {
  asio::io_context io(1);
  Pair pair(io);
  const std::string sent(1 << 20, 'x');
  std::string received;
  std::thread reader([&] {
    std::string part(4096, '\0');
    while (received.size() < sent.size() + 4) {
      const ssize_t count = ::recv(pair.peer, part.data(), part.size(), MSG_DONTWAIT);
      if (count > 0) received.append(part, 0, static_cast<std::size_t>(count));
      if (count < 0) std::this_thread::sleep_for(100us);
    }
  });
  auto task = [&]() -> net::Task<void> {
    std::array<asio::const_buffer, 3> pieces{asio::buffer("ab", 2), asio::buffer(sent),
                                             asio::buffer("cd", 2)};
    auto [ec] = co_await pair.stream->write(std::span<asio::const_buffer>(pieces));
    CHECK_FALSE(ec);
  };
  run(io, task());
  reader.join();
  CHECK(received == "ab" + sent + "cd");
}

TEST_CASE("an aborted stream fails what is under way and what comes later") {
  asio::io_context io(1);
  net::DeadlineWheel wheel(io.get_executor());
  Pair pair(io);
  auto task = [&]() -> net::Task<void> {
    net::Deadline deadline(wheel, [&] { pair.stream->abort(); });
    deadline.expires_after(20ms);
    char byte = 0;
    auto [ec, count] = co_await pair.stream->read_some(asio::buffer(&byte, 1));
    CHECK(ec == asio::error::operation_aborted);
    CHECK(deadline.expired());
    auto [again, none] = co_await pair.stream->read_some(asio::buffer(&byte, 1));
    CHECK(again == asio::error::operation_aborted);
    auto [write_ec] = co_await pair.stream->write("x");
    CHECK(write_ec == asio::error::operation_aborted);
    CHECK(count + none == 0);
  };
  run(io, task());
}

TEST_CASE("a watch tells within 100 ms that the peer has gone, once, and takes no bytes") {
  asio::io_context io(1);
  net::DeadlineWheel wheel(io.get_executor());
  Pair pair(io);
  net::PeerWatch watch(*pair.stream, wheel);
  int gone = 0;
  const auto start = net::Clock::now();
  std::chrono::nanoseconds noticed{};
  watch.start([&] {
    ++gone;
    noticed = net::Clock::now() - start;
  });
  SUBCASE("the peer closes at once") {
    pair.hang_up();
  }
  SUBCASE("the peer ends its side only") {
    ::shutdown(pair.peer, SHUT_WR);
  }
  SUBCASE("the peer closes while the watch sleeps on the socket") {
    io.run_for(60ms);
    CHECK(gone == 0);
    pair.hang_up();
  }
  io.run_for(150ms);
  CHECK(gone == 1);
  CHECK(noticed < 160ms);
}

TEST_CASE("pipelined bytes are not taken for a peer that has gone, and stay to be read") {
  asio::io_context io(1);
  net::DeadlineWheel wheel(io.get_executor());
  Pair pair(io);
  net::PeerWatch watch(*pair.stream, wheel);
  bool gone = false;
  watch.start([&] { gone = true; });
  io.run_for(50ms);
  REQUIRE(::send(pair.peer, "next", 4, 0) == 4);
  io.run_for(80ms);
  CHECK_FALSE(gone);
  watch.stop();
  auto task = [&]() -> net::Task<void> {
    std::array<char, 16> bytes{};
    auto [ec, count] = co_await pair.stream->read_some(asio::buffer(bytes));
    CHECK(std::string_view(bytes.data(), count) == "next");
    CHECK_FALSE(ec);
  };
  run(io, task());
}

TEST_CASE("a stopped watch does not call, and may be started again") {
  asio::io_context io(1);
  net::DeadlineWheel wheel(io.get_executor());
  Pair pair(io);
  net::PeerWatch watch(*pair.stream, wheel);
  int first = 0, second = 0;
  watch.start([&] { ++first; });
  io.run_for(60ms);
  watch.stop();
  watch.start([&] { ++second; });
  pair.hang_up();
  io.run_for(120ms);
  CHECK(first == 0);
  CHECK(second == 1);
}

TEST_CASE("a callback from another thread resumes the coroutine on its own loop") {
  asio::io_context io(1);
  std::thread other;
  std::thread::id resumed;
  int value = 0;
  auto task = [&]() -> net::Task<void> {
    auto start = [&](std::function<void(int)> done) {
      other = std::thread([done = std::move(done)] { done(7); });
    };
    value = co_await net::await_callback<int>(io.get_executor(), start);
    resumed = std::this_thread::get_id();
  };
  run(io, task());
  other.join();
  CHECK(value == 7);
  CHECK(resumed == std::this_thread::get_id());
}
