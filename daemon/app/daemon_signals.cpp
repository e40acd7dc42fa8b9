// Signals, drain and watchdog.
#include <csignal>

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>

#include "daemon/app/daemon.h"
#include "daemon/app/log.h"

namespace litegw::app {
namespace {

constexpr milliseconds drain_look{20};
constexpr milliseconds store_look{500};
// For streams that have been told to end: to write their last event and their row.
constexpr milliseconds cut_time{1500};

}  // namespace

void Daemon::wait_for_signal() {
  signals_.async_wait([this](net::error_code ec, int number) {
    if (ec) return;
    on_signal(number);
    wait_for_signal();
  });
}

void Daemon::on_signal(int number) {
  if (number == SIGHUP) {
    reload([](const control::ReloadView&) {});
    return;
  }
  if (number == SIGUSR1) {
    if (const Status reopened = reopen_log(); !reopened)
      spdlog::error("log file not reopened error=\"{}\"", reopened.error().message);
    return;
  }
  if (draining_) {
    cut_and_stop();
    return;
  }
  begin_drain();
}

// Systemd hears from us only if every loop and the store's writer are alive.
void Daemon::watch_loops() {
  const auto interval = notify_.watchdog_interval();
  if (!interval) return;
  loop_answered_.assign(loops_.size(), false);
  for (std::size_t i = 0; i < loops_.size(); ++i)
    loops_[i]->post([this, i](server::Loop&) {
      net::asio::post(io_, [this, i] { loop_answered_[i] = true; });
    });
  watchdog_timer_.expires_after(*interval / 2);
  watchdog_timer_.async_wait([this, interval](net::error_code ec) {
    if (ec) return;
    const bool loops_alive =
        std::find(loop_answered_.begin(), loop_answered_.end(), false) == loop_answered_.end();
    const bool writer_alive = milliseconds(store_->info().lag_ms) < *interval;
    if (loops_alive && writer_alive) notify_.watchdog();
    watch_loops();
  });
}

// A store that gave up writes nothing until it is opened anew: what running streams cost could not
// be written down either, so they end now.
void Daemon::watch_store() {
  store_timer_.expires_after(store_look);
  store_timer_.async_wait([this](net::error_code ec) {
    if (ec) return;
    if (!store_->failed()) {
      watch_store();
      return;
    }
    spdlog::critical("the store cannot be written any more, stopping exit={}", exit_store);
    exit_code_ = exit_store;
    if (!draining_) begin_drain();
    cut_and_stop();
  });
}

void Daemon::begin_drain() {
  draining_ = true;
  const Duration grace = snapshot_.config->server.drain_timeout;
  drain_until_ = net::Clock::now() + grace;
  spdlog::info("draining connections={} streams={} drain_timeout={}", counters().connections,
               counters().active_streams, to_text(grace));
  notify_.stopping("draining");
  notify_.extend_timeout(grace + seconds(10));
  for (auto& loop : loops_)
    loop->post([](server::Loop& self) { self.drain(); });
  drain_timer_.expires_after(drain_look);
  drain_timer_.async_wait([this](net::error_code ec) {
    if (!ec) check_drained();
  });
}

void Daemon::check_drained() {
  const std::uint64_t left = counters().connections;
  const bool late = net::Clock::now() >= drain_until_;
  if (left == 0 || (late && cut_)) {
    if (left > 0) spdlog::warn("connections cut off at the end of the drain left={}", left);
    stop_loops();
    return;
  }
  if (late) {
    cut_and_stop();
    return;
  }
  drain_timer_.expires_after(drain_look);
  drain_timer_.async_wait([this](net::error_code ec) {
    if (!ec) check_drained();
  });
}

void Daemon::cut_and_stop() {
  if (cut_) {
    stop_loops();
    return;
  }
  cut_ = true;
  spdlog::warn("ending streams active={}", counters().active_streams);
  for (auto& loop : loops_)
    loop->post([](server::Loop& self) { self.interrupt(server::Interruption::shutdown); });
  drain_until_ = net::Clock::now() + cut_time;
  drain_timer_.expires_after(drain_look);
  drain_timer_.async_wait([this](net::error_code ec) {
    if (!ec) check_drained();
  });
}

void Daemon::stop_loops() {
  drain_timer_.cancel();
  watchdog_timer_.cancel();
  store_timer_.cancel();
  signals_.cancel();
  for (auto& loop : loops_)
    loop->post([](server::Loop& self) { self.stop(); });
  io_.stop();
}

}  // namespace litegw::app
