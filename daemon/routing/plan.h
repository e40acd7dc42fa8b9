// In which order a request tries the deployments of its model. Pure: randomness is a parameter.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "daemon/config/config.h"

namespace litegw::routing {

// Indexes into config.deployments. Lower `order` first; within one order a random permutation in
// which a deployment's chance to come next grows with its weight (weight 0: only when nothing else
// is left). `random` gives numbers in [0, 1); it is not asked when there is only one deployment.
std::vector<std::size_t> plan(const config::Config& config,
                              const std::vector<std::size_t>& deployments,
                              const std::function<double()>& random);

}  // namespace litegw::routing
