#include "daemon/net/task_group.h"

#include <exception>

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace litegw::net {
namespace {

// Cancellation reaches a task as error values of its operations, never as an exception.
Task<void> run(Task<void> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await std::move(task);
}

void report(std::string_view name, const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    spdlog::error("task ended with an exception task=\"{}\" error=\"{}\"", name, error.what());
  } catch (...) {
    spdlog::error("task ended with an unknown exception task=\"{}\"", name);
  }
}

}  // namespace

TaskGroup::TaskGroup(Executor executor) : executor_(executor), idle_(executor) {}

void TaskGroup::spawn(std::string_view name, Task<void> task) {
  const auto signal = running_.emplace(running_.end());
  auto ended = [this, signal, name](std::exception_ptr failure) {
    report(name, failure);
    running_.erase(signal);
    if (running_.empty()) idle_.cancel();
  };
  asio::co_spawn(executor_, run(std::move(task)),
                 asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
}

void TaskGroup::cancel_all() {
  for (auto at = running_.begin(); at != running_.end();) {
    const auto current = at++;
    current->emit(asio::cancellation_type::terminal);
  }
}

Task<bool> TaskGroup::drain(std::chrono::milliseconds grace) {
  if (running_.empty()) co_return true;
  idle_.expires_after(grace);
  co_await idle_.async_wait(nothrow);
  co_return running_.empty();
}

}  // namespace litegw::net
