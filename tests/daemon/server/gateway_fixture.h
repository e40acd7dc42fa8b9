// One event loop of the daemon with a store of its own, for tests that speak HTTP to it.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "daemon/server/bind.h"
#include "daemon/server/loop.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/socket_peer.h"

namespace litegw::test {

inline constexpr const char* master_key = "sk-master-key-of-the-tests";

inline config::Deployment deployment(const std::string& name, const std::string& api_base) {
  config::Deployment made;
  made.id = "id-" + name + "-" + std::to_string(std::hash<std::string>()(api_base) % 1000);
  made.public_name = name;
  made.provider = "openai";
  made.upstream_model = "real-model";
  made.api_base = api_base;
  made.api_key = Secret("sk-upstream-secret");
  made.price_overrides = Json{{"input_cost_per_token", 0.001}, {"output_cost_per_token", 0.002}};
  return made;
}

class GatewayUnderTest {
 public:
  explicit GatewayUnderTest(std::vector<config::Deployment> deployments) {
    auto config = std::make_shared<config::Config>();
    config->deployments = std::move(deployments);
    for (std::size_t i = 0; i < config->deployments.size(); ++i)
      config->models[config->deployments[i].public_name].push_back(i);
    config->master_key = Secret(master_key);
    config->store.path = folder_.path + "/store";
    config->upstream.connect_timeout = milliseconds(500);
    config->upstream.first_byte_timeout = milliseconds(400);
    config->upstream.stall_timeout = milliseconds(400);
    auto opened = store::Store::open(config->store.path, config->store, config->request_log);
    REQUIRE(opened.has_value());
    store_ = std::move(*opened);
    shared_ = std::make_unique<server::Shared>(*store_);
    server::Snapshot snapshot;
    snapshot.config = config;
    loop_ = std::make_unique<server::Loop>(0, *shared_, std::move(snapshot));
    REQUIRE(loop_->prepare().has_value());
    auto bound = server::bind_loops(*server::parse_listen("127.0.0.1:0"), 1);
    REQUIRE(bound.has_value());
    port_ = bound->endpoint.port();
    loop_->listen(std::move(bound->descriptors.front()));
    thread_ = std::thread([this] { loop_->run(); });
  }
  ~GatewayUnderTest() {
    loop_->post([](server::Loop& loop) { loop.stop(); });
    thread_.join();
    loop_.reset();
    store_.reset();
  }

  // A connected socket; closed by the caller.
  int connect() const {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return descriptor;
  }
  static std::string request(const std::string& body, const std::string& path,
                             const std::string& extra = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " +
           master_key + "\r\n" + extra + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
  // Everything that comes back, to the end of the connection.
  std::string post(const std::string& body, const std::string& path = "/v1/chat/completions",
                   const std::string& extra = "") {
    const int descriptor = connect();
    Peer peer(descriptor);
    peer.send(request(body, path, extra));
    std::string answer;
    char bytes[4096];
    ssize_t count = 0;
    while ((count = ::recv(descriptor, bytes, sizeof bytes, 0)) > 0)
      answer.append(bytes, static_cast<std::size_t>(count));
    return answer;
  }
  // The newest row, once `count` are there.
  requestlog::Row row(std::size_t count = 1) {
    for (int tries = 0; tries < 300; ++tries) {
      store_->flush();
      const auto rows = store_->rows({});
      if (rows && rows->size() >= count) return rows->back();
      usleep(10'000);
    }
    FAIL("no row came");
    return {};
  }

 private:
  tests::TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<server::Shared> shared_;
  std::unique_ptr<server::Loop> loop_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace litegw::test
