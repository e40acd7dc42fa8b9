#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/store/filter.h"
#include "daemon/store/migrations.h"
#include "daemon/store/store_impl.h"

namespace litegw::store {
namespace {

namespace fs = std::filesystem;
using requestlog::Row;

constexpr std::uint64_t state_map = 64ull << 30;
constexpr std::uint64_t state_reserve = 64ull << 20;
// Of one part of a look through the rows.
constexpr std::size_t part_rows = 1000;
constexpr auto part_time = std::chrono::milliseconds(10);
constexpr auto hour_closes_after = std::chrono::minutes(2);
// Each start has its own block of hold numbers, so that none comes again.
constexpr int hold_number_bits = 40;

Status make_folder(const std::string& path) {
  std::error_code failure;
  fs::path folder(path);
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), failure);
  bool made = !failure && ::mkdir(path.c_str(), 0700) == 0;
  int why = errno;
  if (!made && !fs::is_directory(folder, failure))
    return make_error(ErrorCode::store_unavailable,
                      fmt::format("cannot make the store folder {}: {}", path,
                                  failure && why == 0 ? failure.message() : std::strerror(why)),
                      "set store.path to a folder that litegwd may write to");
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    return make_error(
        ErrorCode::store_unavailable,
        fmt::format("cannot write to the store folder {}: {}", path, std::strerror(errno)),
        "run litegwd as the user who owns that folder, or set store.path");
  return {};
}

// Reserves disk blocks past the end of the file, so that a disk that fills up later still lets
// money be written. A small disk gives an eighth of what it has free.
void reserve_blocks(const std::string& file) {
  int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  struct stat status {};
  struct statvfs disk {};
  if (descriptor < 0) return;
  if (::fstat(descriptor, &status) == 0 && ::fstatvfs(descriptor, &disk) == 0) {
    std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    std::uint64_t wanted = std::min(state_reserve, free / 8);
    if (static_cast<std::uint64_t>(status.st_blocks) * 512 < wanted &&
        ::fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(wanted)) != 0 &&
        errno != EOPNOTSUPP)
      spdlog::warn("store: cannot reserve {} bytes: {}", wanted, std::strerror(errno));
  }
  ::close(descriptor);
}

std::uint64_t file_blocks(const std::string& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512
                                            : 0;
}

std::uint64_t begin_hold_numbers(WriteTxn& txn, MDB_dbi meta) {
  std::optional<std::string_view> last = txn.get(meta, "starts");
  std::uint64_t starts = (last ? from_big_endian(*last) : 0) + 1;
  txn.put(meta, "starts", big_endian(starts));
  return starts << hold_number_bits;
}

}  // namespace

Status Store::Impl::open_tables() {
  WriteTxn txn(state->raw());
  meta = txn.open_table("meta");
  keys.open(txn);
  owners.open(txn);
  names.open(txn);
  spend.open(txn);
  money.open(txn);
  unsettled_charges.open(txn);
  audit.open(txn);
  key_count = keys.count(txn);
  if (std::optional<std::string_view> sequence = txn.get(meta, "sequence"))
    committed_sequence = from_big_endian(*sequence);
  last_hold = begin_hold_numbers(txn, meta);
  if (int code = txn.commit(); code != 0) return lmdb_error(code, "cannot open the store's tables");
  return {};
}

StateWriter::Hooks Store::Impl::hooks() {
  StateWriter::Hooks out;
  out.started = [this] {
    reserve_blocks(path + "/state/data.mdb");
    state->forget_dead_readers();
  };
  out.add_requests = [this](WriteTxn& txn, StateWriter::Requests& requests) {
    add_requests(txn, requests);
  };
  out.probe = [this](WriteTxn& txn) {
    txn.put(meta, "probe", to_rfc3339(wall_clock(), true));
  };
  out.not_committed = [this] {
    names.forget();
  };
  out.committed = [this](std::vector<Row>& rows) {
    committed_sequence = rows.back().sequence;
    log_writer->enqueue(rows);
  };
  out.every_minute = [this] {
    state->forget_dead_readers();
  };
  out.tidy = [this](WriteTxn& txn) {
    return money.fold(txn, hour_of(wall_clock() - hour_closes_after));
  };
  return out;
}

Status Store::Impl::start() {
  committed_sequence = std::max(committed_sequence, segments->last_sequence());
  std::vector<Row> rows;
  if (Status settled = settle_dead_holds(rows); !settled) return settled.error();
  log_writer = std::make_unique<LogWriter>(*segments);
  if (!rows.empty()) log_writer->enqueue(rows);
  state_writer = std::make_unique<StateWriter>(*state, hooks());
  return {};
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& path,
                                           const config::StoreSettings& store,
                                           const config::RequestLogSettings& log) {
  if (Status made = make_folder(path); !made) return made.error();
  Result<LockFile> lock = LockFile::take(path + "/lock");
  if (!lock) return lock.error();
  auto impl = std::make_unique<Impl>(path, std::move(*lock), store);
  std::error_code failure;
  fs::create_directory(path + "/state", failure);
  fs::permissions(path + "/state", fs::perms::owner_all, failure);
  Result<std::unique_ptr<Environment>> state =
      Environment::open(path + "/state", {.map_size = state_map});
  if (!state) return state.error();
  impl->state = std::move(*state);
  if (Status migrated = migrate(*impl->state, path, wall_clock()); !migrated)
    return migrated.error();
  if (Status opened = impl->open_tables(); !opened) return opened.error();
  Result<std::unique_ptr<Segments>> segments = Segments::open(path + "/log", log);
  if (!segments) return segments.error();
  impl->segments = std::move(*segments);
  if (Status started = impl->start(); !started) return started.error();
  Result<std::unique_ptr<Continuity>> continuity = Continuity::open(path + "/continuity");
  if (continuity)
    impl->continuity = std::move(*continuity);
  else
    spdlog::warn("continuity store: {}; reasoning is not kept between turns",
                 continuity.error().message);
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

bool Store::accepts_requests() const {
  if (impl_->on_full == config::OnFull::allow) return true;
  return !impl_->state_writer->full() && !impl_->state_writer->failed() &&
         !impl_->state_writer->crowded() && !impl_->log_writer->full();
}

Status Store::scan(RowScan& scan) const {
  const Filter& filter = scan.filter;
  bool forwards = filter.after_sequence != 0 || filter.from_start;
  auto until = std::chrono::steady_clock::now() + part_time;
  std::size_t looked = 0;
  bool over = filter.limit == 0, paused = false;
  auto look = [&](Row&& row) {
    scan.sequence = row.sequence;
    over = !forwards && filter.since && ended_before(row, *filter.since);
    if (over) return false;
    if (matches(row, filter)) scan.found.push_back(std::move(row));
    over = scan.found.size() >= filter.limit;
    ++looked;
    paused = looked == part_rows || (looked % 64 == 0 && std::chrono::steady_clock::now() > until);
    return !over && !paused;
  };
  Status read;
  if (!over && forwards)
    read = impl_->segments->read_after(std::max(scan.sequence, filter.after_sequence), look);
  else if (!over)
    read = impl_->segments->read_backwards(scan.sequence, look);
  if (!read) return read.error();
  scan.done = over || !paused;
  if (scan.done && !forwards) std::reverse(scan.found.begin(), scan.found.end());
  return {};
}

Result<std::vector<Row>> Store::rows(const Filter& filter) const {
  RowScan part(filter);
  while (!part.done)
    if (Status read = scan(part); !read) return read.error();
  return std::move(part.found);
}

Result<std::optional<Row>> Store::row(std::string_view id) const {
  return impl_->segments->find(id);
}
std::uint64_t Store::last_sequence() const {
  return impl_->log_writer->last_sequence();
}
void Store::on_rows_committed(std::function<void(std::uint64_t)> listener) {
  impl_->log_writer->set_listener(std::move(listener));
}
Result<std::vector<Sum>> Store::sums(const std::vector<std::string>& by, std::optional<Time> since,
                                     std::optional<Time> until) const {
  return impl_->spend.sums(*impl_->state, by, since, until);
}
Result<std::vector<std::string>> Store::check() const {
  const Impl& impl = *impl_;
  std::vector<std::string> problems;
  // Before the sums: rows that come meanwhile make those more, never less.
  std::uint64_t rows = impl.segments->rows();
  if (Status keys = impl.keys.check(*impl.state, problems); !keys) return keys.error();
  if (Status owners = impl.owners.check(*impl.state, problems); !owners) return owners.error();
  {
    ReadTxn txn(impl.state->readers());
    if (Status spend = impl.spend.check(txn, problems); !spend) return spend.error();
    MoneyTable::Costs costs;
    Status read =
        impl.spend.each_cost(txn, [&](std::uint32_t hour, std::string_view members, Money cost) {
          if (!cost.is_zero()) costs[hour][std::string(members)] += cost;
        });
    if (!read) return read.error();
    if (Status money = impl.money.check(txn, costs, problems); !money) return money.error();
  }
  // A damaged counter is among the problems already, and no reason to look at nothing else.
  const Result<std::vector<budget::Counter>> counted = counters();
  const std::vector<budget::Counter> none;
  if (Status charges =
          impl.unsettled_charges.check(*impl.state, counted ? *counted : none, problems);
      !charges)
    return charges.error();
  Result<std::vector<Sum>> all = sums({}, std::nullopt, std::nullopt);
  if (!all) return all.error();
  std::int64_t summed = all->empty() ? 0 : all->front().requests;
  // The log may have been dropped, or lost its last rows to a kill; the sums never know less.
  if (rows > static_cast<std::uint64_t>(summed))
    problems.push_back(fmt::format("{} rows, but only {} requests in the sums", rows, summed));
  return problems;
}

Continuity* Store::continuity() const {
  return impl_->continuity.get();
}
Captures& Store::captures() const {
  return impl_->captures;
}

StoreInfo Store::info() const {
  StoreInfo out;
  out.state_bytes = file_blocks(impl_->path + "/state/data.mdb");
  out.log_bytes = impl_->segments->bytes();
  struct statvfs disk {};
  if (::statvfs(impl_->path.c_str(), &disk) == 0)
    out.free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  out.keys = key_count();
  out.rows = impl_->segments->rows();
  out.queued = impl_->state_writer->queued() + impl_->log_writer->queued();
  out.unsettled = impl_->unsettled;
  out.dropped = impl_->state_writer->dropped() + impl_->log_writer->dropped();
  out.lag_ms = std::max(impl_->state_writer->lag_ms(), impl_->log_writer->lag_ms());
  out.full = impl_->state_writer->full() || impl_->log_writer->full();
  out.failed = failed();
  out.version = store_version;
  return out;
}

bool Store::failed() const {
  return impl_->state_writer->failed();
}

void Store::flush() {
  impl_->state_writer->flush();
  impl_->log_writer->flush();
}

Status Store::backup(const std::string& file) const {
  int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return make_error(errno == EEXIST ? ErrorCode::already_exists : ErrorCode::io_error,
                      fmt::format("cannot make {}: {}", file, std::strerror(errno)),
                      "name a file that does not exist yet, in a folder that litegwd may write to");
  int code = mdb_env_copyfd2(impl_->state->raw(), descriptor, MDB_CP_COMPACT);
  if (code == 0 && ::fsync(descriptor) != 0) code = errno;
  ::close(descriptor);
  if (code == 0) return {};
  ::unlink(file.c_str());
  return lmdb_error(code, "cannot write " + file);
}

}  // namespace litegw::store
