// What clients forget between turns and providers demand back (reasoning with its signatures), in
// an LMDB environment of its own: not synced, bounded, the oldest go first. To lose it costs
// quality, never an answer, so nothing here fails a request and an unreadable store starts empty.
//
// Who calls: event loops, from any thread; neither `keep` nor `find` waits for the disk. One writer
// thread commits in groups.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "common/base/hash.h"
#include "common/base/result.h"
#include "common/base/time.h"
#include "daemon/store/environment.h"

namespace litegw::store {

// Of one tool call: what one virtual key was told by one model is nobody else's.
Sha256 continuity_key(std::string_view key_id, std::string_view model, std::string_view call_id);

struct ContinuityOptions {
  std::uint64_t map_size = 256u << 20;  // bytes; three quarters hold values
  Duration lifetime = hours(24);
};

class Continuity {
 public:
  // Makes the folder (0700). What an unclean end of the machine may have broken is thrown away.
  // Fails with store_unavailable or store_full.
  static Result<std::unique_ptr<Continuity>> open(const std::string& folder,
                                                  const ContinuityOptions& options = {});
  ~Continuity();  // commits what is queued
  Continuity(const Continuity&) = delete;
  Continuity& operator=(const Continuity&) = delete;

  // Found from now on, until it is a lifetime old. Dropped when it is over 1 MiB or too much waits
  // for the disk.
  void keep(const Sha256& key, std::string value, Time now);
  std::optional<std::string> find(const Sha256& key, Time now) const;
  void flush();                 // waits until all that is queued now is committed
  std::uint64_t count() const;  // committed values

 private:
  struct Waiting {
    std::string value;
    Time expires{};
  };
  using Values = std::map<Sha256, Waiting>;

  Continuity(std::string folder, const ContinuityOptions& options);
  Status open_tables();
  void run();
  bool wait_for_work();
  void write(const Values& values);
  void make_room(WriteTxn& txn, std::uint64_t wanted);
  bool drop_oldest(WriteTxn& txn, bool only_expired);
  std::uint64_t used_bytes(WriteTxn& txn) const;

  const std::string folder_;
  const ContinuityOptions options_;
  std::unique_ptr<Environment> environment_;
  MDB_dbi values_ = 0;             // key: number, expiry, value
  MDB_dbi order_ = 0;              // number: key, expiry
  std::uint64_t next_number_ = 1;  // writer's thread
  bool told_failure_ = false;      // writer's thread
  Time now_{};                     // writer's thread

  mutable std::mutex mutex_;
  std::condition_variable wake_, written_;
  Values waiting_, writing_;
  std::uint64_t waiting_bytes_ = 0;
  Time latest_{};  // newest time that a caller gave
  bool stopping_ = false, hurry_ = false;
  std::thread thread_;
};

}  // namespace litegw::store
