#include "daemon/control/socket.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace litegw::control {
namespace {

constexpr int backlog = 128;
// The kernel tells who connects; the mode keeps nobody out.
constexpr mode_t socket_mode = 0666;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

Error failure(const std::string& what, const std::string& path, int number, std::string hint) {
  ErrorCode code = number == EACCES || number == EPERM || number == EROFS ? ErrorCode::not_permitted
                                                                          : ErrorCode::io_error;
  return make_error(code, fmt::format("{} {}: {}", what, path, std::strerror(number)),
                    std::move(hint));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("the control socket's path has {} bytes, at most {} are possible",
                                  path.size(), sizeof address.sun_path - 1),
                      "give a shorter one with --socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// Whoever may write the folder could put a socket of their own in ours' place.
Status check_folder(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0)
    return failure("cannot use the control socket's folder", folder, errno,
                   "make it, or choose another with --socket");
  if (!S_ISDIR(facts.st_mode))
    return make_error(ErrorCode::io_error, fmt::format("{} is no folder", folder),
                      "choose another with --socket");
  bool ours = facts.st_uid == ::geteuid() || facts.st_uid == 0;
  bool open_to_all = (facts.st_mode & S_IWOTH) != 0 && (facts.st_mode & S_ISVTX) == 0;
  if (ours && !open_to_all) return {};
  return make_error(ErrorCode::not_permitted,
                    fmt::format("the control socket's folder {} {}", folder,
                                ours ? "can be written by every user" : "belongs to another user"),
                    ours ? fmt::format("chmod o-w {}", folder) : "choose another with --socket");
}

// Who listens there, if anybody does.
Status check_taken(const sockaddr_un& address, const std::string& path) {
  Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0) return failure("cannot open a socket for", path, errno, "");
  bool connected =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  // EAGAIN: alive, its queue of connections is full.
  if (!connected && errno != EAGAIN) return {};
  ucred owner{};
  socklen_t size = sizeof owner;
  std::string who = "another litegwd";
  if (connected && ::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &owner, &size) == 0)
    who = fmt::format("litegwd with pid {}", owner.pid);
  return make_error(ErrorCode::already_exists,
                    fmt::format("the control socket {} is served by {}", path, who),
                    "stop it first, or give this one another with --socket");
}

Status remove_stale(const std::string& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return {};
    return failure("cannot look at", path, errno, "");
  }
  if (!S_ISSOCK(facts.st_mode))
    return make_error(ErrorCode::already_exists, fmt::format("{} is there and no socket", path),
                      "remove it, or choose another path with --socket");
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return failure("cannot remove the stale socket", path, errno, "remove it by hand");
}

// Two daemons that start at once must not both find the socket stale.
class StartLock {
 public:
  static Result<StartLock> take(const std::string& path);
  StartLock(StartLock&&) = default;
  ~StartLock() {
    if (descriptor_ && descriptor_->get() >= 0) ::unlink(name_.c_str());
  }

 private:
  StartLock(std::string name, std::unique_ptr<Descriptor> descriptor)
      : name_(std::move(name)), descriptor_(std::move(descriptor)) {}
  std::string name_;
  std::unique_ptr<Descriptor> descriptor_;
};

Result<StartLock> StartLock::take(const std::string& path) {
  std::string name = path + ".lock";
  auto lock = std::make_unique<Descriptor>(
      ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock->get() < 0)
    return failure("cannot write", name, errno, "choose another folder with --socket");
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) == 0)
    return StartLock(std::move(name), std::move(lock));
  return make_error(ErrorCode::already_exists,
                    fmt::format("another litegwd is starting with the control socket {}", path),
                    "try again");
}

}  // namespace

Result<ControlSocket> ControlSocket::open(const std::string& path) {
  Result<sockaddr_un> address = address_of(path);
  if (!address) return address.error();
  if (Status folder = check_folder(path); !folder) return folder.error();
  Result<StartLock> lock = StartLock::take(path);
  if (!lock) return lock.error();
  if (Status taken = check_taken(*address, path); !taken) return taken.error();
  if (Status removed = remove_stale(path); !removed) return removed.error();
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.get() < 0) return failure("cannot open a socket for", path, errno, "");
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return failure("cannot make the control socket", path, errno,
                   "choose another folder with --socket");
  if (::chmod(path.c_str(), socket_mode) != 0 || ::listen(listener.get(), backlog) != 0) {
    Error error = failure("cannot serve the control socket", path, errno, "");
    ::unlink(path.c_str());
    return error;
  }
  return ControlSocket(path, listener.release());
}

ControlSocket::ControlSocket(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {
  struct stat facts {};
  if (::lstat(path_.c_str(), &facts) != 0) return;
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
}

ControlSocket::ControlSocket(ControlSocket&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      device_(other.device_),
      inode_(other.inode_) {}

ControlSocket& ControlSocket::operator=(ControlSocket&& other) noexcept {
  if (this == &other) return *this;
  close();
  path_ = std::move(other.path_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

ControlSocket::~ControlSocket() {
  close();
}

void ControlSocket::close() {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  struct stat facts {};
  bool ours =
      ::lstat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ && facts.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
}

}  // namespace litegw::control
