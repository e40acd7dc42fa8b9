#include "daemon/store/segments.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "common/base/text.h"

namespace litegw::store {
namespace {

namespace fs = std::filesystem;
using requestlog::Row;

constexpr std::string_view extension = ".mdb";
constexpr std::uint64_t segments_in_all = 8;  // dropping the oldest gives back an eighth
constexpr std::uint64_t least_segment = 256 * 1024;
constexpr std::uint64_t most_segment = 256ull << 20;

std::string file_name(std::uint64_t first_sequence) {
  return fmt::format("{:020}{}", first_sequence, extension);
}

std::optional<std::uint64_t> sequence_in_name(const fs::path& path) {
  std::string name = path.filename().string();
  std::uint64_t sequence = 0;
  auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), sequence);
  if (failure != std::errc{} || std::string_view(end) != extension) return std::nullopt;
  return sequence;
}

std::int64_t day_of(Time time) {
  return std::chrono::floor<days>(time).time_since_epoch().count();
}

// When the segment was last written to.
Time modified(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Time{};
  return Time(seconds(status.st_mtim.tv_sec));
}

std::uint64_t disk_bytes(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512
                                            : 0;
}

void unlink_segment(const std::string& path) {
  std::error_code ignored;  // gone already is as good
  fs::remove(path, ignored);
  fs::remove(path + "-lock", ignored);
}

Result<Row> read_row(std::string_view key, std::string_view bytes) {
  Result<Row> row = requestlog::decode(bytes);
  if (row) row->sequence = from_big_endian(key);
  return row;
}

}  // namespace

Result<std::unique_ptr<Segments>> Segments::open(const std::string& folder,
                                                 const config::RequestLogSettings& settings) {
  std::unique_ptr<Segments> out(new Segments(folder, settings));
  std::error_code failure;
  fs::create_directories(folder, failure);
  fs::permissions(folder, fs::perms::owner_all, failure);
  std::vector<std::pair<std::uint64_t, std::string>> found;
  for (const fs::directory_entry& file : fs::directory_iterator(folder, failure))
    if (std::optional<std::uint64_t> sequence = sequence_in_name(file.path()))
      found.emplace_back(*sequence, file.path().string());
  if (failure)
    return make_error(ErrorCode::store_unavailable,
                      fmt::format("cannot read {}: {}", folder, failure.message()));
  std::sort(found.begin(), found.end());
  for (const auto& [sequence, path] : found)
    if (std::shared_ptr<const Segment> segment = out->open_segment(path, sequence))
      out->list_.push_back(std::move(segment));
  if (!out->list_.empty()) out->day_ = day_of(modified(out->list_.back()->path));
  return out;
}

std::uint64_t Segments::segment_limit() const {
  return std::clamp(settings_.max_size / segments_in_all, least_segment, most_segment);
}

std::shared_ptr<const Segment> Segments::open_segment(const std::string& path,
                                                      std::uint64_t first_sequence) const {
  auto segment = std::make_shared<Segment>();
  segment->path = path;
  segment->first_sequence = first_sequence;
  Result<std::unique_ptr<Environment>> environment =
      Environment::open(path, {.map_size = 4ull << 30, .tables = 4, .one_file = true});
  if (!environment) {
    spdlog::warn("request log: {}", environment.error().message);
    return nullptr;
  }
  segment->environment = std::move(*environment);
  segment->environment->forget_dead_readers();
  WriteTxn txn(segment->environment->raw());
  segment->rows = txn.open_table("rows");
  segment->ids = txn.open_table("ids");
  if (int code = txn.commit(); code != 0) {
    spdlog::warn("request log: {}", lmdb_error(code, "cannot open " + path).message);
    return nullptr;
  }
  return segment;
}

Segments::List Segments::list() const {
  std::lock_guard lock(mutex_);
  return list_;
}

Status Segments::start_segment(std::uint64_t first_sequence, Time now) {
  std::string path = fmt::format("{}/{}", folder_, file_name(first_sequence));
  // One that broke before its first row: LMDB must not open a file twice.
  if (!list_.empty() && list_.back()->path == path) {
    std::lock_guard lock(mutex_);
    list_.pop_back();
    unlink_segment(path);
  }
  std::shared_ptr<const Segment> segment = open_segment(path, first_sequence);
  if (segment == nullptr) {
    // What a full disk left of it must not be taken for a segment at the next start.
    unlink_segment(path);
    return make_error(ErrorCode::store_full, "cannot start a new request log segment " + path);
  }
  {
    std::lock_guard lock(mutex_);
    list_.push_back(std::move(segment));
  }
  day_ = day_of(now);
  newest_broken_ = false;
  return {};
}

Status Segments::append(const std::vector<Row>& rows, Time now) {
  if (rows.empty()) return {};
  if (list_.empty() || newest_broken_ || day_ != day_of(now) ||
      list_.back()->environment->used_bytes() > segment_limit()) {
    // In this order: to a clock that is years ahead of the disk's the new one is too old as well.
    drop_old(now);
    Status started = start_segment(rows.front().sequence, now);
    if (!started) return started.error();
  }
  const Segment& segment = *list_.back();
  WriteTxn txn(segment.environment->raw());
  for (const Row& row : rows) {
    std::string sequence = big_endian(row.sequence);
    txn.put(segment.rows, sequence, requestlog::encode(row), MDB_APPEND);
    if (!row.id.empty() && row.id.size() <= 100) txn.put(segment.ids, row.id, sequence);
  }
  int code = txn.commit();
  // A failed write of a meta page leaves MDB_PANIC for good: the next rows need a new segment.
  if (code == MDB_PANIC || code == MDB_CORRUPTED || code == MDB_MAP_FULL) newest_broken_ = true;
  if (code != 0) return lmdb_error(code, "cannot write the request log");
  return {};
}

void Segments::drop_old(Time now) {
  List dropped;
  {
    std::lock_guard lock(mutex_);
    std::uint64_t total = 0;
    for (const auto& segment : list_)
      total += disk_bytes(segment->path);
    while (!list_.empty()) {
      const std::string& oldest = list_.front()->path;
      bool aged = modified(oldest) + settings_.retention < now;
      bool too_many = total > settings_.max_size && list_.size() > 1;
      if (!aged && !too_many) break;
      total -= std::min(total, disk_bytes(oldest));
      dropped.push_back(std::move(list_.front()));
      list_.erase(list_.begin());
    }
  }
  for (const auto& segment : dropped)
    unlink_segment(segment->path);
}

void Segments::forget_dead_readers() {
  for (const auto& segment : list())
    segment->environment->forget_dead_readers();
}

Status Segments::read_backwards(std::uint64_t before, const Visit& visit) const {
  List segments = list();
  bool enough = false;
  for (auto segment = segments.rbegin(); segment != segments.rend() && !enough; ++segment) {
    if (before != 0 && (*segment)->first_sequence >= before) continue;
    std::string first = before == 0 ? std::string() : big_endian(before - 1);
    Status read = (*segment)->environment->scan((*segment)->rows, std::move(first), true,
                                                [&](std::string_view key, std::string_view bytes) {
                                                  Result<Row> row = read_row(key, bytes);
                                                  if (row) enough = !visit(std::move(*row));
                                                  return !enough;
                                                });
    if (!read) return read.error();
  }
  return {};
}

Status Segments::read_after(std::uint64_t after, const Visit& visit) const {
  List segments = list();
  bool enough = false;
  for (std::size_t i = 0; i < segments.size() && !enough; ++i) {
    if (i + 1 < segments.size() && segments[i + 1]->first_sequence <= after + 1) continue;
    Status read = segments[i]->environment->scan(segments[i]->rows, big_endian(after + 1), false,
                                                 [&](std::string_view key, std::string_view bytes) {
                                                   Result<Row> row = read_row(key, bytes);
                                                   if (row) enough = !visit(std::move(*row));
                                                   return !enough;
                                                 });
    if (!read) return read.error();
  }
  return {};
}

Result<std::optional<Row>> Segments::find(std::string_view id) const {
  List segments = list();
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    ReadTxn txn((*segment)->environment->readers());
    if (txn.failure() != 0) return lmdb_error(txn.failure(), "cannot read the request log");
    std::optional<std::string_view> sequence = txn.get((*segment)->ids, id);
    if (!sequence) continue;
    std::optional<std::string_view> bytes = txn.get((*segment)->rows, *sequence);
    if (!bytes) continue;
    Result<Row> row = read_row(*sequence, *bytes);
    if (!row) return row.error();
    return std::optional<Row>(std::move(*row));
  }
  return std::optional<Row>();
}

std::uint64_t Segments::last_sequence() const {
  std::uint64_t last = 0;
  Status read = read_backwards(0, [&](Row&& row) {
    last = row.sequence;
    return false;
  });
  return read ? last : 0;
}

std::uint64_t Segments::rows() const {
  std::uint64_t count = 0;
  for (const auto& segment : list()) {
    ReadTxn txn(segment->environment->readers());
    count += txn.count(segment->rows);
  }
  return count;
}

std::uint64_t Segments::bytes() const {
  std::uint64_t total = 0;
  for (const auto& segment : list())
    total += disk_bytes(segment->path);
  return total;
}

}  // namespace litegw::store
