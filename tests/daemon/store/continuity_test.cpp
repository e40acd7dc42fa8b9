#include "daemon/store/continuity.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

using namespace litegw;
using namespace litegw::store;

namespace {

const Time noon = parse_rfc3339("2026-11-23T12:00:00Z").value();

std::unique_ptr<Continuity> open(const std::string& folder, ContinuityOptions options = {}) {
  auto opened = Continuity::open(folder, options);
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

Sha256 call(const std::string& id) {
  return continuity_key("key_a", "claude", id);
}

}  // namespace

TEST_CASE("a kept state is found at once, after its commit and after a restart") {
  tests::TemporaryFolder folder;
  auto store = open(folder.path + "/c");
  store->keep(call("call_1"), "signed", noon);
  CHECK(store->find(call("call_1"), noon) == "signed");
  store->flush();
  CHECK(store->count() == 1);
  CHECK(store->find(call("call_1"), noon) == "signed");
  store.reset();
  store = open(folder.path + "/c");
  CHECK(store->find(call("call_1"), noon) == "signed");
  store->keep(call("call_2"), "second", noon);
  store->flush();
  CHECK(store->find(call("call_1"), noon) == "signed");
  CHECK(store->find(call("call_2"), noon) == "second");
}

TEST_CASE("a state is its key's, its model's and its call's alone") {
  CHECK(continuity_key("a", "b", "c") != continuity_key("a", "b", "d"));
  CHECK(continuity_key("a", "b", "c") != continuity_key("a", "x", "c"));
  CHECK(continuity_key("a", "b", "c") != continuity_key("x", "b", "c"));
  CHECK(continuity_key("ab", "", "c") != continuity_key("a", "b", "c"));
  CHECK(continuity_key("a", "bc", "") != continuity_key("a", "b", "c"));
}

TEST_CASE("a state older than its lifetime is not found, and leaves the disk") {
  tests::TemporaryFolder folder;
  auto store = open(folder.path + "/c");
  store->keep(call("old"), "state", noon);
  CHECK_FALSE(store->find(call("old"), noon + hours(24)).has_value());
  store->flush();
  CHECK(store->find(call("old"), noon + hours(24) - seconds(1)) == "state");
  CHECK_FALSE(store->find(call("old"), noon + hours(24)).has_value());
  store->keep(call("new"), "state", noon + hours(25));
  store->flush();
  CHECK(store->count() == 1);
}

TEST_CASE("when there is no room the oldest states go, and a renewed one stays") {
  tests::TemporaryFolder folder;
  auto store = open(folder.path + "/c", {.map_size = 4u << 20});
  const std::string large(10'000, 'x');
  store->keep(call("renewed"), large, noon);
  for (int i = 0; i < 1000; ++i) {
    store->keep(call(std::to_string(i)), large, noon);
    if (i == 900) store->keep(call("renewed"), "again", noon);
    if (i % 30 == 0) store->flush();
  }
  store->flush();
  CHECK(store->find(call("999"), noon) == large);
  CHECK(store->find(call("renewed"), noon) == "again");
  CHECK_FALSE(store->find(call("0"), noon).has_value());
  CHECK(store->count() > 150);
  CHECK(std::filesystem::file_size(folder.path + "/c/data.mdb") <= (4u << 20));
}

TEST_CASE("a state over 1 MiB is not kept") {
  tests::TemporaryFolder folder;
  auto store = open(folder.path + "/c");
  store->keep(call("huge"), std::string((1u << 20) + 1, 'x'), noon);
  CHECK_FALSE(store->find(call("huge"), noon).has_value());
}

TEST_CASE("what another start of the machine left unclosed is thrown away, the rest is kept") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path + "/c";
  auto store = open(path);
  store->keep(call("call_1"), "signed", noon);
  store.reset();
  CHECK_FALSE(std::filesystem::exists(path + "/boot"));
  std::ofstream(path + "/boot") << "another-start-of-the-machine\n";
  store = open(path);
  CHECK_FALSE(store->find(call("call_1"), noon).has_value());
}

TEST_CASE("a broken file is replaced by an empty store") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path + "/c";
  open(path).reset();
  std::ofstream(path + "/data.mdb", std::ios::trunc) << std::string(9000, 'z');
  auto store = open(path);
  store->keep(call("call_1"), "signed", noon);
  store->flush();
  CHECK(store->find(call("call_1"), noon) == "signed");
}

TEST_CASE("threads keep and find while the writer commits") {
  tests::TemporaryFolder folder;
  auto store = open(folder.path + "/c");
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&store, t] {
      for (int i = 0; i < 300; ++i) {
        const Sha256 key = call(std::to_string(t) + "_" + std::to_string(i));
        store->keep(key, std::string(2000, 'a'), noon);
        if (store->find(key, noon) != std::string(2000, 'a')) std::abort();
        if (i % 100 == 0) store->flush();
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  store->flush();
  CHECK(store->count() == 900);
}
