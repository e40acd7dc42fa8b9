#include "daemon/store/store.h"

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

#include "daemon/store/audit_table.h"
#include "daemon/store/filter.h"
#include "daemon/store/key_table.h"
#include "daemon/store/lock_file.h"
#include "daemon/store/log_writer.h"
#include "daemon/store/migrations.h"
#include "daemon/store/segments.h"
#include "daemon/store/spend_table.h"
#include "daemon/store/state_writer.h"

namespace litegw::store {
namespace {

namespace fs = std::filesystem;
using auth::VirtualKey;
using requestlog::Row;

constexpr std::uint64_t state_map = 64ull << 30;
constexpr std::uint64_t state_reserve = 64ull << 20;

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

// Hashes say nothing to who reads an audit entry.
Json without_hashes(const VirtualKey& key) {
  Json record = auth::to_record(key);
  record.erase("hash");
  record.erase("old_hash");
  return record;
}

AuditEntry entry_for(std::string actor, const char* action, const VirtualKey& key) {
  AuditEntry entry;
  entry.time = wall_clock();
  entry.actor = std::move(actor);
  entry.action = action;
  entry.target = key.id;
  entry.target_name = key.name;
  return entry;
}

}  // namespace

struct Store::Impl {
  Impl(std::string store_path, LockFile taken, const config::StoreSettings& settings)
      : path(std::move(store_path)), on_full(settings.on_full), lock(std::move(taken)) {}
  ~Impl() {
    state_writer.reset();  // hands its last rows to the log writer
    log_writer.reset();
  }

  Status open_tables();
  void start();
  StateWriter::Hooks hooks();

  std::string path;
  config::OnFull on_full;
  LockFile lock;
  std::unique_ptr<Environment> state;
  KeyTable keys;
  SpendTable spend;
  AuditTable audit;
  MDB_dbi meta = 0;
  std::uint64_t committed_sequence = 0;  // state writer's thread
  std::atomic<std::uint64_t> key_count{0};
  std::unique_ptr<Segments> segments;
  std::unique_ptr<LogWriter> log_writer;
  std::unique_ptr<StateWriter> state_writer;
};

Status Store::Impl::open_tables() {
  WriteTxn txn(state->raw());
  meta = txn.open_table("meta");
  keys.open(txn);
  spend.open(txn);
  audit.open(txn);
  key_count = keys.count(txn);
  if (std::optional<std::string_view> sequence = txn.get(meta, "sequence"))
    committed_sequence = from_big_endian(*sequence);
  if (int code = txn.commit(); code != 0) return lmdb_error(code, "cannot open the store's tables");
  return {};
}

StateWriter::Hooks Store::Impl::hooks() {
  StateWriter::Hooks out;
  out.started = [this] {
    reserve_blocks(path + "/state/data.mdb");
    state->forget_dead_readers();
  };
  out.add_rows = [this](WriteTxn& txn, std::vector<Row>& rows) {
    std::uint64_t sequence = committed_sequence;
    for (Row& row : rows)
      row.sequence = ++sequence;
    spend.add(txn, rows);
    txn.put(meta, "sequence", big_endian(sequence));
  };
  out.probe = [this](WriteTxn& txn) {
    txn.put(meta, "probe", to_rfc3339(wall_clock(), true));
  };
  out.not_committed = [this] {
    spend.forget_names();
  };
  out.committed = [this](std::vector<Row> rows) {
    committed_sequence = rows.back().sequence;
    log_writer->enqueue(std::move(rows));
  };
  out.every_minute = [this] {
    state->forget_dead_readers();
  };
  return out;
}

void Store::Impl::start() {
  committed_sequence = std::max(committed_sequence, segments->last_sequence());
  log_writer = std::make_unique<LogWriter>(*segments);
  state_writer = std::make_unique<StateWriter>(*state, hooks());
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
  impl->start();
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<std::optional<VirtualKey>> Store::find_key(const Sha256& hash) const {
  Result<std::shared_ptr<const VirtualKey>> key = key_by_hash(hash);
  if (!key) return key.error();
  if (*key == nullptr) return std::optional<VirtualKey>();
  const VirtualKey& record = **key;
  bool current = record.hash == hash;
  bool in_grace = record.old_hash_until && wall_clock() < *record.old_hash_until;
  if (!current && !in_grace) return std::optional<VirtualKey>();
  return std::optional<VirtualKey>(record);
}

Result<std::shared_ptr<const VirtualKey>> Store::key_by_hash(const Sha256& hash) const {
  return impl_->keys.find(*impl_->state, hash);
}
Result<std::optional<VirtualKey>> Store::find_key_by(std::string_view name_or_id) const {
  return impl_->keys.find_by(*impl_->state, name_or_id);
}
Result<std::vector<VirtualKey>> Store::list_keys() const {
  return impl_->keys.list(*impl_->state);
}
std::uint64_t Store::key_count() const {
  return impl_->key_count.load(std::memory_order_relaxed);
}
std::string Store::key_label(std::string_view id) const {
  return impl_->keys.label(*impl_->state, id);
}

void Store::create_key(VirtualKey key, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, key = std::move(key), actor = std::move(actor)](WriteTxn& txn) -> Status {
    if (Status made = impl.keys.create(txn, key); !made) return made.error();
    AuditEntry entry = entry_for(actor, "key create", key);
    entry.after = without_hashes(key);
    impl.audit.add(txn, entry);
    return {};
  };
  auto counted = [&impl, done = std::move(done)](Status status) {
    if (status) impl.key_count.fetch_add(1, std::memory_order_relaxed);
    if (done) done(std::move(status));
  };
  impl.state_writer->submit(std::move(change), std::move(counted));
}

void Store::update_key(VirtualKey key, Time expected_updated, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, key = std::move(key), expected_updated,
                 actor = std::move(actor)](WriteTxn& txn) -> Status {
    Result<std::optional<VirtualKey>> before = impl.keys.get(txn, key.id);
    if (!before) return before.error();
    if (Status made = impl.keys.update(txn, key, expected_updated); !made) return made.error();
    AuditEntry entry = entry_for(actor, "key update", key);
    entry.before = without_hashes(**before);
    entry.after = without_hashes(key);
    impl.audit.add(txn, entry);
    return {};
  };
  impl.state_writer->submit(std::move(change), std::move(done));
}

void Store::remove_key(std::string id, std::string actor, Done done) {
  Impl& impl = *impl_;
  auto change = [&impl, id = std::move(id), actor = std::move(actor)](WriteTxn& txn) -> Status {
    Result<std::optional<VirtualKey>> before = impl.keys.get(txn, id);
    if (!before) return before.error();
    if (Status removed = impl.keys.remove(txn, id); !removed) return removed.error();
    AuditEntry entry = entry_for(actor, "key delete", **before);
    entry.before = without_hashes(**before);
    impl.audit.add(txn, entry);
    return {};
  };
  auto counted = [&impl, done = std::move(done)](Status status) {
    if (status) impl.key_count.fetch_sub(1, std::memory_order_relaxed);
    if (done) done(std::move(status));
  };
  impl.state_writer->submit(std::move(change), std::move(counted));
}

bool Store::record(Row row) {
  bool queued = impl_->state_writer->enqueue(std::move(row));
  return (queued || impl_->on_full == config::OnFull::allow) && accepts_requests();
}

bool Store::accepts_requests() const {
  if (impl_->on_full == config::OnFull::allow) return true;
  return !impl_->state_writer->full() && !impl_->state_writer->failed() &&
         !impl_->log_writer->full();
}

Result<std::vector<Row>> Store::rows(const Filter& filter) const {
  std::vector<Row> out;
  if (filter.limit == 0) return out;
  auto take = [&](Row&& row) {
    if (matches(row, filter)) out.push_back(std::move(row));
    return out.size() < filter.limit;
  };
  if (filter.after_sequence != 0 || filter.from_start) {
    Status read = impl_->segments->read_after(filter.after_sequence, take);
    if (!read) return read.error();
    return out;
  }
  Status read = impl_->segments->read_backwards([&](Row&& row) {
    if (filter.since && ended_before(row, *filter.since)) return false;
    return take(std::move(row));
  });
  if (!read) return read.error();
  std::reverse(out.begin(), out.end());
  return out;
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
Result<std::vector<AuditEntry>> Store::audit(const AuditFilter& filter) const {
  return impl_->audit.list(*impl_->state, filter);
}

Result<std::map<std::string, Time, std::less<>>> Store::keys_last_used() const {
  return impl_->spend.last_used(*impl_->state);
}

Result<std::vector<std::string>> Store::check() const {
  std::vector<std::string> problems;
  if (Status keys = impl_->keys.check(*impl_->state, problems); !keys) return keys.error();
  if (Status spend = impl_->spend.check(*impl_->state, problems); !spend) return spend.error();
  Result<std::vector<Sum>> all = sums({}, std::nullopt, std::nullopt);
  if (!all) return all.error();
  std::int64_t summed = all->empty() ? 0 : all->front().requests;
  // The log may have been dropped, or lost its last rows to a kill; the sums never know less.
  if (std::uint64_t rows = impl_->segments->rows(); rows > static_cast<std::uint64_t>(summed))
    problems.push_back(fmt::format("{} rows, but only {} requests in the sums", rows, summed));
  return problems;
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
