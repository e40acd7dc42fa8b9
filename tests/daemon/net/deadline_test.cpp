#include "daemon/net/deadline.h"

#include <vector>

#include <doctest/doctest.h>

using namespace litegw;
namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST_CASE("a deadline fires once, not early, and says that it has expired") {
  asio::io_context io(1);
  net::DeadlineWheel wheel(io.get_executor());
  int fired = 0;
  net::Deadline deadline(wheel, [&] { ++fired; });
  const auto start = net::Clock::now();
  deadline.expires_after(30ms);
  CHECK_FALSE(deadline.expired());
  io.run();
  CHECK(fired == 1);
  CHECK(deadline.expired());
  CHECK(net::Clock::now() - start >= 30ms);
}

TEST_CASE("a deadline moved away fires at its last setting, a cleared or destroyed one never") {
  asio::io_context io(1);
  net::DeadlineWheel wheel(io.get_executor());
  std::vector<char> fired;
  net::Deadline later(wheel, [&] { fired.push_back('l'); });
  net::Deadline sooner(wheel, [&] { fired.push_back('s'); });
  net::Deadline cleared(wheel, [&] { fired.push_back('c'); });
  later.expires_after(10ms);
  later.expires_after(60ms);
  sooner.expires_after(10h);
  sooner.expires_after(20ms);
  cleared.expires_after(10ms);
  cleared.clear();
  {
    net::Deadline destroyed(wheel, [&] { fired.push_back('d'); });
    destroyed.expires_after(10ms);
  }
  const auto start = net::Clock::now();
  io.run();
  CHECK(fired == std::vector<char>{'s', 'l'});
  CHECK(net::Clock::now() - start >= 60ms);
}

TEST_CASE("an action may set its own deadline again") {
  asio::io_context io(1);
  net::DeadlineWheel wheel(io.get_executor());
  int fired = 0;
  net::Deadline* self = nullptr;
  net::Deadline deadline(wheel, [&] {
    if (++fired < 3) self->expires_after(10ms);
  });
  self = &deadline;
  deadline.expires_after(10ms);
  io.run();
  CHECK(fired == 3);
}
