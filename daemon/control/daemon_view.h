// What the control socket may ask of the running daemon, and nothing else. daemon/app implements
// it; the control handlers call it on the control loop (the main thread), where app's own state
// lives too, so nothing here needs a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"
#include "daemon/budget/accounts.h"
#include "daemon/config/config.h"
#include "daemon/config/problem.h"
#include "daemon/ledger/price.h"
#include "daemon/store/store.h"

namespace litegw::control {

struct ListenerView {
  std::string address;  // "127.0.0.1:4000", with the port that was really bound
  bool tls = false;
};

struct ReloadView {
  Time at{};
  Status outcome;                     // an error says why the old configuration stays
  config::Report report;              // of the file as it was read: its errors and warnings
  std::vector<std::string> restarts;  // what only a restart brings: "server.listen: 127.0.0.1:4001
                                      // is no longer wanted"
  std::shared_ptr<const config::Config> before;  // what was in force until then; null at the start
  std::uint64_t generation = 1;                  // in force afterwards
};

// The configuration file as a reload would read it now.
struct FileView {
  std::shared_ptr<const config::Config> config;  // null when the report has errors
  config::Report report;
};

// Sums over all event loops.
struct CountersView {
  std::uint64_t connections = 0, accepted = 0, refused_connections = 0;
  std::uint64_t requests = 0, active_requests = 0, active_streams = 0;
};

class DaemonView {
 public:
  virtual ~DaemonView() = default;

  virtual std::string version() const = 0;
  virtual Time started() const = 0;
  virtual bool draining() const = 0;
  virtual std::string socket_path() const = 0;
  virtual std::vector<ListenerView> listeners() const = 0;
  virtual std::size_t loops() const = 0;
  virtual CountersView counters() const = 0;

  virtual std::shared_ptr<const config::Config> config() const = 0;
  virtual std::shared_ptr<const ledger::PriceBook> prices() const = 0;
  virtual store::Store& store() = 0;
  // What is spent and held, as admissions see it.
  virtual budget::Accounts& accounts() = 0;
  // Ends what runs for a key; the key itself must be refused by then.
  virtual void end_requests(const std::string& key_id) = 0;

  virtual FileView read_file() const = 0;
  // The last reload, successful or not; the start counts as the first.
  virtual const ReloadView& last_reload() const = 0;
  // Checks the file, then swaps on every loop, then calls `done` on the control loop. On any error
  // nothing changes. Requests that come meanwhile are answered after the one under way.
  virtual void reload(std::function<void(const ReloadView&)> done) = 0;
};

}  // namespace litegw::control
