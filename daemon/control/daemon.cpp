// Handlers: status, version, configuration, reload.
#include "common/control/daemon.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <unistd.h>

#include <boost/version.hpp>
#include <openssl/crypto.h>

#include "common/base/version.h"
#include "daemon/config/effective.h"
#include "daemon/control/handlers.h"
#include "daemon/control/recent.h"
#include "daemon/net/await_callback.h"

namespace litegw::control {
namespace {

std::vector<Problem> problems_of(const config::Report& report) {
  std::vector<Problem> problems;
  for (const config::ShownProblem& shown : report.shown_problems()) {
    Problem problem;
    problem.severity = shown.severity == config::Severity::error ? "error" : "warning";
    problem.file = shown.origin.file;
    problem.line = shown.origin.line;
    problem.column = shown.origin.column;
    problem.message = shown.message;
    problem.hint = shown.hint;
    problem.source_line = shown.source_line;
    problem.variable = shown.variable;
    problems.push_back(std::move(problem));
  }
  return problems;
}

std::vector<ConfigChange> changes_of(const std::vector<config::Change>& changes) {
  std::vector<ConfigChange> all;
  for (const config::Change& change : changes)
    all.push_back({change.name, change.before, change.after, change.needs_restart});
  return all;
}

// Resident memory; 0 when /proc does not say.
std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void add_providers(StatusView& view, const config::Config& config, const RecentAttempts& recent) {
  std::map<std::string, std::int64_t> counts;
  for (const config::Deployment& deployment : config.deployments)
    ++counts[deployment.provider];
  for (const auto& [name, count] : counts) {
    ProviderView provider;
    provider.name = name;
    provider.deployments = count;
    if (const auto last = recent.providers.find(name); last != recent.providers.end()) {
      provider.last_error = last->second.error;
      provider.last_error_at = last->second.error_at;
    }
    view.providers.push_back(std::move(provider));
  }
}

void add_store(StatusView& view, const store::StoreInfo& info, const config::Config& config) {
  view.store.path = config.store.path;
  view.store.state_bytes = info.state_bytes;
  view.store.log_bytes = info.log_bytes;
  view.store.free_bytes = info.free_bytes;
  view.store.keys = info.keys;
  view.store.rows = info.rows;
  view.store.queued = info.queued;
  view.store.dropped = info.dropped;
  view.store.lag_ms = info.lag_ms;
  view.store.full = info.full;
}

Json error_with_problems(const Error& error, const config::Report& report) {
  return error_answer(error, problems_of(report));
}

}  // namespace

net::Task<Result<Reply>> show_status(Context& context, const Call&) {
  DaemonView& daemon = context.daemon;
  const std::shared_ptr<const config::Config> config = daemon.config();
  StatusView view;
  view.version = daemon.version();
  view.api = api_version;
  view.pid = ::getpid();
  view.state = daemon.draining() ? "draining" : "ready";
  view.started_at = daemon.started();
  for (const ListenerView& listener : daemon.listeners())
    view.listeners.push_back({listener.address, listener.tls, "public"});
  // litegw may stand in another folder.
  view.config_file = std::filesystem::absolute(config->file).string();
  view.config_generation = config->generation;
  view.config_warnings = static_cast<std::int64_t>(config->warnings.size());
  const ReloadView& last = daemon.last_reload();
  if (last.before != nullptr || !last.outcome)
    view.last_reload = ReloadState{last.at, last.outcome.has_value(),
                                   last.outcome ? std::string() : last.outcome.error().message};
  view.models = static_cast<std::int64_t>(config->models.size() + config->patterns.size());
  view.deployments = static_cast<std::int64_t>(config->deployments.size());
  add_providers(view, *config, recent_attempts(daemon.store(), wall_clock()));
  const CountersView counters = daemon.counters();
  view.connections = static_cast<std::int64_t>(counters.connections);
  view.active_requests = static_cast<std::int64_t>(counters.active_requests);
  view.active_streams = static_cast<std::int64_t>(counters.active_streams);
  view.counters["requests"] = static_cast<std::int64_t>(counters.requests);
  view.counters["accepted_connections"] = static_cast<std::int64_t>(counters.accepted);
  view.counters["refused_connections"] = static_cast<std::int64_t>(counters.refused_connections);
  add_store(view, daemon.store().info(), *config);
  view.resident_bytes = resident_bytes();
  co_return answer(view);
}

net::Task<Result<Reply>> show_version(Context& context, const Call&) {
  VersionView view;
  view.version = context.daemon.version();
  view.api = api_version;
  view.compiler = compiler();
  view.libraries["openssl"] = OpenSSL_version(OPENSSL_VERSION_STRING);
  view.libraries["boost"] = BOOST_LIB_VERSION;
  co_return answer(view);
}

net::Task<Result<Reply>> show_config(Context& context, const Call&) {
  const std::shared_ptr<const config::Config> config = context.daemon.config();
  ConfigView view;
  view.file = config->file;
  view.generation = config->generation;
  const ReloadView& last = context.daemon.last_reload();
  view.loaded_at = last.outcome ? last.at : context.daemon.started();
  for (const config::EffectiveValue& value : config::effective_values(*config))
    view.settings.push_back({value.name, value.value, config::origin_text(value.origin)});
  for (const config::Warning& warning : config->warnings) {
    Problem problem;
    problem.severity = "warning";
    problem.file = warning.origin.file;
    problem.line = warning.origin.line;
    problem.column = warning.origin.column;
    problem.message = warning.message;
    view.warnings.push_back(std::move(problem));
  }
  co_return answer(view);
}

net::Task<Result<Reply>> diff_config(Context& context, const Call&) {
  const FileView file = context.daemon.read_file();
  const std::shared_ptr<const config::Config> running = context.daemon.config();
  ConfigDiff diff;
  diff.file = running->file;
  diff.problems = problems_of(file.report);
  if (file.config) diff.changes = changes_of(config::changes_between(*running, *file.config));
  co_return answer(diff);
}

net::Task<Result<Reply>> query_environment(Context&, const Call& call) {
  const Result<EnvironmentQuery> query = decode_request<EnvironmentQuery>(call.body);
  if (!query) co_return query.error();
  EnvironmentAnswer found;
  for (const std::string& name : query->names) {
    const char* value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') found.set.push_back(name);
  }
  co_return answer(found);
}

net::Task<Result<Reply>> reload(Context& context, const Call&) {
  auto start = [&](std::function<void(ReloadView)> done) {
    context.daemon.reload([done = std::move(done)](const ReloadView& view) { done(view); });
  };
  net::Task<ReloadView> reloading = net::await_callback<ReloadView>(context.executor, start);
  const ReloadView view = co_await std::move(reloading);
  if (!view.outcome) {
    Error error = view.outcome.error();
    error.hint = "the old configuration stays in force";
    const int status = error_info(error.code).status;
    co_return Reply{status, error_with_problems(error, view.report)};
  }
  ReloadResult result;
  result.generation = view.generation;
  if (view.before)
    result.changes = changes_of(config::changes_between(*view.before, *context.daemon.config()));
  result.warnings = problems_of(view.report);
  for (const std::string& restart : view.restarts) {
    Problem problem;
    problem.severity = "warning";
    problem.file = context.daemon.config()->file;
    problem.message = restart;
    problem.hint = "systemctl restart litegwd";
    result.warnings.push_back(std::move(problem));
  }
  co_return answer(result);
}

}  // namespace litegw::control
