// The route table: what is not in it is 404, with another method 405. Pure look-ups; any thread.
#pragma once

#include <string>
#include <string_view>

#include "daemon/server/route.h"

namespace litegw::server {

struct RouteMatch {
  const Route* route;     // never null: refusals are routes too, with a handler that says so
  std::string parameter;  // what stood for the variable part, decoded; or what Allow lists (405)
};

// `path` as it came. Normalised when it is not known as it stands (path.h).
RouteMatch find_route(std::string_view method, std::string_view path);

// For errors before or beside routing.
const Route& unmatched_route(Style style);

}  // namespace litegw::server
