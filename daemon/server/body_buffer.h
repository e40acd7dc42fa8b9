// The bytes of one request's body, contiguous, followed by scan_padding readable bytes. Not
// initialised before it is filled: a large body is not touched twice.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "daemon/server/input_buffer.h"

namespace litegw::server {

class BodyBuffer {
 public:
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    std::unique_ptr<char[]> old = std::move(block_);
    block_ = std::make_unique_for_overwrite<char[]>(capacity + scan_padding);
    if (size_ > 0) std::memcpy(block_.get(), old.get(), size_);
    capacity_ = capacity;
  }
  void append(std::string_view bytes) {
    if (!block_ || size_ + bytes.size() > capacity_)
      reserve(std::max<std::size_t>({size_ + bytes.size(), 2 * capacity_, 4096}));
    if (!bytes.empty()) std::memcpy(block_.get() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  // Room behind what is there, and how much of it was filled.
  char* room() { return block_.get() + size_; }
  void filled(std::size_t count) { size_ += count; }

  std::string_view view() const { return {block_.get(), size_}; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  void clear() {
    block_.reset();
    capacity_ = size_ = 0;
  }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace litegw::server
