// Kills a writing process again and again and looks at what it left: every change that was
// acknowledged is there, the store opens, and the sums are never lower than the rows.
//
// usage: store_kill_loop [COUNT] [FOLDER]
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

// One line a change that is on disk: "create NAME", "update NAME N", "delete NAME", "rows N";
// before a deletion, which the kill may come in the middle of, "deleting NAME".
void acknowledge(const std::string& line) {
  std::string text = line + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) std::_Exit(3);
}

void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "writer: %s\n", status.error().message.c_str());
  std::_Exit(4);
}

[[noreturn]] void write_for_ever(const std::string& folder, const std::string& round) {
  auto opened = open_store(folder);
  if (!opened) must(opened.error());
  Store& store = **opened;
  std::thread([&store, round] {
    for (int i = 0;; ++i) {
      store.record(make_row("req_" + round + "_" + std::to_string(i), wall_clock()));
      if (i % 50 != 49) continue;
      store.flush();
      acknowledge("rows " + std::to_string(i + 1));
    }
  }).detach();
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
    if (i % 2 == 1) continue;
    acknowledge("deleting " + name);
    must(remove(store, key.id));
    acknowledge("delete " + name);
  }
}

struct Expected {
  std::map<std::string, std::string> keys;  // name -> user_id
  std::map<std::string, bool> deleted;
  std::uint64_t rows = 0;  // of this round
};

void note(Expected& expected, const std::string& line) {
  std::vector<std::string> words = split(line, ' ');
  if (words[0] == "create") expected.keys[words[1]] = "";
  if (words[0] == "update") expected.keys[words[1]] = words[2];
  if (words[0] == "deleting") expected.keys.erase(words[1]);
  if (words[0] == "delete") expected.deleted[words[1]] = true;
  if (words[0] == "rows") expected.rows = std::stoull(words[1]);
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
  for (ssize_t size; (size = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
    if (!killer.joinable())
      killer = std::thread([=] {
        std::this_thread::sleep_for(life);
        ::kill(child, SIGKILL);
      });
  }
  ::close(pipe_ends[0]);
  if (killer.joinable()) killer.join();
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

void check(const std::string& folder, int round, Expected& expected, std::uint64_t& rows_before) {
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
  if (rows < rows_before + expected.rows) fail(round, "acknowledged rows lost");
  auto problems = store.check();
  if (!problems) fail(round, problems.error().message);
  if (problems)
    for (const std::string& problem : *problems)
      fail(round, problem);
  // Keys that were created and not acknowledged may be there; forget them all for the next round.
  for (const auth::VirtualKey& key : store.list_keys().value())
    if (round % 10 == 9) store.remove_key(key.id, "test", nullptr);
  store.flush();
  rows_before = rows;
  expected.rows = 0;
  expected.deleted.clear();
  if (round % 10 == 9) expected.keys.clear();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--write") write_for_ever(argv[2], argv[3]);
  int count = argc > 1 ? std::atoi(argv[1]) : 100;
  tests::TemporaryFolder own;
  std::string folder = argc > 2 ? argv[2] : own.path;
  std::mt19937 random(std::random_device{}());
  Expected expected;
  std::uint64_t rows = 0, changes = 0;
  for (int round = 0; round < count; ++round) {
    std::chrono::microseconds life(std::uniform_int_distribution<>(0, 40'000)(random));
    run_and_kill(folder, round, life, expected);
    changes += expected.keys.size() + expected.deleted.size();
    check(folder, round, expected, rows);
  }
  std::printf("%d kills, %llu acknowledged keys looked for, %llu rows: %d failures\n", count,
              static_cast<unsigned long long>(changes), static_cast<unsigned long long>(rows),
              failures);
  return failures == 0 && changes > 0 ? 0 : 1;
}
