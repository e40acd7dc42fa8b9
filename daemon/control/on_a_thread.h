// For handlers whose work takes long, so that the control loop goes on meanwhile: `work` runs on a
// thread of its own, which the daemon's end waits for. Inside daemon/control.
#pragma once

#include <functional>
#include <thread>
#include <utility>

#include "daemon/control/call.h"
#include "daemon/net/await_callback.h"

namespace litegw::control {

template <class T, class Work>
net::Task<T> on_a_thread(Context& context, Work& work) {
  std::jthread worker;  // joined also when the wait is given up
  auto start = [&](std::function<void(T)> done) {
    worker = std::jthread([&work, done = std::move(done)] { done(work()); });
  };
  net::Task<T> waiting = net::await_callback<T>(context.executor, start);
  T result = co_await std::move(waiting);
  co_return result;
}

}  // namespace litegw::control
