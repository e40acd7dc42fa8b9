// One event loop: a thread's io_context with its listeners, its connections and everything that
// belongs to them alone. Made and ended by app; app speaks to a running loop through `post`.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>

#include "daemon/budget/accounts.h"
#include "daemon/server/connection.h"
#include "daemon/server/listener.h"
#include "daemon/server/services.h"
#include "daemon/upstream/client.h"

namespace litegw::server {

// What a reload swaps, as one.
struct Snapshot {
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const ledger::PriceBook> prices;
  std::shared_ptr<const TlsContexts> tls;  // null = plain HTTP
};

// Shared by all loops.
struct Shared {
  // `zone` = nullptr means UTC; it must outlive this.
  explicit Shared(store::Store& opened, const date::time_zone* zone = nullptr)
      : store(opened), accounts(zone) {}
  store::Store& store;
  budget::Accounts accounts;
  std::atomic<std::uint64_t> connections{0};
};

class Loop {
 public:
  Loop(std::size_t index, Shared& shared, Snapshot snapshot);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Makes what can fail: the upstream client. Fails with config_invalid.
  Status prepare();
  void run();  // the thread's body; returns after `stop`
  // From any thread: runs `work` on the loop.
  void post(std::function<void(Loop&)> work);
  const LoopCounters& counters() const { return counters_; }

  // ---- on the loop's thread, or before it runs
  Services& services() { return services_; }
  void listen(net::Descriptor descriptor);
  void adopt(Snapshot snapshot);
  // No new connections; connections end with the answer they are giving.
  void drain();
  // Tells every connection to end its answer now.
  void interrupt(Interruption why);
  // The same for the requests of one key.
  void end_requests_of(std::string_view key_id);
  void stop();

 private:
  bool take(Accepted& accepted);
  net::Task<void> serve(Accepted accepted);
  net::Task<void> wind_down();

  net::asio::io_context io_;
  net::asio::executor_work_guard<net::Executor> work_;
  LoopCounters counters_;
  net::DeadlineWheel deadlines_;
  net::TaskGroup tasks_;
  Shared& shared_;
  std::shared_ptr<const TlsContexts> tls_;
  std::unique_ptr<upstream::Client> upstream_;
  Services services_;
  ConnectionList connections_;
  std::list<Listener> listeners_;
};

}  // namespace litegw::server
