// Reload: load, check and prepare everything first, then swap on every loop.
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>

#include "daemon/app/daemon.h"
#include "daemon/app/log.h"

namespace litegw::app {

void Daemon::reload(ReloadDone done) {
  waiting_reloads_.push_back(std::move(done));
  if (!reloading_) reload_next();
}

control::FileView Daemon::read_file() const {
  LoadedConfig loaded = load_config(options_, snapshot_.config->generation);
  return {std::move(loaded.config), std::move(loaded.report)};
}

void Daemon::reload_next() {
  reloading_ = true;
  notify_.reloading();
  LoadedConfig loaded = load_config(options_, snapshot_.config->generation + 1);
  control::ReloadView view;
  view.at = wall_clock();
  view.report = std::move(loaded.report);
  view.before = snapshot_.config;
  view.generation = snapshot_.config->generation;
  if (!loaded.config) view.outcome = loaded.error;
  if (loaded.config) view.outcome = swap_in(loaded.config, view);
  if (!view.outcome) {
    finish_reload(std::move(view));
    return;
  }
  auto shared_view = std::make_shared<control::ReloadView>(std::move(view));
  when_adopted([this, shared_view] { finish_reload(std::move(*shared_view)); });
}

Status Daemon::swap_in(const std::shared_ptr<const config::Config>& config,
                       control::ReloadView& view) {
  Result<Prepared> prepared = prepare(config, loops_.size());
  if (!prepared) return prepared.error();
  if (const Status log = configure_log(config->log); !log) return log.error();
  for (Listening& added : prepared->added) {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      auto descriptor = std::make_shared<net::Descriptor>(std::move(added.bound.descriptors[i]));
      loops_[i]->post([descriptor](server::Loop& loop) { loop.listen(std::move(*descriptor)); });
    }
    listening_.push_back(std::move(added));
  }
  const std::vector<std::string>& wanted = config->server.listen;
  for (const Listening& listening : listening_)
    if (std::find(wanted.begin(), wanted.end(), listening.wanted) == wanted.end())
      view.restarts.push_back("server.listen: " + server::to_text(listening.bound.endpoint) +
                              " stays open until a restart");
  if (config->store.path != snapshot_.config->store.path)
    view.restarts.push_back("store.path: takes effect with a restart");
  if (config->server.threads != snapshot_.config->server.threads)
    view.restarts.push_back("server.threads: takes effect with a restart");
  if (config->server.timezone != snapshot_.config->server.timezone)
    view.restarts.push_back("server.timezone: takes effect with a restart");
  view.generation = config->generation;
  snapshot_ = std::move(prepared->snapshot);
  return {};
}

// Calls `done` once the new snapshot is in force on every loop.
void Daemon::when_adopted(const std::function<void()>& done) {
  auto left = std::make_shared<std::size_t>(loops_.size());
  for (auto& loop : loops_)
    loop->post([this, left, done, snapshot = snapshot_](server::Loop& self) {
      self.adopt(snapshot);
      net::asio::post(io_, [left, done] {
        if (--*left == 0) done();
      });
    });
}

void Daemon::finish_reload(control::ReloadView view) {
  if (view.outcome) {
    spdlog::info("reloaded generation={} warnings={}", view.generation, view.report.warnings());
    for (const std::string& restart : view.restarts)
      spdlog::warn("restart needed for=\"{}\"", restart);
  } else {
    spdlog::error("reload failed, the old configuration stays error=\"{}\"",
                  view.outcome.error().message);
    const std::string problems = config::render_text(view.report);
    if (!problems.empty()) std::fputs(problems.c_str(), stderr);
  }
  last_reload_ = std::move(view);
  notify_.ready(status_line());
  const ReloadDone done = std::move(waiting_reloads_.front());
  waiting_reloads_.erase(waiting_reloads_.begin());
  done(last_reload_);
  reloading_ = false;
  if (!waiting_reloads_.empty()) reload_next();
}

}  // namespace litegw::app
