#include "daemon/store/admissions.h"

#include <optional>

#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

Admissions::Clock::time_point ago(milliseconds age) {
  return Admissions::Clock::now() - age;
}

}  // namespace

TEST_CASE("the oldest admission counts, in whichever order they are journalled") {
  Admissions all(nullptr);
  CHECK(all.oldest() == 0);
  std::optional<Admission> first, second, third;
  const auto since = Admissions::Clock::time_point(milliseconds(1));
  first.emplace(all, since);
  second.emplace(all, since + milliseconds(1));
  third.emplace(all, since + milliseconds(2));
  CHECK(all.oldest() == 1'000'000);
  second.reset();
  CHECK(all.oldest() == 1'000'000);
  first.reset();
  CHECK(all.oldest() == 3'000'000);
  first.emplace(all, since + milliseconds(3));
  third.reset();
  CHECK(all.oldest() == 4'000'000);
  first.reset();
  CHECK(all.oldest() == 0);
}

TEST_CASE("what any event loop has admitted and not journalled counts for the journal's lag") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  Admissions& one = store->add_admissions();
  Admissions& other = store->add_admissions();
  CHECK(store->journal_lag_ms() == 0);
  const Admission young(one, ago(milliseconds(100)));
  {
    const Admission old(other, ago(seconds(5)));
    CHECK(store->journal_lag_ms() >= 5000);
  }
  CHECK(store->journal_lag_ms() >= 100);
  CHECK(store->journal_lag_ms() < 5000);
}
