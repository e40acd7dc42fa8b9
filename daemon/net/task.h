// The coroutine vocabulary of every folder that does I/O. Each event loop is one io_context run by
// one thread, so the executor type is concrete: no type erasure per operation, and nothing that
// lives on a loop needs a lock.
#pragma once

#include <chrono>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace litegw::net {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
template <class T>
using Task = asio::awaitable<T, Executor>;

// Completion token: the operation gives a tuple that begins with an error_code, it never throws.
// `auto [ec] = co_await timer.async_wait(nothrow);`
inline constexpr auto nothrow = asio::as_tuple(asio::use_awaitable_t<Executor>{});

// What reads and writes give: what went wrong, and how many bytes moved before that.
using IoResult = std::tuple<error_code, std::size_t>;
using IoStatus = std::tuple<error_code>;

using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

}  // namespace litegw::net
