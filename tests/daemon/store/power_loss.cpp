// Simulates a power loss at every point of a recorded run: this program's own pwrite, writev and
// fdatasync stand before libc's, so that all that LMDB writes to the state environment is recorded.
// A disk that loses power has everything up to the last finished sync, and any part of what was
// written after it. Each such image must open, check clean and know all that was acknowledged.
//
// usage: store_power_loss [--skip-sync]   (a planted fault)
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <variant>

#include <dlfcn.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/store/temp_store.h"

using namespace litegw;
using namespace litegw::store;
using namespace litegw::store::test;

namespace {

struct Write {
  off_t offset = 0;
  std::string bytes;
  bool synced = false;  // through a descriptor with O_DSYNC
};
struct Sync {};
// What the store has acknowledged by now.
struct Acknowledged {
  std::vector<std::string> keys;
  Money least, most;  // that the counter can say, with holds that become charges
};
using Event = std::variant<Write, Sync, Acknowledged>;

std::mutex mutex;
std::vector<Event> events;
bool recording = false;

void record(bool on) {
  std::lock_guard lock(mutex);
  recording = on;
}

void note(Event event) {
  std::lock_guard lock(mutex);
  if (recording) events.push_back(std::move(event));
}

bool is_state(int descriptor) {
  char target[4096];
  std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  return size > 0 &&
         std::string_view(target, static_cast<std::size_t>(size)).ends_with("/state/data.mdb");
}

void note_write(int descriptor, off_t offset, std::string bytes) {
  bool synced = (::fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
  note(Write{offset, std::move(bytes), synced});
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  static auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  ssize_t written = real(descriptor, data, size, offset);
  if (written > 0 && is_state(descriptor))
    note_write(descriptor, offset,
               std::string(static_cast<const char*>(data), static_cast<std::size_t>(written)));
  return written;
}

ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  static auto real = next<ssize_t (*)(int, const struct iovec*, int)>("writev");
  off_t offset = ::lseek(descriptor, 0, SEEK_CUR);
  ssize_t written = real(descriptor, parts, count);
  if (written <= 0 || !is_state(descriptor)) return written;
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  bytes.resize(static_cast<std::size_t>(written));
  note_write(descriptor, offset, std::move(bytes));
  return written;
}

int fdatasync(int descriptor) {
  static auto real = next<int (*)(int)>("fdatasync");
  int code = real(descriptor);
  if (code == 0 && is_state(descriptor)) note(Sync{});
  return code;
}

}  // extern "C"

namespace {

void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  std::exit(2);
}

const budget::Place counter = place_of(budget::LevelKind::key, "key_a", "month", Time{});

// Keys, strict holds, draws, charges, resets; a restart now and then, with holds left open.
void record_run(int steps, const std::string& folder) {
  Acknowledged known;
  auto acknowledge = [&] {
    note(known);
  };
  record(true);
  auto store = open_store(folder).value();
  acknowledge();
  for (int i = 0; i < steps; ++i) {
    std::string name = "k" + std::to_string(i);
    must(create(*store, make_key(name, "sk-" + name + "-0123456789")));
    known.keys.push_back(name);
    acknowledge();
    budget::OpenHold hold = make_hold(*store, "req_" + name, Money::nano(1000 + i), {counter});
    known.most += hold.amount;
    acknowledge();
    must(wait_for([&](Done done) { store->hold(hold, std::move(done)); }));
    if (i % 10 == 9) {  // this one dies with its process, and is charged
      known.least += hold.amount;
      acknowledge();
      store.reset();
      store = open_store(folder).value();
      continue;
    }
    for (int row = 0; row < 20; ++row) {
      budget::OpenHold other = make_hold(*store, "", Money{}, {counter});
      settle(*store, other, Money::nano(row), wall_clock() - hours(row % 3));
    }
    known.most += Money::nano(190);
    acknowledge();
    settle(*store, hold, Money::nano(500 + i));
    store->flush();
    known.least += Money::nano(190 + 500 + i);
    known.most = known.least;
    acknowledge();
  }
  store.reset();
  record(false);
}

int failures = 0;
bool quiet = false;  // failures are expected
void fail(std::size_t point, const std::string& what) {
  if (++failures <= 20) std::fprintf(stderr, "point %zu: %s\n", point, what.c_str());
}

void apply(std::string& image, off_t offset, std::string_view bytes) {
  auto at = static_cast<std::size_t>(offset);
  if (image.size() < at + bytes.size()) image.resize(at + bytes.size());
  image.replace(at, bytes.size(), bytes);
}

void look_at(const std::string& image, std::size_t point, const Acknowledged& known);

// In a process of its own: what LMDB makes of a damaged file may be a crash.
void look_apart(const std::string& image, std::size_t point, const Acknowledged& known) {
  std::fflush(nullptr);
  pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    if (quiet && std::freopen("/dev/null", "w", stderr) == nullptr) std::_Exit(100);
    look_at(image, point, known);
    std::_Exit(std::min(failures, 100));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    return fail(point, "opening it ends in " + std::to_string(WTERMSIG(status)));
  failures += WEXITSTATUS(status);
}

void look_at(const std::string& image, std::size_t point, const Acknowledged& known) {
  tests::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path + "/state");
  std::ofstream(folder.path + "/state/data.mdb", std::ios::binary) << image;
  auto store = open_store(folder.path);
  if (!store) return fail(point, "does not open: " + store.error().message);
  auto problems = (*store)->check();
  if (!problems) return fail(point, "cannot be checked: " + problems.error().message);
  for (const std::string& problem : *problems)
    fail(point, problem);
  for (const std::string& name : known.keys) {
    auto key = (*store)->find_key_by(name);
    if (!key || !*key) fail(point, "acknowledged key lost: " + name);
  }
  Money says = spent(**store, counter);
  if (says < known.least) fail(point, "charges lost: " + to_decimal(known.least - says));
  if (says > known.most) fail(point, "charged twice: " + to_decimal(says - known.most));
}

struct Replay {
  std::mt19937 random{4711};
  int images_a_point = 4;
  bool skip_sync = false;
  std::string durable;
  std::vector<Write> pending;
  Acknowledged known;
  std::size_t images = 0;

  // Any of the pages that are on their way may have arrived, the last one torn.
  std::string some_image() {
    std::string image = durable;
    constexpr std::size_t page = 4096, sector = 512;
    for (const Write& write : pending)
      for (std::size_t at = 0; at < write.bytes.size(); at += page) {
        if (random() % 2 == 0) continue;
        std::size_t size = std::min(page, write.bytes.size() - at);
        if (random() % 4 == 0) size = std::min(size, sector * (1 + random() % 8));
        apply(image, write.offset + static_cast<off_t>(at),
              std::string_view(write.bytes).substr(at, size));
      }
    return image;
  }
  void lose_power(std::size_t point) {
    for (int i = 0; i < images_a_point; ++i, ++images)
      look_apart(i == 0 ? durable : some_image(), point, known);
  }
  void arrive() {
    for (const Write& write : pending)
      apply(durable, write.offset, write.bytes);
    pending.clear();
  }
};

void replay(Replay& state) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (const auto* known = std::get_if<Acknowledged>(&events[i])) state.known = *known;
    const auto* write = std::get_if<Write>(&events[i]);
    if (write != nullptr) state.pending.push_back(*write);
    bool sync = std::holds_alternative<Sync>(events[i]);
    bool synced_write = write != nullptr && write->synced;
    if (!sync && !synced_write) continue;
    // Just before the sync is over; what is acknowledged by now was synced before.
    if (state.skip_sync && failures > 0) return;  // seen
    state.lose_power(i);
    // Without its fdatasync the meta page alone is on the disk.
    if (sync && state.skip_sync) continue;
    if (synced_write && state.skip_sync) {
      apply(state.durable, write->offset, write->bytes);
      state.pending.pop_back();
      if (state.pending.size() > 500) state.arrive();
      continue;
    }
    state.arrive();
  }
  state.lose_power(events.size());
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  Replay state;
  int steps = is_long_run() ? 100 : 12;
  state.images_a_point = is_long_run() ? 10 : 3;
  quiet = state.skip_sync = argc > 1 && std::string(argv[1]) == "--skip-sync";
  {
    tests::TemporaryFolder folder;
    open_store(folder.path).value().reset();
    std::ifstream first(folder.path + "/state/data.mdb", std::ios::binary);
    state.durable.assign(std::istreambuf_iterator<char>(first), {});
    record_run(steps, folder.path);
  }
  std::size_t writes = 0, syncs = 0;
  for (const Event& event : events) {
    writes += std::holds_alternative<Write>(event) ? 1 : 0;
    syncs += std::holds_alternative<Sync>(event) ? 1 : 0;
  }
  replay(state);
  std::printf("%zu writes, %zu syncs, %zu images: %d failures\n", writes, syncs, state.images,
              failures);
  // A run that recorded nothing proves nothing.
  if (syncs < static_cast<std::size_t>(steps)) return 1;
  return (failures == 0) == !state.skip_sync ? 0 : 1;
}
