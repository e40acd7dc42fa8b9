// What a Store consists of. Included by the parts of its implementation only.
#pragma once

#include <deque>
#include <mutex>

#include "daemon/store/admissions.h"
#include "daemon/store/audit_table.h"
#include "daemon/store/captures.h"
#include "daemon/store/continuity.h"
#include "daemon/store/key_table.h"
#include "daemon/store/lock_file.h"
#include "daemon/store/log_writer.h"
#include "daemon/store/money_table.h"
#include "daemon/store/name_table.h"
#include "daemon/store/owner_table.h"
#include "daemon/store/segments.h"
#include "daemon/store/spend_table.h"
#include "daemon/store/state_writer.h"
#include "daemon/store/store.h"
#include "daemon/store/unsettled_table.h"

namespace litegw::store {

struct Store::Impl {
  Impl(std::string store_path, LockFile taken, const config::StoreSettings& settings)
      : path(std::move(store_path)),
        on_full(settings.on_full),
        lock(std::move(taken)),
        captures(path + "/captures") {}
  ~Impl() {
    state_writer.reset();  // hands its last rows to the log writer
    log_writer.reset();
  }

  Status open_tables();
  Status start();
  Status settle_dead_holds(StateWriter::Rows& rows);
  StateWriter::Hooks hooks();
  void add_requests(WriteTxn& txn, StateWriter::Requests& requests);
  // An entry that is no request's; its hour is that of its time.
  void add_entry(WriteTxn& txn, const budget::Entry& entry);
  std::string name_of(WriteTxn& txn, const budget::Entry& entry);
  // The entry with an audit entry for its level.
  void adjust(WriteTxn& txn, const budget::Entry& entry, const std::string& action,
              const std::string& actor);

  // What the counters of these places say now, for an audit entry.
  Json counters_json(WriteTxn& txn, const budget::PlaceList& places);
  Status release(WriteTxn& txn, const std::vector<std::uint64_t>& holds, const std::string& actor,
                 std::vector<budget::Entry>& released);
  budget::Entry release(WriteTxn& txn, budget::UnsettledCharge charge, const std::string& actor);

  Status import(WriteTxn& txn, const std::vector<auth::VirtualKey>& new_keys,
                const std::vector<auth::Owner>& new_owners, std::vector<budget::Entry> openings,
                const std::string& actor, std::uint64_t& made);
  void open_counters(WriteTxn& txn, const budget::Entry& opening, const std::string& actor);

  std::string path;
  config::OnFull on_full;
  LockFile lock;
  std::unique_ptr<Environment> state;
  KeyTable keys;
  OwnerTable owners;
  NameTable names;
  SpendTable spend{names};
  MoneyTable money{names};
  UnsettledTable unsettled_charges;
  AuditTable audit;
  MDB_dbi meta = 0;
  std::uint64_t committed_sequence = 0;  // state writer's thread
  std::atomic<std::uint64_t> key_count{0}, last_hold{0};
  std::uint64_t unsettled = 0;
  std::mutex admissions_mutex;
  std::deque<Admissions> admissions;  // under the mutex; none ever goes
  std::atomic<const Admissions*> newest_admissions{nullptr};
  std::unique_ptr<Segments> segments;
  std::unique_ptr<LogWriter> log_writer;
  std::unique_ptr<StateWriter> state_writer;
  std::unique_ptr<Continuity> continuity;
  Captures captures;
};

}  // namespace litegw::store
