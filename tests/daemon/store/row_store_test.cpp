#include <doctest/doctest.h>

#include "daemon/store/segments.h"
#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

std::vector<std::string> ids(const Result<std::vector<requestlog::Row>>& rows) {
  std::vector<std::string> out;
  for (const requestlog::Row& row : rows.value())
    out.push_back(row.id);
  return out;
}

using Ids = std::vector<std::string>;

const Time noon = parse_rfc3339("2026-11-23T12:00:00Z").value();

}  // namespace

TEST_CASE("rows are read back in the order in which they came, also after a restart") {
  tests::TemporaryFolder folder;
  {
    auto store = open_store(folder.path).value();
    for (const char* id : {"req_c", "req_a", "req_b"})
      CHECK(store->record(make_row(id, noon)));
    store->flush();
    CHECK(ids(store->rows({})) == Ids{"req_c", "req_a", "req_b"});
    CHECK(store->last_sequence() == 3);
  }
  auto store = open_store(folder.path).value();
  CHECK(store->last_sequence() == 3);
  CHECK(store->record(make_row("req_d", noon)));
  store->flush();
  CHECK(ids(store->rows({})) == Ids{"req_c", "req_a", "req_b", "req_d"});
  CHECK(store->row("req_a").value()->sequence == 2);
  CHECK(store->row("req_d").value()->sequence == 4);
  CHECK_FALSE(store->row("req_x").value().has_value());
}

TEST_CASE("a clock ten years ahead of the disk's takes old rows away, not the place for new ones") {
  tests::TemporaryFolder folder;
  auto segments = Segments::open(folder.path, {}).value();
  const Time now = wall_clock();
  std::uint64_t sequence = 0;
  for (const Time time : {now, now + days(3650), now, now + days(3650), now + days(3651)}) {
    requestlog::Row row = make_row("req_" + std::to_string(sequence + 1), time);
    row.sequence = ++sequence;
    CHECK(segments->append({row}, time).has_value());
    CHECK(segments->last_sequence() == sequence);
  }
}

TEST_CASE("what is queued when the store closes is on disk") {
  tests::TemporaryFolder folder;
  {
    auto store = open_store(folder.path).value();
    for (int i = 0; i < 500; ++i)
      store->record(make_row("req_" + std::to_string(i), noon));
  }
  CHECK(open_store(folder.path).value()->info().rows == 500);
}

TEST_CASE("the newest rows come first to the limit, and a follower loses none") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  for (int i = 1; i <= 2500; ++i)
    store->record(make_row("req_" + std::to_string(i), noon));
  store->flush();
  Filter filter;
  filter.limit = 2;
  CHECK(ids(store->rows(filter)) == Ids{"req_2499", "req_2500"});
  filter.after_sequence = 7;
  CHECK(ids(store->rows(filter)) == Ids{"req_8", "req_9"});
  filter.limit = 5000;
  CHECK(store->rows(filter).value().size() == 2493);
  filter.after_sequence = 2500;
  CHECK(store->rows(filter).value().empty());
}

TEST_CASE("filters let through what they name") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  requestlog::Row a = make_row("req_a", noon);
  a.user_agent = "Cursor/3.1";
  a.stream = true;
  requestlog::Row b = make_row("req_b", noon + hours(1));
  b.status = 429;
  b.outcome = requestlog::Outcome::refused;
  b.error_message = "Budget has been exceeded";
  b.key_id = "key_b";
  b.key_name = "";
  b.tags = {"batch"};
  requestlog::Row c = make_row("req_c", noon + hours(2));
  c.cost = dollars(2);
  c.duration_us = 5'000'000;
  c.asked_model = "fast";
  c.outcome = requestlog::Outcome::cut;
  for (const auto& row : {a, b, c})
    store->record(row);
  store->flush();
  auto with = [&](auto set) {
    Filter filter;
    set(filter);
    return ids(store->rows(filter));
  };
  CHECK(with([](Filter& f) { f.since = noon + minutes(30); }) == Ids{"req_b", "req_c"});
  CHECK(with([](Filter& f) { f.until = noon + hours(1); }) == Ids{"req_a"});
  CHECK(with([](Filter& f) { f.key = "ci"; }) == Ids{"req_a", "req_c"});
  CHECK(with([](Filter& f) { f.key = "key_b"; }) == Ids{"req_b"});
  CHECK(with([](Filter& f) { f.model = "fast"; }) == Ids{"req_c"});
  CHECK(with([](Filter& f) { f.provider = "azure"; }).empty());
  CHECK(with([](Filter& f) { f.user_agent = "cursor"; }) == Ids{"req_a"});
  CHECK(with([](Filter& f) { f.text = "BUDGET"; }) == Ids{"req_b"});
  CHECK(with([](Filter& f) { f.text = "batch"; }) == Ids{"req_b"});
  CHECK(with([](Filter& f) { f.statuses = {"error"}; }) == Ids{"req_b", "req_c"});
  CHECK(with([](Filter& f) { f.statuses = {"4xx"}; }) == Ids{"req_b"});
  CHECK(with([](Filter& f) { f.statuses = {"500", "429"}; }) == Ids{"req_b"});
  CHECK(with([](Filter& f) { f.min_cost = dollars(1); }) == Ids{"req_c"});
  CHECK(with([](Filter& f) { f.min_latency = seconds(1); }) == Ids{"req_c"});
  CHECK(with([](Filter& f) { f.stream_only = true; }) == Ids{"req_a"});
  CHECK(with([](Filter& f) { f.limit = 0; }).empty());
}

TEST_CASE("the listener hears of committed rows only") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  std::promise<std::size_t> seen;
  store->on_rows_committed([&](std::uint64_t last) {
    if (last == 3) seen.set_value(store->rows({}).value().size());
  });
  for (int i = 0; i < 3; ++i)
    store->record(make_row("req_" + std::to_string(i), noon));
  CHECK(seen.get_future().get() == 3);
}

TEST_CASE("the log is dropped by bytes, oldest first, and the sums stay") {
  tests::TemporaryFolder folder;
  config::RequestLogSettings settings;
  settings.max_size = 2 << 20;
  auto store = open_store(folder.path, config::OnFull::reject, settings).value();
  constexpr int total = 6000;
  for (int i = 0; i < total; ++i) {
    requestlog::Row row = make_row("req_" + std::to_string(i), noon);
    row.error_message = std::string(1000, 'e');
    store->record(std::move(row));
    if (i % 200 == 0) store->flush();
  }
  store->flush();
  StoreInfo info = store->info();
  CHECK(info.rows < total);
  CHECK(info.rows > 0);
  CHECK(info.log_bytes < (2u << 20) + (1u << 20));
  CHECK(info.dropped == 0);
  CHECK(store->row("req_" + std::to_string(total - 1)).value().has_value());
  CHECK_FALSE(store->row("req_0").value().has_value());
  CHECK(store->sums({}, {}, {}).value().front().requests == total);
}

TEST_CASE("the log is dropped by age when the store is opened") {
  tests::TemporaryFolder folder;
  {
    auto store = open_store(folder.path).value();
    store->record(make_row("req_old", noon));
    store->flush();
  }
  for (const auto& file : std::filesystem::directory_iterator(folder.path + "/log"))
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 40));
  auto store = open_store(folder.path).value();
  store->record(make_row("req_new", noon));
  store->flush();
  CHECK(ids(store->rows({})) == Ids{"req_new"});
  CHECK(store->row("req_new").value()->sequence == 2);
}

TEST_CASE("a reader keeps a segment that is dropped meanwhile") {
  tests::TemporaryFolder folder;
  config::RequestLogSettings settings;
  settings.max_size = 1 << 20;
  auto store = open_store(folder.path, config::OnFull::reject, settings).value();
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> reads{0};
  std::thread reader([&] {
    Filter filter;
    filter.limit = 100'000;
    while (!stop) {
      CHECK(store->rows(filter).has_value());
      ++reads;
    }
  });
  for (int i = 0; i < 3000; ++i) {
    requestlog::Row row = make_row("req_" + std::to_string(i), noon);
    row.error_message = std::string(1000, 'e');
    store->record(std::move(row));
    if (i % 100 == 0) store->flush();
  }
  stop = true;
  reader.join();
  CHECK(reads > 0);
}

TEST_CASE("a damaged segment does not keep the store from opening") {
  tests::TemporaryFolder folder;
  {
    auto store = open_store(folder.path).value();
    store->record(make_row("req_a", noon));
  }
  for (const auto& file : std::filesystem::directory_iterator(folder.path + "/log"))
    if (file.path().extension() == ".mdb") std::filesystem::resize_file(file.path(), 100);
  auto store = open_store(folder.path).value();
  CHECK(store->record(make_row("req_b", noon)));
  store->flush();
  CHECK(ids(store->rows({})) == Ids{"req_b"});
}

TEST_CASE("a look for a rare row goes on in parts, backwards and forwards") {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  Time now = wall_clock();
  for (int i = 0; i < 3500; ++i) {
    requestlog::Row row = make_row("req_" + std::to_string(i), now);
    if (i % 1700 == 10) row.status = 429;
    store->record(std::move(row));
  }
  store->flush();
  for (bool forwards : {false, true}) {
    Filter filter;
    filter.statuses = {"429"};
    filter.from_start = forwards;
    RowScan scan(filter);
    int parts = 0;
    for (; !scan.done; ++parts)
      REQUIRE(store->scan(scan).has_value());
    CHECK(parts >= 4);
    REQUIRE(scan.found.size() == 3);
    CHECK(scan.found[0].id == "req_10");
    CHECK(scan.found[2].id == "req_3410");
    CHECK(store->rows(filter).value().size() == 3);
    filter.limit = 2;
    CHECK(store->rows(filter).value().front().id == (forwards ? "req_10" : "req_1710"));
  }
}
