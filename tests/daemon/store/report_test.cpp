#include <thread>

#include <fmt/format.h>

#include <doctest/doctest.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

const std::vector<std::string> members{"key",      "user", "team", "model",
                                       "provider", "tag",  "day",  "hour"};
const Time first_day = parse_rfc3339("2025-01-01T00:00:00Z").value();

// Eleven combinations of members an hour, over so many days.
void spend_for(Store& store, int days) {
  for (int hour = 0; hour < days * 24; ++hour)
    for (int i = 0; i < 11; ++i) {
      requestlog::Row row = make_row({}, first_day + hours(hour));
      row.key_id = "key_" + std::to_string((hour + i * i) % 20);
      row.user_id = "user_" + std::to_string((hour + i * i) % 10);
      row.team_id = "team_" + std::to_string(i % 3);
      row.model = "model_" + std::to_string(i % 5);
      row.provider = "provider_" + std::to_string(i % 2);
      row.tags = {"tag_" + std::to_string(i % 4)};
      row.cost = Money::nano(1000 + i);
      while (!store.record(std::move(row)))
        std::this_thread::sleep_for(milliseconds(20));
    }
  store.flush();
}

// Each report by two members, as lines.
std::map<std::string, std::string> reports(const Store& store, Duration& slowest) {
  std::map<std::string, std::string> out;
  for (const std::string& a : members)
    for (const std::string& b : members) {
      if (a == b) continue;
      auto start = std::chrono::steady_clock::now();
      std::vector<Sum> sums = store.sums({a, b}, {}, {}).value();
      auto took = std::chrono::steady_clock::now() - start;
      slowest = std::max(slowest, std::chrono::duration_cast<Duration>(took));
      std::string& text = out[a + " " + b];
      for (const Sum& sum : sums)
        text += fmt::format("{} {} {}\n", join(sum.by, " "), sum.requests, sum.cost.nano());
    }
  return out;
}

}  // namespace

TEST_CASE("reports by any two members agree, and need no request log") {
  int days = is_long_run() ? 365 : 30;
  tests::TemporaryFolder folder;
  std::map<std::string, std::string> before;
  Duration slowest{};
  {
    auto store = open_store(folder.path).value();
    spend_for(*store, days);
    before = reports(*store, slowest);
    Sum all = store->sums({}, {}, {}).value().front();
    CHECK(all.requests == days * 24 * 11);
    CHECK(all.cost == Money::nano(static_cast<std::int64_t>(days) * 24 * (11 * 1000 + 55)));
    // Whichever members they are grouped by, the parts make the whole.
    for (const std::string& member : members) {
      std::int64_t requests = 0;
      for (const Sum& sum : store->sums({member, "hour"}, {}, {}).value())
        requests += sum.requests;
      CHECK_MESSAGE(requests == all.requests, member);
    }
  }
  MESSAGE(days << " days: the slowest report took " << to_text(slowest));
  std::filesystem::remove_all(folder.path + "/log");
  auto store = open_store(folder.path).value();
  CHECK(reports(*store, slowest) == before);
  CHECK(store->info().rows == 0);
  CHECK(store->check().value().empty());
  std::uint64_t last = static_cast<std::uint64_t>(days) * 24 * 11;
  store->record(make_row("req_next", wall_clock()));
  store->flush();
  CHECK(store->row("req_next").value()->sequence == last + 1);
}
