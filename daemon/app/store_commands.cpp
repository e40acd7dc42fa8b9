#include "daemon/app/store_commands.h"

#include <filesystem>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/control/daemon.h"
#include "daemon/app/startup.h"
#include "daemon/store/lock_file.h"
#include "daemon/store/store.h"

namespace litegw::app {
namespace {

namespace fs = std::filesystem;

// The settings of the store. A store can be looked at without a configuration when its folder is
// named.
Result<config::Config> settings_of(const Options& options) {
  if (options.config.empty() && options.state_dir) {
    config::Config config;
    config.store.path = *options.state_dir;
    return config;
  }
  LoadedConfig loaded = load_config(options, 0);
  if (!loaded.config) return loaded.error;
  return config::Config(*loaded.config);
}

Result<control::StoreCheck> look_at(const config::Config& config) {
  const std::string& path = config.store.path;
  std::error_code failure;
  if (!fs::exists(path + "/state/data.mdb", failure))
    return make_error(ErrorCode::not_found, fmt::format("there is no store in {}", path),
                      "name its folder with --state-dir, or the configuration with --config");
  auto store = store::Store::open(path, config.store, config.request_log);
  if (!store) return store.error();
  const Result<std::vector<std::string>> problems = (*store)->check();
  if (!problems) return problems.error();
  control::StoreCheck check;
  check.path = path;
  const store::StoreInfo info = (*store)->info();
  check.keys = info.keys;
  check.rows = info.rows;
  check.problems = *problems;
  return check;
}

int fail(const Error& error) {
  print_failure(error);
  return error.code == ErrorCode::config_invalid ? exit_config : exit_store;
}

Error cannot(std::string_view what, const std::string& path, const std::error_code& why) {
  return make_error(ErrorCode::io_error, fmt::format("cannot {} {}: {}", what, path, why.message()),
                    "run it as the user who owns the store");
}

// The copy as a store of its own, looked at as a whole before anything is moved.
Status prepare(const std::string& file, const std::string& folder, const config::Config& config) {
  std::error_code failure;
  fs::create_directories(folder + "/state", failure);
  if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
  if (!failure) fs::copy_file(file, folder + "/state/data.mdb", failure);
  if (failure) return cannot("copy", file, failure);
  fs::permissions(folder + "/state/data.mdb", fs::perms::owner_read | fs::perms::owner_write,
                  failure);
  config::Config copy = config;
  copy.store.path = folder;
  const Result<control::StoreCheck> check = look_at(copy);
  if (!check)
    return make_error(ErrorCode::store_unavailable, fmt::format("{} is no backup of a store", file),
                      check.error().message);
  if (check->problems.empty()) return {};
  return make_error(ErrorCode::store_unavailable,
                    fmt::format("{} is damaged: {}", file, check->problems.front()),
                    "take another backup; nothing was changed");
}

// The rows of requests go with the state that they were counted in: beside another state they
// would be neither in its reports nor in its counters.
Status swap(const std::string& path, const std::string& fresh, const std::string& aside) {
  std::error_code failure;
  fs::create_directory(aside, failure);
  if (failure) return cannot("make", aside, failure);
  for (const char* part : {"/state", "/log"}) {
    if (!fs::exists(path + part, failure)) continue;
    fs::rename(path + part, aside + part, failure);
    if (failure) return cannot("move", path + part, failure);
  }
  fs::rename(fresh + "/state", path + "/state", failure);
  if (failure) return cannot("move", fresh + "/state", failure);
  return {};
}

Result<control::StoreCopied> restore(const std::string& file, const config::Config& config) {
  std::error_code failure;
  const std::uintmax_t bytes = fs::file_size(file, failure);
  if (failure) return cannot("read", file, failure);
  const std::string& path = config.store.path;
  fs::create_directories(path, failure);
  Result<store::LockFile> lock = store::LockFile::take(path + "/lock");
  if (!lock) return lock.error();
  const std::string fresh = fmt::format("{}/restoring-{}", path, ::getpid());
  std::string time = to_rfc3339(wall_clock());
  std::erase(time, ':');
  const std::string aside = fmt::format("{}/before-restore-{}", path, time);
  Status done = prepare(file, fresh, config);
  if (done) done = swap(path, fresh, aside);
  fs::remove_all(fresh, failure);
  if (!done) return done.error();
  control::StoreCopied copied;
  copied.file = file;
  copied.path = aside;
  copied.bytes = bytes;
  return copied;
}

}  // namespace

int check_store(const Options& options) {
  const Result<config::Config> config = settings_of(options);
  if (!config) return fail(config.error());
  const Result<control::StoreCheck> check = look_at(*config);
  if (!check) return fail(check.error());
  if (options.json) {
    std::cout << dump(control::encode(*check)) << "\n";
    return 0;
  }
  for (const std::string& problem : check->problems)
    std::cout << problem << "\n";
  std::cerr << fmt::format("{}: {} problems\n", check->path, check->problems.size());
  return 0;
}

int restore_store(const Options& options) {
  const Result<config::Config> config = settings_of(options);
  if (!config) return fail(config.error());
  const Result<control::StoreCopied> copied = restore(options.restore_store, *config);
  if (!copied) return fail(copied.error());
  if (options.json)
    std::cout << dump(control::encode(*copied)) << "\n";
  else
    std::cerr << fmt::format("restored; what was there is in {}\n", copied->path);
  return 0;
}

}  // namespace litegw::app
