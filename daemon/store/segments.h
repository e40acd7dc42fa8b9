// The request log on disk: environments of their own by time ("segments"), each one file, dropped
// by age and by bytes through unlinking. Rows are appended by the log writer's thread and read on
// any thread; a reader keeps a segment open that was dropped meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/requestlog/row.h"
#include "daemon/store/environment.h"

namespace litegw::store {

struct Segment {
  std::string path;
  std::uint64_t first_sequence = 0;
  std::unique_ptr<Environment> environment;
  MDB_dbi rows = 0;  // sequence -> row
  MDB_dbi ids = 0;   // request id -> sequence
};

class Segments {
 public:
  // Opens what is in `folder`. A segment that cannot be opened is left alone, with a warning in the
  // daemon's log.
  static Result<std::unique_ptr<Segments>> open(const std::string& folder,
                                                const config::RequestLogSettings& settings);

  // Writer's thread. All rows or none; starts a new segment when the newest is full, broken or of
  // another day. Rows must have their sequence, rising.
  Status append(const std::vector<requestlog::Row>& rows, Time now);
  // Unlinks what is older than the retention, and the oldest while all are larger than max_size.
  void drop_old(Time now);
  void forget_dead_readers();

  using Visit = std::function<bool(requestlog::Row&& row)>;  // false = enough
  // Backwards from the last row before `before` (0 = from the newest), or forwards from the first
  // row after `after`.
  Status read_backwards(std::uint64_t before, const Visit& row) const;
  Status read_after(std::uint64_t after, const Visit& row) const;
  Result<std::optional<requestlog::Row>> find(std::string_view id) const;

  std::uint64_t last_sequence() const;  // 0 = no row
  std::uint64_t rows() const;
  std::uint64_t bytes() const;

 private:
  Segments(std::string folder, const config::RequestLogSettings& settings)
      : folder_(std::move(folder)), settings_(settings) {}
  using List = std::vector<std::shared_ptr<const Segment>>;

  std::shared_ptr<const Segment> open_segment(const std::string& path,
                                              std::uint64_t first_sequence) const;
  Status start_segment(std::uint64_t first_sequence, Time now);
  List list() const;
  std::uint64_t segment_limit() const;

  std::string folder_;
  config::RequestLogSettings settings_;
  mutable std::mutex mutex_;  // guards list_; held for a copy only
  List list_;                 // oldest first
  std::int64_t day_ = -1;     // of the newest segment; writer's thread
  bool newest_broken_ = false;
};

}  // namespace litegw::store
