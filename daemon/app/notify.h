// sd_notify(3) without libsystemd: one datagram to $NOTIFY_SOCKET, a path or an abstract name. Does
// nothing when systemd did not start us. Main thread only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace litegw::app {

class Notify {
 public:
  Notify();  // reads NOTIFY_SOCKET and WATCHDOG_USEC

  void ready(std::string_view status) const;
  void reloading() const;
  void stopping(std::string_view status) const;
  void status(std::string_view text) const;
  void watchdog() const;
  void extend_timeout(std::chrono::microseconds time) const;

  // How often the watchdog wants to hear from us; nullopt = there is none.
  std::optional<std::chrono::microseconds> watchdog_interval() const { return watchdog_interval_; }

 private:
  void send(const std::string& text) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_interval_;
};

}  // namespace litegw::app
