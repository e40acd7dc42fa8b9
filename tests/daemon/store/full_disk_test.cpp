#include <fstream>
#include <thread>

#include <sys/mount.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

// A small disk of its own; needs root.
class SmallDisk {
 public:
  explicit SmallDisk(const char* size)
      : mounted_(::mount("tmpfs", folder_.path.c_str(), "tmpfs", 0, size) == 0) {
    if (!mounted_) MESSAGE("SKIPPED: a tmpfs cannot be mounted here (needs root)");
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return folder_.path; }
  // Takes all room that is left.
  void fill() {
    std::ofstream file(path() + "/ballast", std::ios::binary);
    std::string block(4096, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void empty() { std::filesystem::remove(path() + "/ballast"); }

 private:
  tests::TemporaryFolder folder_;
  bool mounted_;
};

template <class Condition>
bool within_seconds(int limit, const Condition& condition) {
  for (int i = 0; i < limit * 100; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return condition();
}

requestlog::Row big_row(int i) {
  requestlog::Row row = make_row("req_" + std::to_string(i), wall_clock());
  row.error_message = std::string(8000, 'e');
  return row;
}

}  // namespace

TEST_CASE("a full disk refuses requests, loses no row, and recovers by itself") {
  SmallDisk disk("size=8m");
  if (!disk.mounted()) return;
  auto store = open_store(disk.path() + "/store").value();
  auth::VirtualKey key = make_key("before", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  store->record(big_row(0));
  store->flush();
  disk.fill();
  int recorded = 1;
  while (store->record(big_row(recorded++)) && recorded < 5000)
    std::this_thread::sleep_for(milliseconds(1));
  REQUIRE(recorded < 5000);
  CHECK_FALSE(store->accepts_requests());
  CHECK(store->info().full);
  // Reads go on, and so does money: its blocks were reserved.
  CHECK(store->find_key(key.hash).value()->id == key.id);
  CHECK(create(*store, make_key("while", "sk-b-0123456789")).has_value());
  disk.empty();
  CHECK(within_seconds(10, [&] { return store->accepts_requests(); }));
  store->flush();
  CHECK(store->info().rows == static_cast<std::uint64_t>(recorded));
  CHECK(store->info().dropped == 0);
  CHECK(store->sums({}, {}, {}).value().front().requests == recorded);
  store.reset();
  store = open_store(disk.path() + "/store").value();
  CHECK(store->find_key_by("before").value().has_value());
  CHECK(store->find_key_by("while").value().has_value());
  CHECK(store->info().rows == static_cast<std::uint64_t>(recorded));
}

TEST_CASE("with on_full: allow requests go on while the disk is full") {
  SmallDisk disk("size=8m");
  if (!disk.mounted()) return;
  auto store = open_store(disk.path() + "/store", config::OnFull::allow).value();
  disk.fill();
  for (int i = 0; i < 1500; ++i)
    CHECK(store->record(big_row(i)));
  CHECK(within_seconds(10, [&] { return store->info().full; }));
  CHECK(store->accepts_requests());
}

TEST_CASE("a key that does not fit any more is an error and can be made later") {
  SmallDisk disk("size=2m");
  if (!disk.mounted()) return;
  auto store = open_store(disk.path() + "/store").value();
  disk.fill();
  Status status;
  int made = 0;
  for (; made < 2000; ++made) {
    auth::VirtualKey key =
        make_key("k" + std::to_string(made), "sk-" + std::to_string(made) + "-0123");
    key.metadata["padding"] = std::string(20'000, 'p');
    status = create(*store, key);
    if (!status) break;
  }
  REQUIRE(status.has_error());
  CHECK(status.error().code == ErrorCode::store_full);
  CHECK(store->key_count() == static_cast<std::uint64_t>(made));
  CHECK(store->list_keys().value().size() == static_cast<std::size_t>(made));
  CHECK_FALSE(store->accepts_requests());
  disk.empty();
  CHECK(within_seconds(10, [&] { return store->accepts_requests(); }));
  CHECK(create(*store, make_key("late", "sk-late-0123456789")).has_value());
}

TEST_CASE("a disk that is full at the start is a clear error") {
  SmallDisk disk("size=1m");
  if (!disk.mounted()) return;
  disk.fill();
  auto store = open_store(disk.path() + "/store");
  REQUIRE(store.has_error());
  CHECK(store.error().message.find("No space left on device") != std::string::npos);
}

TEST_CASE("a hold that does not fit on the disk is refused at once, and no charge is lost") {
  SmallDisk disk("size=4m");
  if (!disk.mounted()) return;
  auto store = open_store(disk.path() + "/store").value();
  budget::Place place = place_of(budget::LevelKind::key, "key_a");
  disk.fill();
  std::vector<budget::OpenHold> held;
  Status status;
  for (int i = 0; i < 5000 && status; ++i) {
    budget::OpenHold hold =
        make_hold(*store, "req_" + std::to_string(i) + std::string(8000, 'r'), cents(1), {place});
    status = wait_for([&](Done done) { store->hold(hold, std::move(done)); });
    if (status) held.push_back(std::move(hold));
  }
  REQUIRE(status.has_error());
  CHECK(status.error().code == ErrorCode::store_full);
  CHECK_FALSE(store->accepts_requests());
  for (budget::OpenHold& hold : held) {
    hold.purpose.request_id = "req";
    settle(*store, hold, cents(1));
  }
  disk.empty();
  CHECK(within_seconds(10, [&] { return store->accepts_requests(); }));
  store->flush();
  CHECK(store->holds().value().empty());
  CHECK(spent(*store, place) == Money::nano(static_cast<std::int64_t>(held.size()) * 10'000'000));
  CHECK(store->check().value().empty());
  CHECK(store->journal_lag_ms() == 0);
}

TEST_CASE("with on_full: allow nothing waits for a journal that cannot be written") {
  SmallDisk disk("size=4m");
  if (!disk.mounted()) return;
  auto store = open_store(disk.path() + "/store", config::OnFull::allow).value();
  disk.fill();
  int holds = 0;
  auto hold_more = [&] {
    store->hold(make_hold(*store, std::to_string(++holds) + std::string(8000, 'r'), cents(1), {}));
    return store->info().full;
  };
  REQUIRE(within_seconds(20, hold_more));
  std::this_thread::sleep_for(milliseconds(100));
  CHECK(store->accepts_requests());
  CHECK(store->journal_lag_ms() == 0);
}
