// What a connection has received and not used yet: the head of the current request at its front,
// whatever came behind it. 4 KiB at first, larger only while a larger head arrives; holds no memory
// when released. 64 readable bytes always follow the last received one, so that a body that came
// with its head can be scanned in place.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include <boost/asio/buffer.hpp>

namespace litegw::server {

// simdjson reads this far beyond the end of what it scans.
inline constexpr std::size_t scan_padding = 64;

class InputBuffer {
 public:
  static constexpr std::size_t initial = 4096;

  std::string_view unread() const { return {block_.get() + begin_, end_ - begin_}; }
  std::size_t capacity() const { return capacity_; }

  // Where the next bytes go; empty when the buffer is full. Bytes never move: views into what is
  // here stay right.
  boost::asio::mutable_buffer room() {
    if (!block_) allocate(initial);
    return {block_.get() + end_, capacity_ - end_};
  }
  void received(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }

  // The unread bytes move to the front; views die. Grows to `size` when that is more.
  void compact(std::size_t size = initial) {
    const std::size_t wanted = std::max(size, unread().size());
    if (wanted > capacity_ || (capacity_ > initial && wanted <= initial)) {
      move_to(wanted);
      return;
    }
    if (begin_ == 0) return;
    std::memmove(block_.get(), block_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // In place of what is unread.
  void assign(std::string_view bytes) {
    begin_ = end_ = 0;
    if (bytes.empty()) return;
    if (bytes.size() > capacity_) allocate(std::max(initial, bytes.size()));
    std::memmove(block_.get(), bytes.data(), bytes.size());
    end_ = bytes.size();
  }
  // Gives the memory back when nothing is unread.
  void release_if_empty() {
    if (begin_ != end_) return;
    block_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  void allocate(std::size_t size) {
    block_ = std::make_unique_for_overwrite<char[]>(size + scan_padding);
    capacity_ = size;
  }
  void move_to(std::size_t size) {
    std::unique_ptr<char[]> old = std::move(block_);
    const std::string_view kept(old.get() + begin_, end_ - begin_);
    allocate(size);
    begin_ = end_ = 0;
    if (!kept.empty()) std::memcpy(block_.get(), kept.data(), kept.size());
    end_ = kept.size();
  }

  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace litegw::server
