#include "daemon/upstream/resolver.h"

#include <boost/asio/ip/address.hpp>

namespace litegw::upstream {
namespace {

namespace asio = boost::asio;

constexpr auto fresh = std::chrono::seconds(60);
constexpr auto usable = std::chrono::minutes(10);
constexpr std::size_t max_entries = 1024;

using AsioResolver = asio::ip::basic_resolver<asio::ip::tcp, net::Executor>;

Addresses single(const asio::ip::tcp::endpoint& endpoint) {
  std::vector<net::Transport::Endpoint> list;
  list.emplace_back(endpoint);
  return std::make_shared<const std::vector<net::Transport::Endpoint>>(std::move(list));
}

}  // namespace

Resolver::Resolver(const net::Executor& executor, net::TaskGroup& tasks)
    : executor_(executor), tasks_(tasks) {}

net::Task<Result<Addresses>> Resolver::resolve(std::string host, std::uint16_t port) {
  net::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return single({literal, port});
  const std::pair<std::string, std::uint16_t> key(host, port);
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    const auto age = net::Clock::now() - entry.looked_up;
    if (age > fresh && age < usable && !entry.refreshing) {
      entry.refreshing = true;
      tasks_.spawn("dns refresh", refresh(host, port));
    }
    if (age < usable) co_return entry.addresses;
  }
  auto looked_up = co_await look_up(host, port);
  co_return looked_up;
}

net::Task<Result<Addresses>> Resolver::look_up(std::string host, std::uint16_t port) {
  AsioResolver resolver(executor_);
  const std::string service = std::to_string(port);
  const auto flags = asio::ip::resolver_base::numeric_service;
  auto [ec, results] = co_await resolver.async_resolve(host, service, flags, net::nothrow);
  if (ec || results.empty())
    co_return make_error(ErrorCode::upstream_unreachable,
                         "the upstream's host name cannot be resolved",
                         host + ": " + (ec ? ec.message() : "no address"));
  std::vector<net::Transport::Endpoint> list;
  for (const auto& result : results)
    list.emplace_back(result.endpoint());
  Addresses addresses =
      std::make_shared<const std::vector<net::Transport::Endpoint>>(std::move(list));
  if (entries_.size() >= max_entries) entries_.clear();
  Entry& entry = entries_[{host, port}];
  entry.addresses = addresses;
  entry.looked_up = net::Clock::now();
  entry.refreshing = false;
  co_return addresses;
}

net::Task<void> Resolver::refresh(std::string host, std::uint16_t port) {
  const auto looked_up = co_await look_up(host, port);
  if (looked_up) co_return;
  const auto entry = entries_.find({host, port});
  if (entry != entries_.end()) entry->second.refreshing = false;
}

}  // namespace litegw::upstream
