// What a hold and its settlement cost across three levels with two budgets each, alone and with two
// threads that share a team. Prints nanoseconds for one hold + settle of each thread.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "daemon/budget/accounts.h"

using namespace litegw;
using namespace litegw::budget;

namespace {

constexpr int rounds = 500'000;
constexpr int tries = 5;  // the best counts: others use the machine too

Level level(LevelKind kind, const std::string& id) {
  Level out;
  out.id = {kind, id, ""};
  out.budgets = {{dollars(1'000'000), Window{Window::Kind::month, 0}},
                 {dollars(1'000'000), Window{Window::Kind::day, 0}}};
  out.rpm = 1'000'000'000;
  out.tpm = 1'000'000'000'000;
  out.parallel = 1000;
  return out;
}

void work(Accounts& accounts, const std::string& key) {
  std::vector<Level> levels{level(LevelKind::key, key), level(LevelKind::user, "user_" + key),
                            level(LevelKind::team, "team_shared")};
  const Time now = parse_rfc3339("2026-11-23T09:30:00Z").value();
  const Clocks clocks{now, now.time_since_epoch()};
  Need need{Money::nano(1000), 10, false};
  for (int i = 0; i < rounds; ++i) {
    auto held = accounts.hold(levels, need, clocks);
    if (!held) std::abort();
    accounts.settle(std::move(held).value(), Money::nano(900), 9, now);
  }
}

// What must be there after the threads, to the nano-dollar.
void check(const Accounts& accounts, int threads) {
  const Money due = Money::nano(900LL * threads * rounds);
  const std::vector<CounterView> counters = accounts.view({LevelKind::team, "team_shared", ""});
  for (const CounterView& counter : counters)
    if (counter.spent != due || !counter.held.is_zero()) std::abort();
  if (counters.size() != 2) std::abort();
}

struct Cost {
  double cpu = 0, clock = 0;  // nanoseconds for one hold + settle
};

Cost cost_with(int threads) {
  Cost best{1e18, 1e18};
  for (int i = 0; i < tries; ++i) {
    Accounts accounts;
    std::vector<std::thread> running;
    const std::clock_t cpu_before = std::clock();
    running.reserve(static_cast<std::size_t>(threads));
    auto begin = std::chrono::steady_clock::now();
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&, t] { work(accounts, "key_" + std::to_string(t)); });
    for (std::thread& thread : running)
      thread.join();
    std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    check(accounts, threads);
    const double cpu = static_cast<double>(std::clock() - cpu_before) * (1e9 / CLOCKS_PER_SEC);
    best.cpu = std::min(best.cpu, cpu / rounds / threads);
    best.clock = std::min(best.clock, took.count() / rounds);
  }
  return best;
}

}  // namespace

int main() {
  for (const int threads : {1, 2}) {
    const Cost cost = cost_with(threads);
    std::printf(
        "hold + settle, 3 levels, 6 budgets, %d thread%s: %.0f ns of CPU, %.0f ns by the "
        "clock; counters exact\n",
        threads, threads == 1 ? "" : "s on one team", cost.cpu, cost.clock);
  }
}
