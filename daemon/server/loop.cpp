#include "daemon/server/loop.h"

#include <cstdlib>

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "daemon/server/routes.h"

namespace litegw::server {
namespace {

constexpr std::chrono::milliseconds stop_grace{500};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// One of the connections that server.max_connections counts.
class Place {
 public:
  explicit Place(std::atomic<std::uint64_t>& taken) : taken_(taken) {}
  ~Place() { taken_.fetch_sub(1, std::memory_order_relaxed); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::atomic<std::uint64_t>& taken_;
};

}  // namespace

Loop::Loop(std::size_t index, Shared& shared, Snapshot snapshot)
    : io_(1),
      work_(net::asio::make_work_guard(io_)),
      deadlines_(io_.get_executor()),
      tasks_(io_.get_executor()),
      shared_(shared),
      tls_(std::move(snapshot.tls)),
      services_{.executor = io_.get_executor(),
                .deadlines = deadlines_,
                .tasks = tasks_,
                .store = shared.store,
                .accounts = shared.accounts,
                .counters = counters_,
                .loop_index = index,
                .config = std::move(snapshot.config),
                .prices = std::move(snapshot.prices),
                .find_route = &find_route} {}

Loop::~Loop() = default;

Status Loop::prepare() {
  auto proxies = upstream::ProxySettings::read(environment);
  if (!proxies) return proxies.error();
  auto client = upstream::Client::make(io_.get_executor(), deadlines_, tasks_,
                                       services_.config->upstream, std::move(*proxies));
  if (!client) return client.error();
  upstream_ = std::move(*client);
  services_.upstream = upstream_.get();
  return {};
}

void Loop::run() {
  io_.run();
}

void Loop::post(std::function<void(Loop&)> work) {
  net::asio::post(io_, [this, work = std::move(work)] { work(*this); });
}

void Loop::listen(net::Descriptor descriptor) {
  auto take_one = [this](Accepted& accepted) {
    return take(accepted);
  };
  Listener& listener = listeners_.emplace_back(services_, std::move(descriptor), take_one);
  tasks_.spawn("listener", listener.run());
}

bool Loop::take(Accepted& accepted) {
  const std::uint64_t limit = services_.config->server.max_connections;
  if (shared_.connections.fetch_add(1, std::memory_order_relaxed) >= limit) {
    shared_.connections.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  net::Task<void> task = serve(std::move(accepted));
  tasks_.spawn("connection", std::move(task));
  return true;
}

net::Task<void> Loop::serve(Accepted accepted) {
  const Place place(shared_.connections);
  Connection connection(services_, accepted.family, accepted.descriptor.release(), accepted.client);
  connections_.push_back(connection);
  if (services_.draining) connection.drain();
  co_await connection.run(tls_);
}

void Loop::adopt(Snapshot snapshot) {
  const Status configured = upstream_->configure(snapshot.config->upstream);
  if (!configured)
    spdlog::error("upstream settings not adopted error=\"{}\"", configured.error().message);
  services_.config = std::move(snapshot.config);
  services_.prices = std::move(snapshot.prices);
  tls_ = std::move(snapshot.tls);
}

void Loop::drain() {
  services_.draining = true;
  for (Listener& listener : listeners_)
    listener.stop();
  for (Connection& connection : connections_)
    connection.drain();
}

void Loop::interrupt(Interruption why) {
  for (Connection& connection : connections_)
    connection.interrupt(why);
}

void Loop::end_requests_of(std::string_view key_id) {
  for (Connection& connection : connections_)
    connection.end_request_of(key_id);
}

void Loop::stop() {
  drain();
  interrupt(Interruption::client_gone);
  tasks_.cancel_all();
  net::asio::co_spawn(io_, wind_down(), [](std::exception_ptr) {});
}

net::Task<void> Loop::wind_down() {
  co_await tasks_.drain(stop_grace);
  work_.reset();
  io_.stop();
}

}  // namespace litegw::server
