#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/store/environment.h"
#include "daemon/store/migrations.h"
#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

// As development builds before version 1 wrote it: key records alone, no version, no index.
void make_version_0(const std::string& path, const auth::VirtualKey& key) {
  std::filesystem::create_directories(path + "/state");
  auto state = Environment::open(path + "/state", {.map_size = 1 << 30}).value();
  WriteTxn txn(state->raw());
  MDB_dbi keys = txn.open_table("keys");
  txn.put(keys, key.id, dump(auth::to_record(key)));
  REQUIRE(txn.commit() == 0);
}

void set_version(const std::string& path, const char* version) {
  auto state = Environment::open(path + "/state", {.map_size = 1 << 30}).value();
  WriteTxn txn(state->raw());
  txn.put(txn.open_table("meta"), "version", version);
  REQUIRE(txn.commit() == 0);
}

std::vector<std::string> backups(const std::string& path) {
  std::vector<std::string> out;
  for (const auto& file : std::filesystem::directory_iterator(path))
    if (file.path().filename().string().starts_with("backup-")) out.push_back(file.path());
  return out;
}

}  // namespace

TEST_CASE("a new store's folder is for its owner alone") {
  tests::TemporaryFolder folder;
  std::string path = folder.path + "/deep/store";
  auto store = open_store(path).value();
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  for (const char* file : {"/lock", "/state/data.mdb"}) {
    REQUIRE(::stat((path + file).c_str(), &status) == 0);
    CHECK_MESSAGE((status.st_mode & 0077) == 0, file);
  }
  CHECK(store->info().version == store_version);
  CHECK(backups(path).empty());
}

TEST_CASE("a second daemon is told who has the store") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auto second = open_store(folder.path);
  REQUIRE(second.has_error());
  CHECK(second.error().code == ErrorCode::store_unavailable);
  CHECK(second.error().message.find("store locked by litegwd pid " + std::to_string(::getpid())) !=
        std::string::npos);
  store.reset();
  CHECK(open_store(folder.path).has_value());
}

TEST_CASE("a folder that cannot be written is named") {
  auto store = open_store("/proc/litegw-store");
  REQUIRE(store.has_error());
  CHECK(store.error().code == ErrorCode::store_unavailable);
  CHECK(store.error().message.find("/proc/litegw-store") != std::string::npos);
  tests::TemporaryFolder folder;
  std::string file = folder.path + "/file";
  std::ofstream(file) << "x";
  CHECK(open_store(file).has_error());
}

TEST_CASE("a folder without rights is a clear error") {
  tests::TemporaryFolder folder;
  constexpr uid_t nobody = 65534;
  bool root = ::geteuid() == 0;
  ::chmod(folder.path.c_str(), 0500);
  if (root) REQUIRE(::seteuid(nobody) == 0);
  auto store = open_store(folder.path);
  if (root) REQUIRE(::seteuid(0) == 0);
  ::chmod(folder.path.c_str(), 0700);
  REQUIRE(store.has_error());
  CHECK(store.error().code == ErrorCode::store_unavailable);
  CHECK(store.error().message.find("Permission denied") != std::string::npos);
}

TEST_CASE("a version 0 store is backed up, then changed, and its keys go on working") {
  tests::TemporaryFolder folder;
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  key.old_hash = sha256("sk-old");
  make_version_0(folder.path, key);
  {
    auto store = open_store(folder.path).value();
    CHECK(store->key_count() == 1);
    CHECK(store->find_key(key.hash).value()->id == key.id);
    CHECK(store->find_key_by("ci").value()->id == key.id);
    CHECK(store->key_by_hash(*key.old_hash).value()->id == key.id);
  }
  std::vector<std::string> made = backups(folder.path);
  REQUIRE(made.size() == 1);
  auto backup = Environment::open(made.front(), {.map_size = 1 << 30}).value();
  WriteTxn txn(backup->raw());
  CHECK(txn.get(txn.open_table("keys", 0), key.id).has_value());
  CHECK(open_store(folder.path).value()->key_count() == 1);
  CHECK(backups(folder.path).size() == 1);
}

TEST_CASE("what was spent before the ledger began is backed up, kept and checks clean") {
  tests::TemporaryFolder folder;
  {
    auto store = open_store(folder.path).value();
    store->record(make_row("req_1", wall_clock()));
    store->record(make_row("req_2", wall_clock() - hours(30)));
  }
  {
    auto state = Environment::open(folder.path + "/state", {.map_size = 1 << 30}).value();
    WriteTxn txn(state->raw());
    for (const char* table : {"ledger", "counters", "folded_counters", "folded_hours", "holds"})
      txn.clear(txn.open_table(table));
    REQUIRE(txn.commit() == 0);
  }
  set_version(folder.path, "1");
  auto store = open_store(folder.path).value();
  CHECK(backups(folder.path).size() == 1);
  CHECK(store->sums({}, {}, {}).value().front().cost == Money::nano(2000));
  store->record(make_row("req_3", wall_clock()));
  store->flush();
  CHECK(store->check().value().empty());
}

TEST_CASE("a store from before charges could be released is backed up, kept and checks clean") {
  tests::TemporaryFolder folder;
  const budget::Place place = place_of(budget::LevelKind::key, "key_a", "day");
  {
    auto store = open_store(folder.path).value();
    store->hold(make_hold(*store, "req_1", cents(10), {place}));
    store->flush();
  }
  open_store(folder.path).value().reset();
  {
    auto state = Environment::open(folder.path + "/state", {.map_size = 1 << 30}).value();
    WriteTxn txn(state->raw());
    txn.clear(txn.open_table("unsettled"));
    REQUIRE(txn.commit() == 0);
  }
  set_version(folder.path, "2");
  auto store = open_store(folder.path).value();
  CHECK(backups(folder.path).size() == 1);
  CHECK(store->info().version == 3);
  CHECK(spent(*store, place) == cents(10));
  CHECK(store->row("req_1").value()->unsettled);
  CHECK(store->check().value().empty());
  store.reset();
  open_store(folder.path).value().reset();
  CHECK(backups(folder.path).size() == 1);
}

TEST_CASE("a store of a newer version is refused naming both versions, and left alone") {
  tests::TemporaryFolder folder;
  open_store(folder.path).value().reset();
  set_version(folder.path, "7");
  auto store = open_store(folder.path);
  REQUIRE(store.has_error());
  CHECK(store.error().code == ErrorCode::store_unavailable);
  CHECK(store.error().message.find("version 7") != std::string::npos);
  CHECK(store.error().message.find("up to version 3") != std::string::npos);
  CHECK(backups(folder.path).empty());
  set_version(folder.path, "3");
  CHECK(open_store(folder.path).has_value());
}

TEST_CASE("a data file that is none is an error") {
  tests::TemporaryFolder folder;
  open_store(folder.path).value().reset();
  std::string file = folder.path + "/state/data.mdb";
  std::filesystem::resize_file(file, 0);
  std::filesystem::resize_file(file, 8192);
  auto store = open_store(folder.path);
  REQUIRE(store.has_error());
  CHECK(store.error().code == ErrorCode::store_unavailable);
}

TEST_CASE("a scan gives every row once, in order, over many transactions") {
  tests::TemporaryFolder folder;
  auto environment = Environment::open(folder.path, {.map_size = 1 << 30}).value();
  WriteTxn txn(environment->raw());
  MDB_dbi table = txn.open_table("t");
  for (std::uint64_t i = 0; i < 3500; ++i)
    txn.put(table, big_endian(i * 2), "v");
  REQUIRE(txn.commit() == 0);
  auto keys = [&](std::string first, bool backwards, std::size_t limit) {
    std::vector<std::uint64_t> out;
    Status read = environment->scan(table, std::move(first), backwards,
                                    [&](std::string_view key, std::string_view) {
                                      out.push_back(from_big_endian(key));
                                      return out.size() < limit;
                                    });
    CHECK(read.has_value());
    return out;
  };
  using Keys = std::vector<std::uint64_t>;
  CHECK(keys("", false, 9999).size() == 3500);
  CHECK(keys("", true, 9999).back() == 0);
  CHECK(keys("", true, 2) == Keys{6998, 6996});
  CHECK(keys(big_endian(4), false, 2) == Keys{4, 6});
  CHECK(keys(big_endian(5), false, 2) == Keys{6, 8});
  CHECK(keys(big_endian(5), true, 2) == Keys{4, 2});
  CHECK(keys(big_endian(4), true, 2) == Keys{4, 2});
  CHECK(keys(big_endian(9000), false, 2).empty());
  CHECK(keys(big_endian(9000), true, 1) == Keys{6998});
}
