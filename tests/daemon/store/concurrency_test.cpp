#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

// Runs `body(thread)` on `count` threads at once and waits for all.
template <class Body>
void on_threads(int count, const Body& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads)
    thread.join();
}

}  // namespace

TEST_CASE("rows from many threads are all written, each with a sequence of its own") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  constexpr int threads = 4, each = 2000;
  on_threads(threads, [&](int thread) {
    for (int i = 0; i < each; ++i)
      store->record(
          make_row("req_" + std::to_string(thread) + "_" + std::to_string(i), wall_clock()));
  });
  store->flush();
  Filter filter;
  filter.limit = 100'000;
  std::vector<requestlog::Row> rows = store->rows(filter).value();
  REQUIRE(rows.size() == threads * each);
  for (std::size_t i = 0; i < rows.size(); ++i)
    REQUIRE(rows[i].sequence == i + 1);
  CHECK(store->sums({}, {}, {}).value().front().requests == threads * each);
}

TEST_CASE("readers see whole records while keys change") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 1; i <= 200; ++i) {
      auth::VirtualKey next = key;
      next.updated = key.updated + Duration(1);
      // The two always change together.
      next.metadata["n"] = next.user_id = std::to_string(i);
      CHECK(update(*store, next, key.updated).has_value());
      key = next;
    }
    stop = true;
  });
  on_threads(3, [&](int thread) {
    while (!stop) {
      auto found = store->key_by_hash(sha256("sk-a-0123456789")).value();
      REQUIRE(found != nullptr);
      if (!found->metadata.empty()) REQUIRE(found->metadata.at("n") == found->user_id);
      if (thread == 0) REQUIRE(store->list_keys().value().size() == 1);
      if (thread == 1) REQUIRE(store->find_key_by("ci").value()->id == found->id);
      store->info();
    }
  });
  writer.join();
  CHECK(store->find_key_by("ci").value()->user_id == "200");
}

TEST_CASE("of many creations of one name exactly one succeeds") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  std::atomic<int> made{0}, refused{0};
  on_threads(4, [&](int thread) {
    for (int i = 0; i < 20; ++i) {
      Status status = create(*store, make_key("name" + std::to_string(i),
                                              "sk-" + std::to_string(thread * 100 + i) + "-abcd"));
      ++(status ? made : refused);
    }
  });
  CHECK(made == 20);
  CHECK(refused == 60);
  CHECK(store->key_count() == 20);
}

TEST_CASE("a thousand short-lived threads do not use up the readers") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  auth::VirtualKey key = make_key("ci", "sk-a-0123456789");
  REQUIRE(create(*store, key).has_value());
  for (int i = 0; i < 1500; ++i)
    std::thread([&] { CHECK(store->key_by_hash(key.hash).value() != nullptr); }).join();
}

TEST_CASE("a full queue refuses rows, counts them and goes on") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  // The callback runs on the writer's thread: nothing is written until it returns.
  std::promise<void> release;
  std::promise<void> held;
  store->create_key(make_key("ci", "sk-a-0123456789"), "uid 1",
                    [&, wait = release.get_future().share()](Status) {
                      held.set_value();
                      wait.wait();
                    });
  held.get_future().wait();
  int refused = 0;
  requestlog::Row row;
  row.id = "req";
  for (int i = 0; i < 100'010; ++i)
    refused += store->record(row) ? 0 : 1;
  // From nine tenths on new requests are refused, so that those under way find room.
  CHECK(refused == 10'010);
  CHECK(store->info().queued >= 100'000);
  release.set_value();
  store->flush();
  CHECK(store->info().dropped == 10);
  CHECK(store->info().queued == 0);
  CHECK(store->record(make_row("req_after", wall_clock())));
}
