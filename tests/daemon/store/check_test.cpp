#include <doctest/doctest.h>

#include "daemon/store/environment.h"
#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

// A store with keys and rows, closed, then changed behind its back.
template <class Change>
std::vector<std::string> problems_after(const Change& change) {
  tests::TemporaryFolder folder;
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  {
    auto store = open_store(folder.path).value();
    REQUIRE(create(*store, key).has_value());
    REQUIRE(create(*store, make_key("", "sk-b-0123456789")).has_value());
    requestlog::Row row = make_row("req_1", wall_clock());
    row.tags = {"t"};
    row.end_user = "e";
    store->record(row);
    store->flush();
    CHECK(store->check().value().empty());
  }
  {
    auto state = Environment::open(folder.path + "/state", {.map_size = 1 << 30}).value();
    WriteTxn txn(state->raw());
    change(txn, key);
    REQUIRE(txn.commit() == 0);
  }
  return open_store(folder.path).value()->check().value();
}

}  // namespace

TEST_CASE("a sound store has no problems") {
  CHECK(problems_after([](WriteTxn&, const auth::VirtualKey&) {}).empty());
}

TEST_CASE("each kind of damage is found") {
  auto remove_name = [](WriteTxn& txn, const auth::VirtualKey&) {
    txn.remove(txn.open_table("key_names"), "ci");
  };
  auto lead_astray = [](WriteTxn& txn, const auth::VirtualKey& key) {
    txn.put(txn.open_table("key_hashes"),
            {reinterpret_cast<const char*>(key.hash.data()), key.hash.size()}, "key_other");
  };
  auto left_over = [](WriteTxn& txn, const auth::VirtualKey&) {
    txn.put(txn.open_table("key_names"), "ghost", "key_ghost");
  };
  auto spoil_record = [](WriteTxn& txn, const auth::VirtualKey& key) {
    txn.put(txn.open_table("keys"), key.id, "{");
  };
  auto lose_hours = [](WriteTxn& txn, const auth::VirtualKey&) {
    txn.clear(txn.open_table("spend_hours"));
  };
  auto lose_tag_days = [](WriteTxn& txn, const auth::VirtualKey&) {
    txn.clear(txn.open_table("spend_tag_days"));
  };
  auto lose_all_sums = [](WriteTxn& txn, const auth::VirtualKey&) {
    txn.clear(txn.open_table("spend_hours"));
    txn.clear(txn.open_table("spend_days"));
  };
  CHECK(problems_after(remove_name).front().find("its name does not lead to it") !=
        std::string::npos);
  CHECK(problems_after(lead_astray).front().find("its hash does not lead to it") !=
        std::string::npos);
  CHECK(problems_after(left_over).front().find("no key stands for") != std::string::npos);
  CHECK(problems_after(spoil_record).front().find("damaged key record") != std::string::npos);
  CHECK_FALSE(problems_after(lose_hours).empty());
  CHECK_FALSE(problems_after(lose_tag_days).empty());
  CHECK(problems_after(lose_all_sums).back() == "1 rows, but only 0 requests in the sums");
}
