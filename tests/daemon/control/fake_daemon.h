// A daemon without listeners: a real store in a temporary folder, a configuration from text, and
// the control server on a loop of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include <spdlog/spdlog.h>
#include <stdlib.h>

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include "common/base/ids.h"
#include "common/http/client.h"
#include "daemon/control/server.h"
#include "tests/daemon/config/fake_environment.h"
#include "tests/support/temporary_folder.h"

namespace litegw::control::test {

inline const std::string models_text = R"(model_list:
  - {model_name: mock, litellm_params: {model: mock/mock}}
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o, api_key: sk-provider-SECRET-1}
    model_info: {access_groups: [beta]}
router_settings: {model_group_alias: {smart: gpt-4o}}
)";

class FakeDaemon final : public DaemonView {
 public:
  explicit FakeDaemon(const std::string& folder) : folder_(folder) {
    open_store();
    config_ = config::load_text(file_text).config;
    REQUIRE(config_ != nullptr);
  }

  std::string version() const override { return "0.0.0-test"; }
  Time started() const override { return Time(days(20'000)); }
  bool draining() const override { return false; }
  std::string socket_path() const override { return ""; }
  std::vector<ListenerView> listeners() const override { return {{"127.0.0.1:4000", false}}; }
  std::size_t loops() const override { return 1; }
  CountersView counters() const override { return {}; }
  std::shared_ptr<const config::Config> config() const override { return config_; }
  std::shared_ptr<const ledger::PriceBook> prices() const override { return nullptr; }
  store::Store& store() override { return *store_; }
  budget::Accounts& accounts() override { return accounts_; }
  void end_requests(const std::string& key_id) override { ended.push_back(key_id); }
  FileView read_file() const override {
    config::Loaded loaded = config::load_text(file_text);
    return {std::move(loaded.config), std::move(loaded.report)};
  }
  const ReloadView& last_reload() const override { return last_; }
  void reload(std::function<void(const ReloadView&)> done) override {
    config::Loaded loaded = config::load_text(file_text);
    last_ = ReloadView{};
    last_.before = config_;
    last_.report = std::move(loaded.report);
    if (loaded.config) config_ = loaded.config;
    if (!loaded.config) last_.outcome = make_error(ErrorCode::config_invalid, "cannot be used");
    done(last_);
  }

  // As if litegwd had died and was started again; while no request is under way.
  void die_and_start() {
    store_->flush();
    store_.reset();
    open_store();
    for (const budget::Counter& counter : store_->counters().value())
      accounts_.restore(counter.place.level, counter.place.window, counter.place.period,
                        counter.spent);
  }

  std::vector<std::string> ended;       // keys whose requests were to be ended; see after the call
  std::string file_text = models_text;  // changed by tests while no request is under way

 private:
  void open_store() {
    config::StoreSettings settings;
    settings.path = folder_ + "/store";
    auto opened = store::Store::open(settings.path, settings, {});
    REQUIRE(opened.has_value());
    store_ = std::move(*opened);
  }

  std::string folder_;
  std::unique_ptr<store::Store> store_;
  budget::Accounts accounts_;
  std::shared_ptr<const config::Config> config_;
  ReloadView last_;
};

struct Answer {
  int status = 0;
  Json body;
  std::string error_code() const { return member("code"); }
  std::string message() const { return member("message"); }
  std::string param() const { return member("param"); }
  std::string hint() const { return member("hint"); }

 private:
  std::string member(const char* name) const {
    if (!body.is_object() || !body.contains("error")) return {};
    return body["error"].value(name, std::string());
  }
};

// The control server, running.
class Running {
 public:
  explicit Running(AccessRules rules = system_rules()) : io_(1), daemon(folder.path) {
    auto opened = ControlServer::open(io_.get_executor(), daemon, folder.path + "/ctl.sock",
                                      std::move(rules));
    REQUIRE_MESSAGE(opened.has_value(), (opened ? std::string() : opened.error().message));
    spdlog::set_level(spdlog::level::off);
    server_ = std::move(*opened);
    server_->start();
    thread_ = std::thread([this] {
      auto work = net::asio::make_work_guard(io_);
      while (!ending_ || server_->sessions() > 0)
        io_.run_one_for(std::chrono::milliseconds(20));
    });
  }
  ~Running() {
    net::asio::post(io_, [this] {
      server_->stop();
      ending_ = true;
    });
    thread_.join();
    server_.reset();
  }

  const std::string& socket() const { return server_->path(); }

  Answer call(const std::string& method, const std::string& target, const Json& body = Json()) {
    return call_text(method, target, body.is_null() ? std::string() : dump(body));
  }
  Answer call_text(const std::string& method, const std::string& target, const std::string& body,
                   std::vector<http::Header> headers = {}) {
    auto client = http::Client::connect(http::unix_endpoint(socket()));
    REQUIRE(client.has_value());
    http::Request request{method, target, std::move(headers), body};
    auto reply = client.value().request(request);
    REQUIRE(reply.has_value());
    Answer answer{reply.value().status, {}};
    if (Result<Json> json = parse_json(reply.value().body)) answer.body = std::move(*json);
    return answer;
  }
  Answer create(const Json& body) { return call("POST", "/v1/keys", body); }

  void record(const std::string& id, const std::string& model = "mock") {
    requestlog::Row row;
    row.id = id;
    row.started = wall_clock();
    row.status = 200;
    row.model = row.asked_model = model;
    row.key_id = "key_a";
    row.cost = Money::nano(1000);
    row.priced = true;
    CHECK(daemon.store().record(std::move(row)));
  }

 private:
  net::asio::io_context io_;  // outlives the store, whose writer posts to it

 public:
  tests::TemporaryFolder folder;
  FakeDaemon daemon;

 private:
  std::unique_ptr<ControlServer> server_;
  std::thread thread_;
  std::atomic<bool> ending_{false};
};

}  // namespace litegw::control::test
