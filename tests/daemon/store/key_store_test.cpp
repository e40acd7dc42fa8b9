#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

ErrorCode code_of(const Status& status) {
  REQUIRE(status.has_error());
  return status.error().code;
}

}  // namespace

TEST_CASE("a key is found by its hash, name, id and an id prefix, also after a restart") {
  tests::TemporaryFolder folder;
  auth::VirtualKey key = make_key("ci", "sk-1234567890abcdef");
  {
    auto store = open_store(folder.path).value();
    CHECK(store->key_count() == 0);
    REQUIRE(create(*store, key).has_value());
    CHECK(store->key_count() == 1);
    CHECK(store->find_key(key.hash).value()->id == key.id);
  }
  auto store = open_store(folder.path).value();
  CHECK(store->key_count() == 1);
  CHECK(store->find_key(key.hash).value()->id == key.id);
  CHECK(store->key_by_hash(key.hash).value()->name == "ci");
  CHECK(store->find_key_by("ci").value()->id == key.id);
  CHECK(store->find_key_by(key.id).value()->id == key.id);
  CHECK(store->find_key_by(key.id.substr(0, 8)).value()->id == key.id);
  CHECK_FALSE(store->find_key_by(key.id.substr(0, 5)).value().has_value());
  CHECK_FALSE(store->find_key_by("").value().has_value());
  CHECK_FALSE(store->find_key_by(std::string(10'000, 'x')).value().has_value());
  CHECK_FALSE(store->find_key(sha256("sk-other")).value().has_value());
  CHECK(store->key_by_hash(sha256("sk-other")).value() == nullptr);
}

TEST_CASE("an ambiguous id prefix is refused, naming candidates") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey a = make_key("a", "sk-a-0123456789"), b = make_key("b", "sk-b-0123456789");
  a.id = "key_same00000001";
  b.id = "key_same00000002";
  REQUIRE(create(*store, a).has_value());
  REQUIRE(create(*store, b).has_value());
  auto found = store->find_key_by("key_same");
  REQUIRE(found.has_error());
  CHECK(found.error().message.find("key_same00000001") != std::string::npos);
  CHECK(store->find_key_by("key_same00000002").value()->name == "b");
}

TEST_CASE("names and hashes are unique among keys that are not deleted") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  CHECK(code_of(create(*store, key)) == ErrorCode::already_exists);
  CHECK(code_of(create(*store, make_key("ci", "sk-b-0123456789"))) == ErrorCode::already_exists);
  CHECK(code_of(create(*store, make_key("other", "sk-a-0123456789"))) == ErrorCode::already_exists);
  CHECK(store->key_count() == 1);
  CHECK(create(*store, make_key("", "sk-c-0123456789")).has_value());
  CHECK(create(*store, make_key("", "sk-d-0123456789")).has_value());
  REQUIRE(remove(*store, key.id).has_value());
  CHECK(create(*store, make_key("ci", "sk-a-0123456789")).has_value());
}

TEST_CASE("a name that LMDB cannot hold is refused with its length") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  Status status = create(*store, make_key(std::string(1 << 20, 'x'), "sk-a-0123456789"));
  CHECK(code_of(status) == ErrorCode::invalid_argument);
  CHECK(status.error().param == "name");
  CHECK(store->list_keys().value().empty());
}

TEST_CASE("a change counts from the next read on") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  CHECK_FALSE(store->key_by_hash(key.hash).value()->blocked);
  auth::VirtualKey blocked = key;
  blocked.blocked = true;
  blocked.updated = key.updated + Duration(1);
  REQUIRE(update(*store, blocked, key.updated).has_value());
  CHECK(store->key_by_hash(key.hash).value()->blocked);
}

TEST_CASE("an update of what was changed meanwhile is a conflict") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  CHECK(code_of(update(*store, key, key.updated - Duration(1))) == ErrorCode::conflict);
  CHECK(code_of(update(*store, make_key("x", "sk-x-0123456789"), key.updated)) ==
        ErrorCode::not_found);
}

TEST_CASE("a renamed key frees its old name") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("old", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  REQUIRE(create(*store, make_key("taken", "sk-b-0123456789")).has_value());
  auth::VirtualKey renamed = key;
  renamed.name = "taken";
  CHECK(code_of(update(*store, renamed, key.updated)) == ErrorCode::already_exists);
  renamed.name = "new";
  REQUIRE(update(*store, renamed, key.updated).has_value());
  CHECK_FALSE(store->find_key_by("old").value().has_value());
  CHECK(store->find_key_by("new").value()->id == key.id);
}

TEST_CASE("a rotated key is found by both secrets while the grace lasts") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-old-0123456789");
  REQUIRE(create(*store, key).has_value());
  auth::VirtualKey rotated = key;
  rotated.old_hash = key.hash;
  rotated.old_hash_until = wall_clock() + hours(1);
  rotated.hash = sha256("sk-new-0123456789");
  REQUIRE(update(*store, rotated, key.updated).has_value());
  CHECK(store->find_key(sha256("sk-old-0123456789")).value().has_value());
  CHECK(store->find_key(sha256("sk-new-0123456789")).value().has_value());
  rotated.old_hash_until = wall_clock() - hours(1);
  REQUIRE(update(*store, rotated, key.updated).has_value());
  CHECK_FALSE(store->find_key(sha256("sk-old-0123456789")).value().has_value());
  rotated.old_hash.reset();
  REQUIRE(update(*store, rotated, key.updated).has_value());
  CHECK(store->key_by_hash(sha256("sk-old-0123456789")).value() == nullptr);
}

TEST_CASE("a deleted key is gone but keeps its name in reports") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  CHECK(code_of(remove(*store, "key_none")) == ErrorCode::not_found);
  REQUIRE(remove(*store, key.id).has_value());
  CHECK(code_of(remove(*store, key.id)) == ErrorCode::not_found);
  CHECK(store->key_count() == 0);
  CHECK(store->key_by_hash(key.hash).value() == nullptr);
  CHECK_FALSE(store->find_key_by(key.id).value().has_value());
  CHECK(store->key_label(key.id) == "ci");
  CHECK(store->key_label("key_unknown") == "key_unknown");
}

TEST_CASE("every change leaves an audit entry with actor, before and after, and no hash") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  auth::VirtualKey blocked = key;
  blocked.blocked = true;
  REQUIRE(update(*store, blocked, key.updated).has_value());
  REQUIRE(remove(*store, key.id).has_value());
  CHECK(remove(*store, key.id).has_error());
  std::vector<AuditEntry> entries = store->audit({}).value();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].action == "key create");
  CHECK(entries[0].before.is_null());
  CHECK(entries[1].actor == "uid 2");
  CHECK_FALSE(entries[1].before.contains("blocked"));
  CHECK(entries[1].after["blocked"] == true);
  CHECK(entries[2].action == "key delete");
  CHECK(entries[2].target_name == "ci");
  for (const AuditEntry& entry : entries)
    CHECK(dump(entry.before).append(dump(entry.after)).find(to_hex(key.hash)) == std::string::npos);
  AuditFilter filter;
  filter.actor = "uid 1";
  CHECK(store->audit(filter).value().size() == 1);
  filter = {};
  filter.limit = 2;
  CHECK(store->audit(filter).value().back().number == 3);
  filter.since = wall_clock() + hours(1);
  CHECK(store->audit(filter).value().empty());
}

TEST_CASE("the plain key is nowhere in the store's files") {
  tests::TemporaryFolder folder;
  const std::string secret = "sk-plainplainplainplain42";
  {
    auto store = open_store(folder.path).value();
    REQUIRE(create(*store, make_key("ci", secret)).has_value());
  }
  std::string command = "grep -rqa plainplainplain " + folder.path;
  CHECK(std::system(command.c_str()) != 0);
}

TEST_CASE("a backup opens as a store of its own") {
  tests::TemporaryFolder folder, other;
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  auto store = open_store(folder.path).value();
  REQUIRE(create(*store, key).has_value());
  std::filesystem::create_directory(other.path + "/state");
  std::string file = other.path + "/state/data.mdb";
  REQUIRE(store->backup(file).has_value());
  CHECK(store->backup(file).error().code == ErrorCode::already_exists);
  CHECK(store->backup("/nonexistent/file").error().code == ErrorCode::io_error);
  auto copy = open_store(other.path).value();
  CHECK(copy->find_key_by("ci").value()->id == key.id);
}
