#include "daemon/routing/plan.h"

#include <algorithm>

namespace litegw::routing {
namespace {

// Moves a weighted random choice of [begin, end) to its front.
void choose_next(const config::Config& config, std::vector<std::size_t>& list, std::size_t begin,
                 std::size_t end, double random) {
  double total = 0;
  for (std::size_t i = begin; i < end; ++i)
    total += std::max(config.deployments[list[i]].weight, 0.0);
  double left = random * total;
  std::size_t chosen = begin;
  for (std::size_t i = begin; i < end; ++i) {
    const double weight = std::max(config.deployments[list[i]].weight, 0.0);
    if (weight <= 0 && total > 0) continue;
    chosen = i;
    left -= weight;
    if (left < 0) break;
  }
  std::swap(list[begin], list[chosen]);
}

}  // namespace

std::vector<std::size_t> plan(const config::Config& config,
                              const std::vector<std::size_t>& deployments,
                              const std::function<double()>& random) {
  std::vector<std::size_t> list = deployments;
  if (list.size() < 2) return list;
  const auto order = [&](std::size_t index) {
    return config.deployments[index].order;
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
  for (std::size_t begin = 0; begin + 1 < list.size(); ++begin) {
    std::size_t end = begin + 1;
    while (end < list.size() && order(list[end]) == order(list[begin]))
      ++end;
    choose_next(config, list, begin, end, random());
  }
  return list;
}

}  // namespace litegw::routing
