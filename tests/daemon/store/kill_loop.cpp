// Kills a writing process again and again and looks at what it left: every change that was
// acknowledged is there, the store opens, the sums are never lower than the rows, holds of the dead
// process are charges, and no charge is missing that was recorded 250 ms before the kill.
//
// usage: store_kill_loop [COUNT] [FOLDER]
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

// One line a change that is on disk: "create NAME", "update NAME N", "delete NAME", "rows N",
// "charged NANO" (all charges of this round that are on disk), "held NANO" (the same for holds that
// stay open), "opened NANO"; before a change, which the kill may come in the middle of, "deleting
// NAME", "charging NANO", "opening NANO"; "recorded NANO AT" = what was recorded by then;
// "releasing NANO", "released NANO": of what rounds before were charged for their open holds.
void acknowledge(const std::string& line) {
  std::string text = line + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) std::_Exit(3);
}

void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "writer: %s\n", status.error().message.c_str());
  std::_Exit(4);
}

constexpr std::int64_t journal_lag_ms = 250;  // the default of limits.journal_lag

std::int64_t steady_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

std::vector<budget::Place> charged_places() {
  return {place_of(budget::LevelKind::key, "key_a"),
          place_of(budget::LevelKind::key, "key_a", "month"),
          place_of(budget::LevelKind::team, "team_1", "12h")};
}
budget::Place opened_place() {
  return place_of(budget::LevelKind::user, "user_opened");
}

// Requests: a hold, a draw on it now and then, a charge; every hundredth is still under way when
// the kill comes, and waited for its hold.
[[noreturn]] void request_for_ever(Store& store, const std::string& round) {
  std::int64_t charged = 0, held = 0;
  for (int i = 0;; ++i) {
    // What admissions do.
    while (store.journal_lag_ms() > journal_lag_ms)
      std::this_thread::sleep_for(milliseconds(1));
    budget::OpenHold hold = make_hold(store, "req_" + round + "_" + std::to_string(i),
                                      Money::nano(100), charged_places());
    if (i % 50 == 0) acknowledge("charging " + std::to_string(charged + held + 50L * 300));
    if (i % 100 == 99) {
      must(wait_for([&](Done done) { store.hold(hold, std::move(done)); }));
      held += hold.amount.nano();
      acknowledge("held " + std::to_string(held));
      continue;
    }
    store.hold(hold);
    if (i % 7 == 0) {
      hold.amount = Money::nano(200);
      store.hold(hold);
    }
    settle(store, hold, Money::nano(120));
    charged += 120;
    if (i % 10 == 0) acknowledge(fmt::format("recorded {} {}", charged, steady_ms()));
    if (i % 50 != 49) continue;
    store.flush();
    acknowledge(fmt::format("rows {}", i + 1 - (i + 1) / 100));
    acknowledge("charged " + std::to_string(charged));
  }
}

// Charges of rounds before, which nobody has released.
std::vector<budget::UnsettledCharge> unsettled_charges(const Store& store) {
  std::vector<budget::UnsettledCharge> found;
  must(store.unsettled_charges([&](const budget::UnsettledCharge& charge) {
    if (!charge.released) found.push_back(charge);
    return true;
  }));
  return found;
}

void release_one(Store& store, std::vector<budget::UnsettledCharge>& charges, Money& released) {
  if (charges.empty()) return;
  const budget::UnsettledCharge charge = std::move(charges.back());
  charges.pop_back();
  released += charge.amount;
  acknowledge("releasing " + std::to_string(released.nano()));
  must(wait_for([&](const Done& done) {
    store.release({charge.number}, "uid 1",
                  [done](const Result<std::vector<budget::Entry>>& taken) {
                    done(taken ? Status() : Status(taken.error()));
                  });
  }));
  acknowledge("released " + std::to_string(released.nano()));
}

[[noreturn]] void write_for_ever(const std::string& folder, const std::string& round) {
  auto opened = open_store(folder);
  if (!opened) must(opened.error());
  Store& store = **opened;
  std::thread([&store, round] { request_for_ever(store, round); }).detach();
  std::int64_t brought = 0;
  std::vector<budget::UnsettledCharge> charges = unsettled_charges(store);
  Money released;
  for (int i = 0;; ++i) {
    std::string name = "k" + round + "_" + std::to_string(i);
    auth::VirtualKey key = make_key(name, "sk-" + name + "-0123456789");
    must(create(store, key));
    acknowledge("create " + name);
    auth::VirtualKey next = key;
    next.updated = key.updated + Duration(1);
    next.user_id = "1";
    must(update(store, next, key.updated));
    acknowledge("update " + name + " 1");
    budget::Entry entry;
    entry.kind = budget::Entry::Kind::opening;
    entry.time = wall_clock();
    entry.amount = Money::nano(5);
    entry.places = {opened_place()};
    brought += 5;
    acknowledge("opening " + std::to_string(brought));
    must(wait_for(
        [&](Done done) { store.adjust({entry}, "budget opening", "uid 1", std::move(done)); }));
    acknowledge("opened " + std::to_string(brought));
    release_one(store, charges, released);
    if (i % 2 == 1) continue;
    acknowledge("deleting " + name);
    must(remove(store, key.id));
    acknowledge("delete " + name);
  }
}

struct Expected {
  std::map<std::string, std::string> keys;  // name -> user_id
  std::map<std::string, bool> deleted;
  std::uint64_t rows = 0;  // of this round, as all below
  std::int64_t charging = 0, charged = 0, held = 0, opening = 0, opened = 0;
  std::int64_t releasing = 0, released = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> recorded;  // how much, when
  std::int64_t killed = 0;                                      // when
};

void note(Expected& expected, const std::string& line) {
  std::vector<std::string> words = split(line, ' ');
  if (words[0] == "create") expected.keys[words[1]] = "";
  if (words[0] == "update") expected.keys[words[1]] = words[2];
  if (words[0] == "deleting") expected.keys.erase(words[1]);
  if (words[0] == "delete") expected.deleted[words[1]] = true;
  if (words[0] == "rows") expected.rows = std::stoull(words[1]);
  if (words[0] == "charging") expected.charging = std::stoll(words[1]);
  if (words[0] == "charged") expected.charged = std::stoll(words[1]);
  if (words[0] == "held") expected.held = std::stoll(words[1]);
  if (words[0] == "opening") expected.opening = std::stoll(words[1]);
  if (words[0] == "opened") expected.opened = std::stoll(words[1]);
  if (words[0] == "releasing") expected.releasing = std::stoll(words[1]);
  if (words[0] == "released") expected.released = std::stoll(words[1]);
  if (words[0] == "recorded")
    expected.recorded.emplace_back(std::stoll(words[1]), std::stoll(words[2]));
}

// Reads acknowledgements for `life` after the first one, kills, reads what was still in the pipe.
void run_and_kill(const std::string& folder, int round, std::chrono::microseconds life,
                  Expected& expected) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) std::abort();
  std::string number = std::to_string(round);
  pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::close(pipe_ends[0]);
    ::execl("/proc/self/exe", "store_kill_loop", "--write", folder.c_str(), number.c_str(),
            nullptr);
    std::_Exit(5);
  }
  ::close(pipe_ends[1]);
  std::string text;
  char buffer[4096];
  std::thread killer;
  std::int64_t killed = 0;
  for (ssize_t size = 0; (size = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
    if (!killer.joinable())
      killer = std::thread([=, &killed] {
        std::this_thread::sleep_for(life);
        killed = steady_ms();
        ::kill(child, SIGKILL);
      });
  }
  ::close(pipe_ends[0]);
  if (killer.joinable()) killer.join();
  expected.killed = killed;
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSIGNALED(status)) {
    std::fprintf(stderr, "round %d: the writer ended by itself, status %d\n", round, status);
    std::exit(1);
  }
  // A last line without its end was being written when the kill came.
  std::vector<std::string> lines = split(text, '\n');
  lines.pop_back();
  for (const std::string& line : lines)
    note(expected, line);
}

int failures = 0;
void fail(int round, const std::string& what) {
  ++failures;
  std::fprintf(stderr, "round %d: %s\n", round, what.c_str());
}

// Counters as of the last round.
struct Before {
  std::uint64_t rows = 0;
  Money charged, opened, released;
};

// Of all rounds, as far as the store knows.
Money released_in_all(const Store& store) {
  Money released;
  must(store.unsettled_charges([&](const budget::UnsettledCharge& charge) {
    if (charge.released) released += charge.amount;
    return true;
  }));
  return released;
}

void check_money(Store& store, int round, const Expected& expected, Before& before) {
  const Money released_so_far = released_in_all(store);
  const std::int64_t released = (released_so_far - before.released).nano();
  if (released < expected.released || released > std::max(expected.releasing, expected.released))
    fail(round, fmt::format("released {}, acknowledged {} of {}", released, expected.released,
                            expected.releasing));
  // What was charged, whatever of it was released since.
  std::int64_t charged = (spent(store, charged_places()[0]) - before.charged).nano() + released;
  std::int64_t opened = (spent(store, opened_place()) - before.opened).nano();
  if (charged < expected.charged + expected.held)
    fail(round, fmt::format("charges lost: {} of {} and {} held", charged, expected.charged,
                            expected.held));
  if (charged > std::max(expected.charging, expected.charged + expected.held))
    fail(round, fmt::format("charged {}, at most {} was asked for", charged, expected.charging));
  for (const auto& [amount, at] : expected.recorded)
    if (at + journal_lag_ms < expected.killed && charged < amount + expected.held)
      fail(round, fmt::format("{} recorded {} ms before the kill, {} charged", amount,
                              expected.killed - at, charged));
  if (opened < expected.opened || opened > std::max(expected.opening, expected.opened))
    fail(round, fmt::format("opened {}, acknowledged {} of {}", opened, expected.opened,
                            expected.opening));
  if (!store.holds().value().empty()) fail(round, "holds of the dead process are left");
  // The same charges at every level.
  Money key, team;
  for (const budget::Counter& counter : store.counters().value()) {
    if (counter.place.window.kind == budget::Window::Kind::month) key += counter.spent;
    if (counter.place.level.kind == budget::LevelKind::team) team += counter.spent;
  }
  Money all = spent(store, charged_places()[0]);
  if (key != all || team != all) fail(round, "the levels have not seen the same charges");
  before.charged = all;
  before.released = released_so_far;
  before.opened = spent(store, opened_place());
}

void check(const std::string& folder, int round, Expected& expected, Before& before) {
  auto opened = open_store(folder);
  if (!opened) return fail(round, "does not open: " + opened.error().message);
  Store& store = **opened;
  for (const auto& [name, user] : expected.keys) {
    auto key = store.find_key_by(name);
    if (!key || !*key) {
      fail(round, "acknowledged key lost: " + name);
    } else if ((*key)->user_id < user) {
      fail(round, "acknowledged update lost: " + name);
    } else if (!store.key_by_hash((*key)->hash).value()) {
      fail(round, "index lost: " + name);
    }
  }
  for (const auto& [name, gone] : expected.deleted)
    if (store.find_key_by(name).value()) fail(round, "deleted key is back: " + name);
  std::uint64_t rows = store.info().rows;
  if (rows < before.rows + expected.rows) fail(round, "acknowledged rows lost");
  check_money(store, round, expected, before);
  auto problems = store.check();
  if (!problems) fail(round, problems.error().message);
  if (problems)
    for (const std::string& problem : *problems)
      fail(round, problem);
  // Keys that were created and not acknowledged may be there; forget them all for the next round.
  for (const auth::VirtualKey& key : store.list_keys().value())
    if (round % 10 == 9) store.remove_key(key.id, "test", nullptr);
  store.flush();
  before.rows = store.info().rows;
  Expected next;
  next.keys = std::move(expected.keys);
  expected = std::move(next);
  if (round % 10 == 9) expected.keys.clear();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--write") write_for_ever(argv[2], argv[3]);
  spdlog::set_level(spdlog::level::err);  // each start says that it has settled holds
  int count = argc > 1 ? std::atoi(argv[1]) : is_long_run() ? 1000 : 100;
  tests::TemporaryFolder own;
  std::string folder = argc > 2 ? argv[2] : own.path;
  std::mt19937 random(std::random_device{}());
  Expected expected;
  Before before;
  std::uint64_t changes = 0;
  for (int round = 0; round < count; ++round) {
    // Some live long enough that what they recorded first must be there.
    int longest = round % 10 == 5 ? 600'000 : 40'000;
    std::chrono::microseconds life(std::uniform_int_distribution<>(0, longest)(random));
    run_and_kill(folder, round, life, expected);
    changes += expected.keys.size() + expected.deleted.size();
    check(folder, round, expected, before);
  }
  fmt::print("{} kills, {} acknowledged keys looked for, {} rows, {} charged: {} failures\n", count,
             changes, before.rows, to_display(before.charged), failures);
  return failures == 0 && changes > 0 ? 0 : 1;
}
