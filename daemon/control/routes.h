// The table of operations of the control socket: which path and method, which right, which handler.
#pragma once

#include <functional>
#include <string_view>

#include "daemon/control/call.h"

namespace litegw::control {

using Handler = net::Task<Result<Reply>> (*)(Context& context, const Call& call);
// Answers JSON lines and writes them itself. Fails before the first line only.
using StreamHandler = net::Task<Status> (*)(Context& context, const Call& call, LineSink& sink);

struct Operation {
  std::string_view method;
  std::string_view collection;  // "/v1/keys"
  bool has_object = false;      // "/v1/keys/{ref}"
  std::string_view action;      // "/v1/keys/{ref}/block"
  Access right = Access::read;
  Handler handler = nullptr;
};

// Fills in call.object. Fails with route_not_found or method_not_allowed.
Result<const Operation*> find_operation(Call& call);
// GET /v1/log with `follow` or `export`.
bool wants_stream(const Call& call);

}  // namespace litegw::control
