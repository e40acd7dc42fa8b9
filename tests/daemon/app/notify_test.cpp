#include "daemon/app/notify.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/net/descriptor.h"

using namespace litegw;

TEST_CASE("systemd hears of readiness, reload, end and life, also on an abstract socket") {
  const std::string name = "litegw-notify-" + std::to_string(::getpid());
  net::Descriptor manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  REQUIRE(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  auto heard = [&manager] {
    char text[256];
    const ssize_t count = ::recv(manager.get(), text, sizeof text, 0);
    return count < 0 ? std::string("(nothing)")
                     : std::string(text, static_cast<std::size_t>(count));
  };
  ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  ::setenv("WATCHDOG_USEC", "2000000", 1);
  const app::Notify notify;
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");

  CHECK(notify.watchdog_interval() == std::chrono::seconds(2));
  notify.ready("serving");
  CHECK(heard() == "READY=1\nSTATUS=serving");
  notify.reloading();
  CHECK(heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  notify.stopping("draining");
  CHECK(heard() == "STOPPING=1\nSTATUS=draining");
  notify.watchdog();
  CHECK(heard() == "WATCHDOG=1");
}

TEST_CASE("without systemd nothing is sent and no watchdog wants to hear") {
  const app::Notify notify;
  notify.ready("serving");
  CHECK_FALSE(notify.watchdog_interval().has_value());
}
