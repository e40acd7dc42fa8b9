#include "daemon/upstream/pool.h"

#include <algorithm>

namespace litegw::upstream {
namespace {

// Younger ones are handed out without a look: the system call costs more than a rare retry.
constexpr auto trusted = std::chrono::seconds(1);
constexpr auto sweep_every = std::chrono::seconds(2);

}  // namespace

Pool::Pool(net::DeadlineWheel& wheel) : sweep_(wheel, [this] { sweep(); }) {}

std::unique_ptr<Connection> Pool::take(const std::string& key) {
  const auto found = connections_.find(key);
  if (found == connections_.end()) return nullptr;
  auto& list = found->second;
  const auto now = net::Clock::now();
  while (!list.empty()) {
    std::unique_ptr<Connection> connection = std::move(list.back());
    list.pop_back();
    --idle_;
    const auto idle = now - connection->idle_since;
    if (idle > limits_.idle_timeout) continue;
    // Bytes without a request are no answer: whatever they are, the connection is of no use.
    if (idle > trusted && connection->transport.peer_state() != net::Transport::Peer::alive)
      continue;
    connection->reused = true;
    return connection;
  }
  return nullptr;
}

void Pool::put(std::unique_ptr<Connection> connection) {
  auto& list = connections_[connection->key];
  if (list.size() >= limits_.max_idle_per_key || connection->transport.aborted()) return;
  connection->idle_since = net::Clock::now();
  connection->deadline.clear();
  list.push_back(std::move(connection));
  ++idle_;
  if (sweeping_) return;
  sweeping_ = true;
  sweep_.expires_after(sweep_every);
}

// Closes what has been idle for too long or was closed by its peer.
void Pool::sweep() {
  const auto now = net::Clock::now();
  const auto useless = [&](const std::unique_ptr<Connection>& connection) {
    return now - connection->idle_since > limits_.idle_timeout ||
           connection->transport.peer_state() != net::Transport::Peer::alive;
  };
  idle_ = 0;
  for (auto entry = connections_.begin(); entry != connections_.end();) {
    std::erase_if(entry->second, useless);
    idle_ += entry->second.size();
    entry = entry->second.empty() ? connections_.erase(entry) : std::next(entry);
  }
  sweeping_ = idle_ > 0;
  if (sweeping_) sweep_.expires_after(sweep_every);
}

void Pool::clear() {
  connections_.clear();
  idle_ = 0;
}

}  // namespace litegw::upstream
