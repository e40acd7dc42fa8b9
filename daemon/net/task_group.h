// Every coroutine that is started and not awaited runs in a task group, so that shutting down can
// wait for it. One group belongs to one event loop and is used on its thread only.
#pragma once

#include <list>
#include <string_view>

#include <boost/asio/cancellation_signal.hpp>

#include "daemon/net/task.h"

namespace litegw::net {

class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts `task`. `name` (a literal) is what the log calls it should it throw, which is a bug.
  void spawn(std::string_view name, Task<void> task);
  // Aborts what each task waits for; operations end with operation_aborted, which is an error value
  // with `nothrow`. Tasks see later operations fail only if they look at the error.
  void cancel_all();
  // Waits until no task is left; false when `grace` ran out before. One waiter at a time.
  Task<bool> drain(std::chrono::milliseconds grace);

  std::size_t size() const { return running_.size(); }

 private:
  Executor executor_;
  Timer idle_;
  std::list<asio::cancellation_signal> running_;
};

}  // namespace litegw::net
