#include "daemon/server/mock_source.h"

#include <boost/asio/post.hpp>

namespace litegw::server {

MockSource::MockSource(net::Executor executor, providers::mock::MockAnswer answer)
    : executor_(executor), answer_(std::move(answer)) {}

Result<std::string_view> MockSource::take() {
  if (!ready_ || done()) return std::string_view();
  ready_ = false;
  return std::string_view(answer_.pieces[next_++]);
}

net::Task<Status> MockSource::wait() {
  net::asio::use_awaitable_t<net::Executor> token;
  co_await net::asio::post(executor_, token);
  ready_ = true;
  if (aborted_) co_return make_error(ErrorCode::client_closed, "the client closed the connection");
  co_return Status();
}

}  // namespace litegw::server
