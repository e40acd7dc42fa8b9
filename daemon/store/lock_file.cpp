#include "daemon/store/lock_file.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/text.h"

namespace litegw::store {

Result<LockFile> LockFile::take(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0)
    return make_error(ErrorCode::store_unavailable,
                      fmt::format("cannot write to {}: {}", path, std::strerror(errno)),
                      "run litegwd as the user who owns that folder, or set store.path");
  LockFile lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 24> text{};
    ssize_t length = ::pread(descriptor, text.data(), text.size() - 1, 0);
    std::string pid = escape_control(
        std::string_view(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0));
    return make_error(
        ErrorCode::store_unavailable,
        fmt::format("store locked by litegwd pid {} ({})", pid.empty() ? "?" : pid, path),
        "stop that daemon, or give this one another store.path");
  }
  std::string pid = std::to_string(::getpid());
  // Only a help for messages: the lock itself does not depend on it.
  if (::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0 &&
      errno != ENOSPC && errno != EDQUOT)
    return make_error(ErrorCode::store_unavailable,
                      fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  return lock;
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace litegw::store
