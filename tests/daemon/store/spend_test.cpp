#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

const Time day = parse_rfc3339("2026-11-23T00:00:00Z").value();

// "a b=requests" for each sum, sorted.
std::vector<std::string> shown(const Result<std::vector<Sum>>& sums) {
  std::vector<std::string> out;
  for (const Sum& sum : sums.value())
    out.push_back(join(sum.by, " ") + "=" + std::to_string(sum.requests));
  std::sort(out.begin(), out.end());
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("sums group rows by any of their members") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  for (int i = 0; i < 6; ++i) {
    requestlog::Row row = make_row("req_" + std::to_string(i), day + hours(5 * i));
    row.key_id = i % 2 == 0 ? "key_a" : "key_b";
    row.model = i < 3 ? "gpt-4o" : "claude";
    row.end_user = i == 5 ? "eve" : "";
    if (i < 2) row.tags = {"x", "y"};
    store->record(std::move(row));
  }
  store->flush();
  CHECK(shown(store->sums({}, {}, {})) == Lines{"=6"});
  CHECK(shown(store->sums({"key"}, {}, {})) == Lines{"key_a=3", "key_b=3"});
  CHECK(shown(store->sums({"model", "key"}, {}, {})) ==
        Lines{"claude key_a=1", "claude key_b=2", "gpt-4o key_a=2", "gpt-4o key_b=1"});
  CHECK(shown(store->sums({"day"}, {}, {})) == Lines{"2026-11-23=5", "2026-11-24=1"});
  CHECK(shown(store->sums({"hour"}, {}, day + hours(6))) ==
        Lines{"2026-11-23T00:00:00Z=1", "2026-11-23T05:00:00Z=1"});
  CHECK(shown(store->sums({"tag"}, {}, {})) == Lines{"x=2", "y=2"});
  CHECK(shown(store->sums({"key", "tag"}, {}, {})) ==
        Lines{"key_a x=1", "key_a y=1", "key_b x=1", "key_b y=1"});
  CHECK(shown(store->sums({"end_user"}, {}, {})) == Lines{"eve=1"});
  CHECK(shown(store->sums({"user"}, {}, {})) == Lines{"=6"});
}

TEST_CASE("a period takes whole days and the hours at its ends") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  for (int hour = 0; hour < 24 * 5; ++hour)
    store->record(make_row("req_" + std::to_string(hour), day + hours(hour)));
  store->flush();
  auto count = [&](Duration since, Duration until) {
    auto sums = store->sums({}, day + since, day + until).value();
    return sums.empty() ? 0 : sums.front().requests;
  };
  CHECK(count(hours(0), hours(24 * 5)) == 120);
  CHECK(count(hours(5), hours(6)) == 1);
  CHECK(count(hours(5), hours(20)) == 15);
  CHECK(count(hours(5), hours(30)) == 25);
  CHECK(count(hours(5), hours(24 * 3 + 7)) == 24 * 3 + 2);
  CHECK(count(hours(24), hours(48)) == 24);
  CHECK(count(hours(24), hours(47)) == 23);
  CHECK(count(hours(23), hours(49)) == 26);
  CHECK(count(hours(9), hours(9)) == 0);
  CHECK(count(hours(9), hours(8)) == 0);
  CHECK(store->sums({}, day + hours(30), {}).value().front().requests == 90);
  CHECK(store->sums({}, {}, day + hours(30)).value().front().requests == 30);
  CHECK(shown(store->sums({"day"}, day + hours(30), day + hours(50))) ==
        Lines{"2026-11-24=18", "2026-11-25=2"});
}

TEST_CASE("sums hold money, tokens, errors and what had no price") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  requestlog::Row row = make_row("req_1", day);
  row.usage = {1, 2, 3, 4, 5, 6, 7, 8, 9, true, false};
  row.cost = Money::nano(41);
  store->record(row);
  row.id = "req_2";
  row.outcome = requestlog::Outcome::cut;
  row.priced = false;
  row.cost = Money{};
  store->record(row);
  row.id = "req_3";
  row.outcome = requestlog::Outcome::refused;
  row.status = 403;
  row.usage = {};
  store->record(row);
  store->flush();
  Sum sum = store->sums({}, {}, {}).value().front();
  CHECK(sum.requests == 3);
  CHECK(sum.errors == 2);
  CHECK(sum.unpriced == 1);
  CHECK(sum.cost == Money::nano(41));
  CHECK(sum.usage.input == 2);
  CHECK(sum.usage.image_input == 18);
}

TEST_CASE("sums continue where they were after a restart") {
  tests::TemporaryFolder folder;
  for (int round = 0; round < 3; ++round) {
    auto store = open_store(folder.path).value();
    requestlog::Row row = make_row("req_" + std::to_string(round), day);
    row.tags = {"t"};
    store->record(std::move(row));
  }
  auto store = open_store(folder.path).value();
  CHECK(shown(store->sums({"tag", "model"}, {}, {})) == Lines{"t gpt-4o=3"});
  CHECK(store->sums({}, {}, {}).value().front().cost == Money::nano(3000));
}

TEST_CASE("what cannot be summed by is refused with the list") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  CHECK(store->sums({"colour"}, {}, {}).error().hint.find("provider") != std::string::npos);
  CHECK(store->sums({""}, {}, {}).has_error());
  CHECK(store->sums({"tag", "end_user"}, {}, {}).has_error());
}

TEST_CASE("names of any length and content are kept apart") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  requestlog::Row row = make_row("req_1", day);
  row.end_user = std::string(100'000, 'u');
  row.model = std::string("a\0b", 3);
  store->record(row);
  store->flush();
  CHECK(store->info().dropped == 0);
  CHECK(store->sums({"end_user"}, {}, {}).value().front().by.front().size() <= 400);
  CHECK(store->sums({"model"}, {}, {}).value().front().by.front() == std::string("a\0b", 3));
}

TEST_CASE("the last use of each key is known, and never goes back") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  CHECK(store->keys_last_used().value().empty());
  for (int hour : {5, 9, 7}) {
    store->record(make_row("req_" + std::to_string(hour), day + hours(hour)));
    store->flush();
  }
  requestlog::Row nobody = make_row("req_n", day);
  nobody.key_id.clear();
  store->record(nobody);
  store->flush();
  auto used = store->keys_last_used().value();
  CHECK(used.size() == 1);
  CHECK(used.at("key_a") == day + hours(9));
}
