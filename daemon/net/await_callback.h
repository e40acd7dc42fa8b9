// Waits for something that answers by calling a function, on whatever thread: the store's writer,
// another event loop. The coroutine goes on on its own loop.
//
//   auto start = [&](std::function<void(Status)> done) { store.create_key(key, actor, done); };
//   Status created = co_await net::await_callback<Status>(executor, start);
//
// `start` is called at once and must call `done` exactly once, now or later.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "daemon/net/task.h"

namespace litegw::net {

template <class T, class Start>
Task<T> await_callback(Executor executor, Start& start) {
  auto initiate = [executor, &start](auto&& handler) {
    using Handler = std::decay_t<decltype(handler)>;
    auto waiting = std::make_shared<Handler>(std::move(handler));
    auto work = asio::make_work_guard(executor);
    std::function<void(T)> done = [executor, waiting, work](T value) {
      auto resume = [waiting, value = std::move(value)]() mutable {
        Handler handler_once = std::move(*waiting);
        std::move(handler_once)(std::move(value));
      };
      asio::post(executor, std::move(resume));
    };
    start(std::move(done));
  };
  asio::use_awaitable_t<Executor> token;
  return asio::async_initiate<asio::use_awaitable_t<Executor>, void(T)>(std::move(initiate), token);
}

}  // namespace litegw::net
