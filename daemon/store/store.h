// The embedded store: two LMDB environments (`state`: keys and accounts; `log`: request rows), each
// with one writer thread that commits in groups. Reads are direct and may come from any thread;
// none is held across a suspension.
//
// Who calls: sessions read keys and enqueue rows from every event loop; control handlers change
// keys and wait for the commit; app opens and closes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "daemon/auth/virtual_key.h"
#include "daemon/config/config.h"
#include "daemon/requestlog/row.h"

namespace litegw::store {

// Called on the writer's thread once the change is on disk, or with what went wrong.
using Done = std::function<void(Status)>;

struct Filter {  // of request rows; empty members do not restrict
  std::optional<Time> since, until;
  std::uint64_t after_sequence = 0;
  std::string key, user, team, model, provider, user_agent, text;
  std::vector<std::string> statuses;  // "error", "4xx", "429"
  std::optional<Money> min_cost;
  std::optional<Duration> min_latency;
  bool stream_only = false;
  std::size_t limit = 50;
};

// Sums of rows with equal `by` members.
struct Sum {
  std::vector<std::string> by;
  std::int64_t requests = 0, errors = 0, unpriced = 0;
  ledger::Usage usage;
  Money cost;
};

struct StoreInfo {
  std::uint64_t state_bytes = 0, log_bytes = 0, free_bytes = 0;
  std::uint64_t keys = 0, rows = 0, queued = 0, dropped = 0;
  std::int64_t lag_ms = 0;  // age of the oldest queued item
  bool full = false;
};

class Store {
 public:
  // Creates the folder (0700) and both environments, or migrates them. Fails with
  // store_unavailable: not writable, locked by another daemon (its pid), written by a newer version
  // (both versions).
  static Result<std::unique_ptr<Store>> open(const std::string& path,
                                             const config::StoreSettings& store,
                                             const config::RequestLogSettings& log);
  ~Store();  // commits what is queued
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // ---- keys; all reads from LMDB, no cache: a change counts from the next request on
  Result<std::optional<auth::VirtualKey>> find_key(
      const Sha256& hash) const;  // also by a still valid old hash
  Result<std::optional<auth::VirtualKey>> find_key_by(
      std::string_view name_or_id) const;  // name, id, id prefix >= 6
  Result<std::vector<auth::VirtualKey>> list_keys() const;
  std::uint64_t key_count() const;
  // Durable before `done` runs. create: already_exists on a taken name or hash. update replaces the
  // record if it is still as of `updated`, else conflict. remove keeps the rows.
  void create_key(auth::VirtualKey key, std::string actor, Done done);
  void update_key(auth::VirtualKey key, Time expected_updated, std::string actor, Done done);
  void remove_key(std::string id, std::string actor, Done done);

  // ---- request rows
  // Never blocks. False = the queue is full or the disk is, and `store.on_full` is `reject`: refuse
  // new requests.
  bool record(requestlog::Row row);
  bool accepts_requests() const;
  Result<std::vector<requestlog::Row>> rows(
      const Filter& filter) const;  // oldest first, the newest `limit` ones
  Result<std::optional<requestlog::Row>> row(std::string_view id) const;
  std::uint64_t last_sequence() const;
  // Runs on the writer's thread after each commit of rows; set once, before requests come.
  void on_rows_committed(std::function<void(std::uint64_t last_sequence)> listener);

  // ---- reports: from aggregates; `by` of key, user, team, model, provider, tag, end_user, day,
  // hour
  Result<std::vector<Sum>> sums(const std::vector<std::string>& by, std::optional<Time> since,
                                std::optional<Time> until) const;

  StoreInfo info() const;
  // Waits until all that is queued now is on disk.
  void flush();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace litegw::store
