// The running program: owns the store, the event loops and the control loop (the main thread), and
// does what signals and the control socket ask for. Everything but `Loop`s lives on the main
// thread.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/signal_set.hpp>

#include "daemon/app/notify.h"
#include "daemon/app/options.h"
#include "daemon/app/startup.h"
#include "daemon/control/daemon_view.h"
#include "daemon/control/server.h"
#include "daemon/net/task.h"
#include "daemon/server/bind.h"
#include "daemon/server/loop.h"

namespace litegw::app {

class Daemon final : public control::DaemonView {
 public:
  explicit Daemon(Options options);
  ~Daemon() override;

  // Until TERM, INT or a failure; the program's exit code.
  int run();

  std::string version() const override;
  Time started() const override { return started_; }
  bool draining() const override { return draining_; }
  std::string socket_path() const override { return socket_path_; }
  std::vector<control::ListenerView> listeners() const override;
  std::size_t loops() const override { return loops_.size(); }
  control::CountersView counters() const override;
  std::shared_ptr<const config::Config> config() const override { return snapshot_.config; }
  std::shared_ptr<const ledger::PriceBook> prices() const override { return snapshot_.prices; }
  store::Store& store() override { return *store_; }
  budget::Accounts& accounts() override { return shared_->accounts; }
  void end_requests(const std::string& key_id) override;
  control::FileView read_file() const override;
  const control::ReloadView& last_reload() const override { return last_reload_; }
  void reload(std::function<void(const control::ReloadView&)> done) override;

 private:
  using ReloadDone = std::function<void(const control::ReloadView&)>;
  struct Listening {
    server::Bound bound;
    std::string wanted;  // as the configuration has it
  };
  // What a configuration needs before it can be in force.
  struct Prepared {
    server::Snapshot snapshot;
    std::vector<Listening> added;
  };

  // start
  bool start(int& exit_code);
  Status restore_accounts();
  Status open_control();
  void close_control();
  Status make_loops(std::size_t count);
  void say_what_is_served() const;
  Result<Prepared> prepare(std::shared_ptr<const config::Config> config, std::size_t loops);
  std::string status_line() const;

  // signals (daemon_signals.cpp)
  void wait_for_signal();
  void on_signal(int number);
  void watch_loops();
  void watch_store();
  void begin_drain();
  void check_drained();
  void cut_and_stop();
  void stop_loops();

  // reload (daemon_reload.cpp)
  void reload_next();
  Status swap_in(const std::shared_ptr<const config::Config>& config, control::ReloadView& view);
  void when_adopted(const std::function<void()>& done);
  void finish_reload(control::ReloadView view);

  Options options_;
  Notify notify_;
  net::asio::io_context io_;
  net::asio::basic_signal_set<net::Executor> signals_;
  net::Timer drain_timer_;
  net::Timer watchdog_timer_;
  net::Timer store_timer_;
  Time started_;
  std::string socket_path_;
  server::Snapshot snapshot_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<control::ControlServer> control_;
  std::unique_ptr<server::Shared> shared_;
  std::vector<Listening> listening_;
  std::vector<std::unique_ptr<server::Loop>> loops_;
  std::vector<std::thread> threads_;
  control::ReloadView last_reload_;
  std::vector<ReloadDone> waiting_reloads_;
  std::vector<bool> loop_answered_;  // since the last look of the watchdog
  bool reloading_ = false;
  bool draining_ = false;
  bool cut_ = false;
  int exit_code_ = 0;
  net::Clock::time_point drain_until_;
};

}  // namespace litegw::app
