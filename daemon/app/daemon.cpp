#include "daemon/app/daemon.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/base/text.h"
#include "common/base/version.h"
#include "daemon/app/log.h"
#include "daemon/upstream/tls.h"

namespace litegw::app {
namespace {

constexpr seconds control_grace{2};

std::size_t loop_count(const config::Config& config) {
  if (config.server.threads > 0) return config.server.threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

std::string model_names(const config::Config& config) {
  std::vector<std::string> names;
  names.reserve(config.models.size() + config.patterns.size());
  for (const auto& [name, deployments] : config.models)
    names.push_back(name);
  for (const auto& [name, deployments] : config.patterns)
    names.push_back(name);
  constexpr std::size_t shown = 20;
  const std::size_t all = names.size();
  if (all > shown) names.resize(shown);
  std::string text = join(names, ",");
  if (all > shown) text.append(",...");
  return text;
}

}  // namespace

Daemon::Daemon(Options options)
    : options_(std::move(options)),
      io_(1),
      signals_(io_.get_executor()),
      drain_timer_(io_.get_executor()),
      watchdog_timer_(io_.get_executor()),
      store_timer_(io_.get_executor()),
      started_(wall_clock()) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
    signals_.add(number);
}

Daemon::~Daemon() = default;

int Daemon::run() {
  int exit_code = 0;
  if (!start(exit_code)) return exit_code;
  for (auto& loop : loops_)
    threads_.emplace_back([&loop] { loop->run(); });
  wait_for_signal();
  watch_loops();
  watch_store();
  control_->start();
  notify_.ready(status_line());
  spdlog::info("ready");
  io_.run();
  for (std::thread& thread : threads_)
    thread.join();
  store_->flush();
  close_control();
  spdlog::info("stopped exit={}", exit_code_);
  return exit_code_;
}

bool Daemon::start(int& exit_code) {
  LoadedConfig loaded = load_config(options_, 1);
  auto fail = [&exit_code](int code, const Error& error) {
    print_failure(error);
    exit_code = code;
    return false;
  };
  const std::string problems = config::render_text(loaded.report);
  if (!problems.empty()) std::fputs(problems.c_str(), stderr);
  if (!loaded.config) return fail(exit_config, loaded.error);
  const config::Config& config = *loaded.config;
  if (const Status log = configure_log(config.log); !log) return fail(exit_config, log.error());
  raise_descriptor_limit();

  auto store = store::Store::open(config.store.path, config.store, config.request_log);
  if (!store) return fail(exit_store, store.error());
  store_ = std::move(*store);
  shared_ = std::make_unique<server::Shared>(*store_, time_zone(config));
  if (const Status restored = restore_accounts(); !restored)
    return fail(exit_store, restored.error());
  const std::size_t count = loop_count(config);
  Result<Prepared> prepared = prepare(loaded.config, count);
  if (!prepared) {
    const bool configured = prepared.error().code == ErrorCode::config_invalid;
    return fail(configured ? exit_config : exit_failed, prepared.error());
  }
  snapshot_ = std::move(prepared->snapshot);
  listening_ = std::move(prepared->added);
  if (const Status control = open_control(); !control) return fail(exit_failed, control.error());
  if (const Status made = make_loops(count); !made) return fail(exit_config, made.error());
  last_reload_.at = started_;
  last_reload_.report = std::move(loaded.report);
  say_what_is_served();
  return true;
}

// What was spent before this start counts on. The periods next to now come last: of a window's
// many periods, accounts keep those that are near the last one.
Status Daemon::restore_accounts() {
  Result<std::vector<budget::Counter>> counters = store_->counters();
  if (!counters) return counters.error();
  const Time now = wall_clock();
  const auto distance = [&](const budget::Counter& counter) {
    const Time start = counter.place.period.start;
    if (start == Time::min()) return Duration::max();
    return start < now ? now - start : start - now;
  };
  std::stable_sort(counters->begin(), counters->end(),
                   [&](const auto& a, const auto& b) { return distance(a) > distance(b); });
  for (const auto& [place, spent] : *counters)
    shared_->accounts.restore(place.level, place.window, place.period, spent);
  return {};
}

Status Daemon::open_control() {
  socket_path_ = options_.socket ? *options_.socket : default_socket_path();
  auto control = control::ControlServer::open(io_.get_executor(), *this, socket_path_);
  if (!control) return control.error();
  control_ = std::move(*control);
  return {};
}

// The sessions' coroutines use the server: they end before it does.
void Daemon::close_control() {
  control_->stop();
  io_.restart();
  const auto until = net::Clock::now() + control_grace;
  while (control_->sessions() > 0 && net::Clock::now() < until)
    io_.run_one_until(until);
  if (control_->sessions() == 0) {
    control_.reset();
    return;
  }
  spdlog::error("control sessions do not end left={}", control_->sessions());
  static_cast<void>(control_.release());  // NOLINT(bugprone-unused-return-value): they live on
}

Status Daemon::make_loops(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<server::Loop>(i, *shared_, snapshot_));
    if (const Status prepared = loops_[i]->prepare(); !prepared) return prepared;
    for (Listening& listening : listening_)
      loops_[i]->listen(std::move(listening.bound.descriptors[i]));
  }
  return {};
}

// Binds only addresses that are not served yet.
Result<Daemon::Prepared> Daemon::prepare(std::shared_ptr<const config::Config> config,
                                         std::size_t loops) {
  Prepared prepared;
  Result<std::shared_ptr<const ledger::PriceBook>> prices = load_prices(*config);
  if (!prices) return prices.error();
  prepared.snapshot.prices = std::move(*prices);
  if (!config->server.tls.empty()) {
    auto tls = server::TlsContexts::load(config->server.tls);
    if (!tls) return tls.error();
    prepared.snapshot.tls = std::move(*tls);
  }
  // Each loop makes its own; whether that can be done is known before anything is swapped.
  if (!config->upstream.ca_file.empty()) {
    const auto trusted = upstream::TlsContext::make(config->upstream.ca_file);
    if (!trusted) return trusted.error();
  }
  for (const std::string& wanted : config->server.listen) {
    auto same = [&wanted](const Listening& listening) {
      return listening.wanted == wanted;
    };
    if (std::any_of(listening_.begin(), listening_.end(), same)) continue;
    const auto endpoint = server::parse_listen(wanted);
    if (!endpoint) return endpoint.error();
    Result<server::Bound> bound = server::bind_loops(*endpoint, loops);
    if (!bound) return bound.error();
    prepared.added.push_back(Listening{std::move(*bound), wanted});
  }
  prepared.snapshot.config = std::move(config);
  return prepared;
}

void Daemon::say_what_is_served() const {
  const config::Config& config = *snapshot_.config;
  spdlog::info("litegwd starts version={} config={} store={} socket={}", version(), config.file,
               config.store.path, socket_path_);
  for (const control::ListenerView& listener : listeners())
    spdlog::info("listening address={} tls={}", listener.address, listener.tls ? "yes" : "no");
  spdlog::info("models count={} names={}", config.models.size() + config.patterns.size(),
               model_names(config));
  const std::uint64_t keys = store_->key_count();
  if (keys > 0 || !config.master_key.empty()) {
    spdlog::info("keys count={} master_key={}", keys, config.master_key.empty() ? "no" : "yes");
    return;
  }
  spdlog::warn("0 keys: every request is refused; run `litegw key create --name me`");
}

std::string Daemon::status_line() const {
  std::vector<std::string> addresses;
  for (const control::ListenerView& listener : listeners())
    addresses.push_back(listener.address);
  return fmt::format("serving {} models on {}", snapshot_.config->models.size(),
                     join(addresses, ", "));
}

std::string Daemon::version() const {
  return std::string(litegw::version());
}

std::vector<control::ListenerView> Daemon::listeners() const {
  std::vector<control::ListenerView> views;
  views.reserve(listening_.size());
  for (const Listening& listening : listening_)
    views.push_back({server::to_text(listening.bound.endpoint), snapshot_.tls != nullptr});
  return views;
}

void Daemon::end_requests(const std::string& key_id) {
  for (auto& loop : loops_)
    loop->post([key_id](server::Loop& self) { self.end_requests_of(key_id); });
}

control::CountersView Daemon::counters() const {
  control::CountersView sum;
  for (const auto& loop : loops_) {
    const server::LoopCounters& counters = loop->counters();
    sum.connections += counters.connections.load(std::memory_order_relaxed);
    sum.accepted += counters.accepted.load(std::memory_order_relaxed);
    sum.refused_connections += counters.refused_connections.load(std::memory_order_relaxed);
    sum.requests += counters.requests.load(std::memory_order_relaxed);
    sum.active_requests += counters.active_requests.load(std::memory_order_relaxed);
    sum.active_streams += counters.active_streams.load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace litegw::app
