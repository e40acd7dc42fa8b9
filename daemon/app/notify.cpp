#include "daemon/app/notify.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/net/descriptor.h"

namespace litegw::app {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// WATCHDOG_PID, when set, says for whom WATCHDOG_USEC is meant.
std::optional<std::chrono::microseconds> wanted_interval() {
  const std::string pid = environment("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(::getpid())) return std::nullopt;
  const long long interval = std::atoll(environment("WATCHDOG_USEC").c_str());
  if (interval <= 0) return std::nullopt;
  return std::chrono::microseconds(interval);
}

}  // namespace

Notify::Notify() : socket_(environment("NOTIFY_SOCKET")), watchdog_interval_(wanted_interval()) {}

void Notify::ready(std::string_view status) const {
  send(fmt::format("READY=1\nSTATUS={}", status));
}

void Notify::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void Notify::stopping(std::string_view status) const {
  send(fmt::format("STOPPING=1\nSTATUS={}", status));
}

void Notify::status(std::string_view text) const {
  send(fmt::format("STATUS={}", text));
}

void Notify::watchdog() const {
  send("WATCHDOG=1");
}

void Notify::extend_timeout(std::chrono::microseconds time) const {
  send(fmt::format("EXTEND_TIMEOUT_USEC={}", time.count()));
}

void Notify::send(const std::string& text) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  // An abstract name is written with '@' and begins with a zero byte.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const net::Descriptor sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!sender.valid()) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  ::sendto(sender.get(), text.data(), text.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace litegw::app
