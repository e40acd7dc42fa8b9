#include "daemon/routing/plan.h"

#include <doctest/doctest.h>

namespace litegw::routing {
namespace {

config::Config with(const std::vector<std::pair<double, int>>& weights_and_orders) {
  config::Config config;
  for (const auto& [weight, order] : weights_and_orders) {
    config::Deployment deployment;
    deployment.weight = weight;
    deployment.order = order;
    config.deployments.push_back(deployment);
  }
  return config;
}

TEST_CASE("a plan names each deployment once, lower orders first") {
  const auto config = with({{1, 2}, {1, 1}, {1, 2}, {1, 1}});
  for (const double random : {0.0, 0.3, 0.7, 0.999}) {
    const auto list = plan(config, {0, 1, 2, 3}, [&] { return random; });
    REQUIRE(list.size() == 4);
    CHECK(list[0] + list[1] == 4);  // 1 and 3
    CHECK(list[2] + list[3] == 2);  // 0 and 2
  }
}

TEST_CASE("the first choice follows the weights, and weight 0 comes last") {
  const auto config = with({{1, 0}, {3, 0}, {0, 0}});
  CHECK(plan(config, {0, 1, 2}, [] { return 0.1; })[0] == 0);
  CHECK(plan(config, {0, 1, 2}, [] { return 0.3; })[0] == 1);
  CHECK(plan(config, {0, 1, 2}, [] { return 0.99; })[0] == 1);
  CHECK(plan(config, {0, 1, 2}, [] { return 0.99; })[2] == 2);
}

TEST_CASE("one deployment needs no randomness") {
  const auto config = with({{1, 0}});
  CHECK(plan(config, {0}, [] { return throw 1, 0.0; }) == std::vector<std::size_t>{0});
}

}  // namespace
}  // namespace litegw::routing
