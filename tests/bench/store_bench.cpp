// What the store costs: CPU a request with and without money at 1,000 requests/s, how long a strict
// hold waits for its commit, key look-ups among 10,000 keys, and reports over a year.
//
// usage: bench_store [SECONDS] [REQUESTS_OF_THE_YEAR]    (0 = leave that out)
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <time.h>

#include "daemon/store/spend_table.h"
#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

using Clock = std::chrono::steady_clock;

double cpu_us() {
  struct rusage used {};
  ::getrusage(RUSAGE_SELF, &used);
  auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

double since_us(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

// Of this thread alone: on a busy machine the clock on the wall says nothing.
double thread_cpu_us() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// 1,000 times a second.
template <class Each>
double cpu_of(int count, const Each& each) {
  double before = cpu_us();
  Clock::time_point next = Clock::now();
  for (int i = 0; i < count; ++i) {
    each(i);
    std::this_thread::sleep_until(next += milliseconds(1));
  }
  return cpu_us() - before;
}

// A key of twenty, its user and its team: six counters a request.
std::vector<budget::Place> places(int i) {
  std::string n = std::to_string(i % 20);
  return {place_of(budget::LevelKind::key, "key_" + n, "day"),
          place_of(budget::LevelKind::key, "key_" + n, "month"),
          place_of(budget::LevelKind::user, "user_" + n, "month"),
          place_of(budget::LevelKind::user, "user_" + n),
          place_of(budget::LevelKind::team, "team_1", "week"),
          place_of(budget::LevelKind::team, "team_1", "month")};
}

void measure_requests(int count) {
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  std::vector<budget::OpenHold> holds;
  for (int i = 0; i < count; ++i) {
    holds.push_back(make_hold(*store, "req_" + std::to_string(i), cents(1), places(i)));
    holds.back().purpose.key_id = holds.back().places[0].level.id;
  }
  auto at = [&](int i) -> const budget::OpenHold& {
    return holds[static_cast<std::size_t>(i)];
  };
  double pacing = cpu_of(count, [](int) {});
  auto print = [&](const char* what, double cpu) {
    store->flush();
    fmt::print("{:<44} {:6.1f} us of CPU a request\n", what, (cpu - pacing) / count);
  };
  print("row alone", cpu_of(count, [&](int i) {
          store->record(make_row(at(i).purpose.request_id, wall_clock()));
        }));
  print("row and charge of six counters",
        cpu_of(count, [&](int i) { settle(*store, at(i), cents(1)); }));
  constexpr int under_way = 100;  // a request takes 100 ms: its hold is journalled
  print("hold, row and charge, settled after 100 ms", cpu_of(count, [&](int i) {
          store->hold(at(i));
          if (i >= under_way) settle(*store, at(i - under_way), cents(1));
        }));
  print("hold, row and charge, settled at once", cpu_of(count, [&](int i) {
          store->hold(at(i));
          settle(*store, at(i), cents(1));
        }));
  std::mutex mutex;
  std::vector<double> waits;
  print("the same, each waiting for its commit (strict)", cpu_of(count, [&](int i) {
          Clock::time_point asked = Clock::now();
          store->hold(at(i), [&, asked](const Status&) {
            std::lock_guard lock(mutex);
            waits.push_back(since_us(asked));
          });
          settle(*store, at(i), cents(1));
        }));
  std::sort(waits.begin(), waits.end());
  fmt::print("{:<44} p50 {:.0f} us, p99 {:.0f} us\n", "a strict hold waits",
             waits[waits.size() / 2], waits[waits.size() * 99 / 100]);
}

void measure_keys() {
  constexpr int count = 10'000;
  tests::TemporaryFolder folder;
  auto store = open_store(folder.path).value();
  std::vector<auth::VirtualKey> keys;
  keys.reserve(count);
  for (int i = 0; i < count; ++i)
    keys.push_back(make_key("k" + std::to_string(i), "sk-" + std::to_string(i) + "-0123456789"));
  if (!wait_for([&](Done done) {
        store->import(keys, {}, {}, {}, "uid 1", store->last_change().value(), std::move(done));
      }))
    std::exit(1);
  std::mt19937 random(1);
  for (int active : {100, 1000, count})
    for (int round = 0; round < 2; ++round) {
      constexpr int lookups = 100'000;
      double start = thread_cpu_us();
      for (int i = 0; i < lookups; ++i)
        if (*store->key_by_hash(keys[random() % static_cast<unsigned>(active)].hash) == nullptr)
          std::exit(1);
      if (round == 1)
        fmt::print("{:<44} {:6.2f} us\n", fmt::format("a key, {} of 10,000 in use", active),
                   (thread_cpu_us() - start) / lookups);
    }
}

// A year of requests as sums: what the daemon's writer adds row by row, without the rows, which no
// report reads.
class Year {
 public:
  explicit Year(const std::string& folder)
      : state_(Environment::open(folder, {.map_size = 16ull << 30}).value()), spend_(names_) {
    WriteTxn txn(state_->raw());
    names_.open(txn);
    spend_.open(txn);
    if (txn.commit() != 0) std::exit(1);
  }
  void fill(int requests) {
    constexpr int hours_of_year = 365 * 24;
    constexpr int batch = 100'000;
    std::vector<requestlog::Row> rows;
    for (int i = 0; i < requests; ++i) {
      rows.push_back(
          request(static_cast<int>(static_cast<std::int64_t>(i) * hours_of_year / requests)));
      if (rows.size() < batch && i + 1 < requests) continue;
      WriteTxn txn(state_->raw());
      std::vector<Members> members;
      members.reserve(rows.size());
      for (const requestlog::Row& row : rows)
        members.push_back(members_of(names_, txn, row));
      spend_.add(txn, rows, members);
      if (txn.commit() != 0) std::exit(1);
      rows.clear();
    }
  }
  std::vector<Sum> sums(const std::vector<std::string>& by) const {
    return spend_.sums(*state_, by, {}, {}).value();
  }

 private:
  // Few keys do most of the work, each with a model or two.
  requestlog::Row request(int hour) {
    auto key = static_cast<int>(std::min(random_() % 50, random_() % 50));
    requestlog::Row row = make_row({}, first_ + hours(hour));
    row.key_id = "key_" + std::to_string(key);
    row.user_id = "user_" + std::to_string(key / 2);
    row.team_id = "team_" + std::to_string(key / 10);
    auto model = key % 10 + static_cast<int>(random_() % 2);
    row.model = "model_" + std::to_string(model);
    row.provider = "provider_" + std::to_string(model % 4);
    row.tags = {"tag_" + std::to_string(key % 3)};
    return row;
  }

  std::unique_ptr<Environment> state_;
  NameTable names_;
  SpendTable spend_;
  std::mt19937 random_{1};
  Time first_ = parse_rfc3339("2025-01-01T00:00:00Z").value();
};

void measure_reports(int requests) {
  tests::TemporaryFolder folder;
  Year year(folder.path);
  year.fill(requests);
  std::vector<std::string> members = {"key",      "user", "team", "model",
                                      "provider", "tag",  "day",  "hour"};
  double worst = 0;
  for (std::size_t a = 0; a < members.size(); ++a)
    for (std::size_t b = a + 1; b < members.size(); ++b) {
      double start = thread_cpu_us();
      std::size_t lines = year.sums({members[a], members[b]}).size();
      double ms = (thread_cpu_us() - start) / 1000;
      worst = std::max(worst, ms);
      fmt::print("{:<44} {:6.1f} ms, {} lines\n",
                 fmt::format("a year by {} and {}", members[a], members[b]), ms, lines);
    }
  fmt::print("{:<44} {:6.1f} ms\n", "the slowest", worst);
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::warn);
  int seconds = argc > 1 ? std::atoi(argv[1]) : 5;
  int requests = argc > 2 ? std::atoi(argv[2]) : 1'000'000;
  if (seconds > 0) measure_requests(seconds * 1000);
  measure_keys();
  if (requests > 0) measure_reports(requests);
}
