// Lets the other work of an event loop run: for a coroutine that has much to do in small parts.
#pragma once

#include <boost/asio/post.hpp>

#include "daemon/net/task.h"

namespace litegw::net {

inline Task<void> next_turn(Executor executor) {
  asio::use_awaitable_t<Executor> token;
  return asio::post(executor, token);
}

}  // namespace litegw::net
