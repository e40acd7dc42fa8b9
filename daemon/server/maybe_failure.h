// A Failure or none, no larger than a pointer: coroutines hold several of these for as long as they
// stream. Used by the completions of one event loop.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "daemon/providers/failure.h"

namespace litegw::server {

class MaybeFailure {
 public:
  MaybeFailure() = default;
  explicit(false) MaybeFailure(std::nullopt_t) {}
  explicit(false) MaybeFailure(providers::Failure failure)
      : failure_(std::make_unique<providers::Failure>(std::move(failure))) {}

  explicit operator bool() const { return failure_ != nullptr; }
  providers::Failure& operator*() const { return *failure_; }
  providers::Failure* operator->() const { return failure_.get(); }

 private:
  std::unique_ptr<providers::Failure> failure_;
};

}  // namespace litegw::server
