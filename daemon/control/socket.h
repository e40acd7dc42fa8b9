// The control socket's file: opened without taking it from a daemon that lives, removed at the end.
// Called once at start, on the main thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace litegw::control {

// Owns the listening descriptor and the file. Moving only.
class ControlSocket {
 public:
  // A socket file that nobody listens on is removed. Fails with already_exists when a daemon
  // answers there (naming its pid), not_permitted or io_error for the folder and the file.
  static Result<ControlSocket> open(const std::string& path);
  ~ControlSocket();
  ControlSocket(ControlSocket&& other) noexcept;
  ControlSocket& operator=(ControlSocket&& other) noexcept;

  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }
  // Ends the listening and removes the file, if it is still ours.
  void close();

 private:
  ControlSocket(std::string path, int descriptor);

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t device_ = 0, inode_ = 0;  // of the file that bind made
};

}  // namespace litegw::control
