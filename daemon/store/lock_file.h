// Keeps two daemons off one store: a locked file that holds the owner's process id.
#pragma once

#include <string>

#include "common/base/result.h"

namespace litegw::store {

class LockFile {
 public:
  // Fails with store_unavailable: "store locked by litegwd pid N", or why it cannot be made.
  static Result<LockFile> take(const std::string& path);
  LockFile(LockFile&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace litegw::store
