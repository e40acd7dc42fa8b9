#include "daemon/net/peer_watch.h"

#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace litegw::net {
namespace {

constexpr std::chrono::milliseconds first_look{30};
constexpr std::chrono::milliseconds look_again{50};

}  // namespace

// Shared with the pending operation, which may outlive the watch.
struct PeerWatch::Peek {
  PeerWatch* watch = nullptr;
  asio::cancellation_signal cancel;
  bool pending = false;
  char byte = 0;
};

PeerWatch::PeerWatch(Transport& transport, DeadlineWheel& wheel)
    : transport_(transport), next_look_(wheel, [this] { look(); }) {}

PeerWatch::~PeerWatch() {
  stop();
  if (peek_) peek_->watch = nullptr;
}

void PeerWatch::start(std::function<void()> gone) {
  gone_ = std::move(gone);
  next_look_.expires_after(first_look);
}

void PeerWatch::stop() {
  gone_ = nullptr;
  next_look_.clear();
  if (peek_ && peek_->pending) peek_->cancel.emit(asio::cancellation_type::terminal);
}

void PeerWatch::look() {
  if (!gone_) return;
  const bool aborted = transport_.aborted();
  switch (aborted ? Transport::Peer::gone : transport_.peer_state()) {
    case Transport::Peer::gone: {
      const std::function<void()> gone = std::exchange(gone_, nullptr);
      gone();
      return;
    }
    case Transport::Peer::talks:
      next_look_.expires_after(look_again);
      return;
    case Transport::Peer::alive:
      wait_for_bytes();
      return;
  }
}

void PeerWatch::wait_for_bytes() {
  if (!peek_) {
    peek_ = std::make_shared<Peek>();
    peek_->watch = this;
  }
  // Cancelled but not yet told so; the next look starts anew.
  if (peek_->pending) {
    next_look_.expires_after(look_again);
    return;
  }
  peek_->pending = true;
  auto seen = [peek = peek_](error_code ec, std::size_t) {
    peek->pending = false;
    if (ec == asio::error::operation_aborted || peek->watch == nullptr) return;
    peek->watch->look();
  };
  transport_.socket().async_receive(
      asio::buffer(&peek_->byte, 1), asio::socket_base::message_peek,
      asio::bind_cancellation_slot(peek_->cancel.slot(), std::move(seen)));
}

}  // namespace litegw::net
