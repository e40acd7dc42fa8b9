// Messages about the daemon itself: status, version, configuration, reload.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/control/api.h"
#include "common/control/codec.h"

namespace litegw::control {

struct ListenerInfo {
  std::string address;  // "127.0.0.1:4000"
  bool tls = false;
  std::string purpose = "public";  // "public", "admin", "metrics"
  static void members(auto& self, auto& visit) {
    visit("address", self.address);
    visit("tls", self.tls);
    visit("purpose", self.purpose);
  }
};

struct ReloadState {
  Time at{};
  bool ok = true;
  std::string error;  // one line; empty when ok
  static void members(auto& self, auto& visit) {
    visit("at", self.at);
    visit("ok", self.ok);
    visit("error", self.error);
  }
};

struct ProviderView {
  std::string name;
  std::int64_t deployments = 0, cooling_down = 0;
  std::string last_error;
  std::optional<Time> last_error_at;
  static void members(auto& self, auto& visit) {
    visit("name", self.name);
    visit("deployments", self.deployments);
    visit("cooling_down", self.cooling_down);
    visit("last_error", self.last_error);
    visit("last_error_at", self.last_error_at);
  }
};

struct StoreView {
  std::string path;
  std::uint64_t state_bytes = 0, log_bytes = 0, free_bytes = 0;
  std::uint64_t keys = 0, rows = 0, queued = 0, dropped = 0;
  std::int64_t lag_ms = 0;
  bool full = false;
  static void members(auto& self, auto& visit) {
    visit("path", self.path);
    visit("state_bytes", self.state_bytes);
    visit("log_bytes", self.log_bytes);
    visit("free_bytes", self.free_bytes);
    visit("keys", self.keys);
    visit("rows", self.rows);
    visit("queued", self.queued);
    visit("dropped", self.dropped);
    visit("lag_ms", self.lag_ms);
    visit("full", self.full);
  }
};

struct StatusView {
  std::string schema = "litegw.status.v1";
  std::string version, api;
  std::int64_t pid = 0;
  std::string state = "ready";  // "starting", "ready", "draining"
  Time started_at{};
  std::vector<ListenerInfo> listeners;
  std::string config_file;
  std::uint64_t config_generation = 0;
  std::int64_t config_warnings = 0;
  std::optional<ReloadState> last_reload;
  std::int64_t models = 0, deployments = 0;
  std::vector<ProviderView> providers;
  std::int64_t connections = 0, active_requests = 0, active_streams = 0;
  StoreView store;
  std::uint64_t resident_bytes = 0;
  std::map<std::string, std::int64_t> counters;  // "requests", "errors", ...: open set
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("version", self.version);
    visit("api", self.api);
    visit("pid", self.pid);
    visit("state", self.state);
    visit("started_at", self.started_at);
    visit("listeners", self.listeners);
    visit("config_file", self.config_file);
    visit("config_generation", self.config_generation);
    visit("config_warnings", self.config_warnings);
    visit("last_reload", self.last_reload);
    visit("models", self.models);
    visit("deployments", self.deployments);
    visit("providers", self.providers);
    visit("connections", self.connections);
    visit("active_requests", self.active_requests);
    visit("active_streams", self.active_streams);
    visit("store", self.store);
    visit("resident_bytes", self.resident_bytes);
    visit("counters", self.counters);
  }
};

struct VersionView {
  std::string schema = "litegw.version.v1";
  std::string version, api, compiler;
  std::map<std::string, std::string> libraries;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("version", self.version);
    visit("api", self.api);
    visit("compiler", self.compiler);
    visit("libraries", self.libraries);
  }
};

// One value in force. Secrets are "***" or their reference ("os.environ/NAME").
struct Setting {
  std::string name;  // "server.listen[0]", "model_list[2].model_name"
  Json value;
  std::string origin;  // "litegw.yaml:12", "default", "environment LITEGW_..."
  static void members(auto& self, auto& visit) {
    visit("name", self.name);
    visit("value", self.value);
    visit("origin", self.origin);
  }
};

struct ConfigView {
  std::string schema = "litegw.config.v1";
  std::string file;
  std::uint64_t generation = 0;
  std::optional<Time> loaded_at;
  std::vector<Setting> settings;
  std::vector<Problem> warnings;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("file", self.file);
    visit("generation", self.generation);
    visit("loaded_at", self.loaded_at);
    visit("settings", self.settings);
    visit("warnings", self.warnings);
  }
};

struct ConfigChange {
  std::string name;
  std::optional<Json> running, file;  // null = not there
  bool needs_restart = false;
  static void members(auto& self, auto& visit) {
    visit("name", self.name);
    visit("running", self.running);
    visit("file", self.file);
    visit("needs_restart", self.needs_restart);
  }
};

struct ConfigDiff {
  std::string schema = "litegw.config-diff.v1";
  std::string file;
  std::vector<ConfigChange> changes;
  std::vector<Problem> problems;  // of the file as it is now; with an error it would not load
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("file", self.file);
    visit("changes", self.changes);
    visit("problems", self.problems);
  }
};

struct ReloadResult {
  std::string schema = "litegw.reload.v1";
  std::uint64_t generation = 0;
  std::vector<ConfigChange> changes;
  std::vector<Problem> warnings;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("generation", self.generation);
    visit("changes", self.changes);
    visit("warnings", self.warnings);
  }
};

// `config check` runs `litegwd --check-config --json --config FILE`, which prints this and exits 0,
// or 78 when there is an error.
struct ConfigCheck {
  std::string schema = "litegw.config-check.v1";
  std::string file;
  std::int64_t models = 0, deployments = 0;
  std::vector<Problem> problems;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("file", self.file);
    visit("models", self.models);
    visit("deployments", self.deployments);
    visit("problems", self.problems);
  }
};

// Which of these variables has the daemon in its environment? `config check` drops warnings about
// those. Names only, values never leave the daemon.
struct EnvironmentQuery {
  std::vector<std::string> names;
  static void members(auto& self, auto& visit) { visit("names", self.names); }
};
struct EnvironmentAnswer {
  std::string schema = "litegw.environment.v1";
  std::vector<std::string> set;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("set", self.set);
  }
};

// What `store check` found, from the running daemon or from `litegwd --check-store`.
struct StoreCheck {
  std::string schema = "litegw.store-check.v1";
  std::string path;
  bool running = false;  // looked at while the daemon was serving
  std::uint64_t keys = 0, rows = 0;
  std::vector<std::string> problems;  // one line each
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("path", self.path);
    visit("running", self.running);
    visit("keys", self.keys);
    visit("rows", self.rows);
    visit("problems", self.problems);
  }
};

struct StoreBackup {
  std::string file;  // absolute; written by the daemon, with its rights
  static void members(auto& self, auto& visit) { visit("file", self.file); }
};
// Also of `litegwd --restore-store FILE`.
struct StoreCopied {
  std::string schema = "litegw.store-backup.v1";
  std::string file, path;  // the copy, the store
  std::uint64_t bytes = 0;
  static void members(auto& self, auto& visit) {
    visit("schema", self.schema);
    visit("file", self.file);
    visit("path", self.path);
    visit("bytes", self.bytes);
  }
};

}  // namespace litegw::control
