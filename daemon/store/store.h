// The embedded store: two LMDB environments (`state`: keys and accounts; `log`: request rows), each
// with one writer thread that commits in groups. Reads are direct and may come from any thread;
// none is held across a suspension.
//
// Who calls: sessions read keys and enqueue rows from every event loop; control handlers change
// keys and wait for the commit; app opens and closes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "daemon/auth/owner.h"
#include "daemon/auth/virtual_key.h"
#include "daemon/budget/unsettled.h"
#include "daemon/config/config.h"
#include "daemon/requestlog/row.h"

namespace litegw::store {

class Admissions;
class Captures;
class Continuity;

// Called on the writer's thread once the change is on disk, or with what went wrong.
using Done = std::function<void(Status)>;

struct Filter {  // of request rows; empty members do not restrict
  std::optional<Time> since, until;
  std::uint64_t after_sequence =
      0;                    // not 0: the first `limit` rows after it, so that none is missed
  bool from_start = false;  // the first `limit` rows after `after_sequence`, also when that is 0
  std::string key, user, team, model, provider, user_agent, text;
  std::vector<std::string> statuses;  // "error", "ok", "unsettled", "4xx", "429"
  std::optional<Money> min_cost;
  std::optional<Duration> min_latency;
  bool stream_only = false;
  std::size_t limit = 50;
};

// A look through the rows in parts, so that a filter that lets few of many rows through keeps
// nobody waiting: call Store::scan until `done`.
struct RowScan {
  explicit RowScan(Filter rows) : filter(std::move(rows)) {}
  Filter filter;
  std::vector<requestlog::Row> found;  // oldest first once done; at most `filter.limit`
  bool done = false;
  // Rows up to here (from there on, when looking backwards) have been looked at; 0 = none yet.
  std::uint64_t sequence = 0;
};

// Sums of rows with equal `by` members.
struct Sum {
  std::vector<std::string> by;
  std::int64_t requests = 0, errors = 0, unpriced = 0;
  ledger::Usage usage;
  Money cost;
  std::int64_t unsettled = 0;  // requests under which litegwd died; their cost is what was held
  Money over;                  // what requests cost beyond their holds
};

// One change by an operator or by the daemon itself.
struct AuditEntry {
  std::uint64_t number = 0;  // rising; given when stored
  Time time{};
  std::string actor;   // "uid 1000"
  std::string action;  // "key create", "key update", "key delete"
  std::string target, target_name;
  Json before, after;  // the record without its hashes; null where there was or is none
};

struct AuditFilter {
  std::optional<Time> since;
  std::string actor, target;  // target: id or name
  std::size_t limit = 1000;
};

struct StoreInfo {
  std::uint64_t state_bytes = 0, log_bytes = 0, free_bytes = 0;
  std::uint64_t keys = 0, rows = 0, queued = 0, dropped = 0;
  std::uint64_t unsettled = 0;  // holds of a dead process that became charges at this start
  std::int64_t lag_ms = 0;      // age of the oldest queued item
  bool full = false;
  bool failed = false;  // LMDB gave up: nothing can be written until a restart
  int version = 0;
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
  // The same for every request: shares the parsed record while its bytes stay the same. Null =
  // there is none. Fits auth::KeyLookup.
  Result<std::shared_ptr<const auth::VirtualKey>> key_by_hash(const Sha256& hash) const;
  Result<std::optional<auth::VirtualKey>> find_key_by(
      std::string_view name_or_id) const;  // name, id, id prefix >= 6
  Result<std::vector<auth::VirtualKey>> list_keys() const;
  std::uint64_t key_count() const;
  // The name of a key, deleted ones included; the id itself when it has none.
  std::string key_label(std::string_view id) const;
  // When each key was used last, by id; keys that never were are not in it.
  Result<std::map<std::string, Time, std::less<>>> keys_last_used() const;
  // Durable before `done` runs. create: already_exists on a taken name or hash. update replaces the
  // record if it is still as of `updated`, else conflict. remove keeps the rows.
  void create_key(auth::VirtualKey key, std::string actor, Done done);
  void update_key(auth::VirtualKey key, Time expected_updated, std::string actor, Done done);
  void remove_key(std::string id, std::string actor, Done done);

  // ---- users and teams; the same rules as for keys
  // Shares the parsed record while its bytes stay the same; null = there is none. Fits
  // auth::OwnerLookup: read on every request.
  Result<auth::OwnerPtr> owner(auth::OwnerKind kind, std::string_view id) const;
  Result<std::optional<auth::Owner>> find_owner_by(auth::OwnerKind kind,
                                                   std::string_view name_or_id) const;
  Result<std::vector<auth::Owner>> list_owners(auth::OwnerKind kind) const;
  std::string owner_label(auth::OwnerKind kind, std::string_view id) const;
  void create_owner(auth::Owner owner, std::string actor, Done done);
  void update_owner(auth::Owner owner, Time expected_updated, std::string actor, Done done);
  // Refused with conflict while keys belong to it.
  void remove_owner(auth::OwnerKind kind, std::string id, std::string actor, Done done);
  // Several keys and owners in one transaction: all or nothing (import). What has the same id is
  // replaced; a key with a hash that is there already replaces that key and keeps its id, in its
  // openings too. An opening here is what the counter's openings are to be in all, so that a second
  // import adds only what was spent since the first. Additions come on top of what is there. Fails
  // with conflict when `expected_change` is no longer the last one: what is to be written was made
  // from what was read before.
  void import(std::vector<auth::VirtualKey> keys, std::vector<auth::Owner> owners,
              std::vector<budget::Entry> openings, std::vector<budget::Entry> additions,
              std::string actor, std::uint64_t expected_change, Done done);
  // The number of the newest audit entry: each change of keys, owners and counters has one.
  Result<std::uint64_t> last_change() const;

  // ---- money
  // The number of a new hold; any thread.
  std::uint64_t next_hold();
  // Journals a hold, or a draw on it: the same number replaces. Never blocks; what is settled
  // before the next commit is never written. With `done` it is committed at once (limits.journal:
  // strict).
  void hold(budget::OpenHold hold, Done done = nullptr);
  // All counters, for Accounts::restore at start. The holds of a dead process are charges by then:
  // open() settled them at their amount, each with a row flagged unsettled.
  Result<std::vector<budget::Counter>> counters() const;
  // The holds as journalled; for `budget show` and checks.
  Result<std::vector<budget::OpenHold>> holds() const;
  // An operator's change of counters, each entry with an audit entry of what its counters were and
  // are; durable before `done` runs.
  void adjust(std::vector<budget::Entry> entries, std::string action, std::string actor, Done done);
  // What holds of dead processes were charged, newest first until `visit` returns false; the newest
  // 50,000 are kept, released ones too.
  using VisitCharge = std::function<bool(const budget::UnsettledCharge& charge)>;
  Status unsettled_charges(const VisitCharge& visit) const;
  // Takes such charges, named by their holds, out of the reports and of every counter that they are
  // still in; each with an audit entry. All or none: fails with not_found, or with conflict when
  // one was released before. `done` runs on the writer's thread when it is durable, with what was
  // taken out of which counters: the amounts are negative.
  using Released = std::function<void(Result<std::vector<budget::Entry>>)>;
  void release(std::vector<std::uint64_t> holds, std::string actor, Released done);
  // Of one event loop: requests it has admitted and not journalled yet. Makes a new one; call it
  // once a loop.
  Admissions& add_admissions();
  // Age of the oldest admission, hold or row that is not on disk yet; requests wait while it is
  // above limits.journal_lag. Zero while the disk is full and `store.on_full` is `allow`. Cheap.
  std::int64_t journal_lag_ms() const;

  // ---- request rows
  // Never blocks. False = the queue is nearly full or the disk is, and `store.on_full` is `reject`:
  // refuse new requests.
  bool record(requestlog::Row row);
  // The same with what the request cost: the row's sums, the counters, the ledger and the end of
  // its hold are one transaction.
  bool record(requestlog::Row row, budget::Entry charge);
  bool accepts_requests() const;
  // Oldest first; the newest `limit` ones (see after_sequence). Reads on until it has them: on an
  // event loop use `scan`.
  Result<std::vector<requestlog::Row>> rows(const Filter& filter) const;
  // One part: 1,000 rows or 10 ms.
  Status scan(RowScan& scan) const;
  Result<std::optional<requestlog::Row>> row(std::string_view id) const;
  std::uint64_t last_sequence() const;
  // Runs on the writer's thread after each commit of rows; set once, before requests come.
  void on_rows_committed(std::function<void(std::uint64_t last_sequence)> listener);

  // ---- reports: from aggregates; `by` of key, user, team, model, provider, tag, end_user, day,
  // hour. `since` and `until` (exclusive) count by the hours they lie in, a request by the hour it
  // ended in. Members are ids (key_label gives names), days "2026-11-23", hours RFC 3339.
  Result<std::vector<Sum>> sums(const std::vector<std::string>& by, std::optional<Time> since,
                                std::optional<Time> until) const;

  Result<std::vector<AuditEntry>> audit(const AuditFilter& filter) const;

  // What providers want back on the next turn. Null when it could not be opened: nothing is kept.
  Continuity* continuity() const;
  // Request bodies that an operator asked to keep (cursor.capture).
  Captures& captures() const;

  StoreInfo info() const;
  // LMDB gave up (a failed write of its meta page): exit with 70, so that the service manager
  // starts the daemon anew.
  bool failed() const;
  // Waits until all that is queued now is on disk, or the disk is full.
  void flush();
  // What is wrong with the store, one line each; empty = nothing. While nothing is written: every
  // key is found by its indexes, days are the sums of their hours, no row is missing from the sums,
  // every counter is the sum of its ledger (folded hours and open rows).
  Result<std::vector<std::string>> check() const;
  // A consistent copy of keys, money and reports in a new file, while running. Fails with
  // already_exists or io_error.
  Status backup(const std::string& file) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace litegw::store
