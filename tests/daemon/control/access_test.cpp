#include <fstream>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

namespace {

constexpr uid_t stranger = 65534;

int connect_to(const std::string& path) {
  int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  ::close(descriptor);
  return -1;
}

std::string read_all(int descriptor) {
  std::string all;
  char block[4096];
  ssize_t count = 0;
  while ((count = ::read(descriptor, block, sizeof block)) > 0)
    all.append(block, static_cast<std::size_t>(count));
  return all;
}

}  // namespace

TEST_CASE("root, the daemon's user and litegw-admin change, litegw reads, others nothing") {
  AccessRules rules{{0, 990}, 50, 60};
  CHECK(rules.access_of({0, 1, {0}, "root"}) == Access::change);
  CHECK(rules.access_of({990, 1, {990}, "litegw"}) == Access::change);
  CHECK(rules.access_of({1000, 1, {1000, 60}, "ada"}) == Access::change);
  CHECK(rules.access_of({1000, 1, {1000, 50}, "ada"}) == Access::read);
  CHECK(rules.access_of({1000, 1, {1000}, "ada"}) == Access::none);
  AccessRules without_groups{{0}, {}, {}};
  CHECK(without_groups.access_of({1000, 1, {1000}, "ada"}) == Access::none);
}

TEST_CASE("a peer without a right is told the command that lets it in, before it has sent a byte") {
  Running running(AccessRules{});
  int descriptor = connect_to(running.socket());
  REQUIRE(descriptor >= 0);
  std::string answer = read_all(descriptor);
  ::close(descriptor);
  CHECK(answer.starts_with("HTTP/1.1 403 "));
  CHECK(answer.find("not_permitted") != std::string::npos);
  CHECK(answer.find("usermod -aG litegw ") != std::string::npos);
  CHECK(answer.find("log in again") != std::string::npos);
}

TEST_CASE("a reader reads and may not change anything") {
  AccessRules readers_only;
  readers_only.readers = ::getegid();
  Running running(readers_only);
  CHECK(running.call("GET", "/v1/status").status == 200);
  CHECK(running.call("GET", "/v1/keys").status == 200);
  for (auto [method, target] :
       {std::pair{"POST", "/v1/keys"}, std::pair{"POST", "/v1/reload"},
        std::pair{"PATCH", "/v1/keys/x"}, std::pair{"DELETE", "/v1/keys/x"}}) {
    CAPTURE(target);
    Answer answer = running.call(method, target, Json::object());
    CHECK(answer.status == 403);
    CHECK(answer.hint().find("usermod -aG litegw-admin ") != std::string::npos);
  }
  CHECK(running.daemon.store().key_count() == 0);
}

TEST_CASE("another user of the machine is refused by what the kernel says") {
  if (::geteuid() != 0) {
    MESSAGE("needs root to become somebody else: not run");
    return;
  }
  Running running;
  ::chmod(running.folder.path.c_str(), 0755);
  int result[2];
  REQUIRE(::pipe(result) == 0);
  const std::string& path = running.socket();
  pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(stranger) != 0 || ::setuid(stranger) != 0)
      ::_exit(2);
    int descriptor = connect_to(path);
    char block[4096];
    ssize_t count = descriptor < 0 ? 0 : ::read(descriptor, block, sizeof block);
    ssize_t ignored = ::write(result[1], block, count > 0 ? static_cast<std::size_t>(count) : 0);
    ::_exit(ignored > 0 ? 0 : 1);
  }
  ::close(result[1]);
  std::string answer = read_all(result[0]);
  ::close(result[0]);
  ::waitpid(child, nullptr, 0);
  CHECK(answer.starts_with("HTTP/1.1 403"));
  CHECK(answer.find("uid 65534") != std::string::npos);
}

TEST_CASE("everyone may connect: the socket's mode is 0666") {
  Running running;
  struct stat facts {};
  REQUIRE(::stat(running.socket().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0666);
}

TEST_CASE("a socket that a living daemon serves is left alone, and its pid is named") {
  Running running;
  Result<ControlSocket> second = ControlSocket::open(running.socket());
  REQUIRE(second.has_error());
  CHECK(second.error().code == ErrorCode::already_exists);
  CHECK(second.error().message.find("pid " + std::to_string(::getpid())) != std::string::npos);
  CHECK(running.call("GET", "/v1/status").status == 200);
}

TEST_CASE("a stale socket is replaced, and the file goes with the daemon") {
  tests::TemporaryFolder folder;
  std::string path = folder.path + "/ctl.sock";
  int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
  {
    Result<ControlSocket> socket = ControlSocket::open(path);
    REQUIRE(socket.has_value());
    CHECK(std::filesystem::exists(path));
  }
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("what is no socket, no folder, too long or open to all is refused") {
  tests::TemporaryFolder folder;
  std::string file = folder.path + "/file";
  { std::ofstream(file) << "mine"; }
  CHECK(ControlSocket::open(file).error().message.find("no socket") != std::string::npos);
  CHECK(std::filesystem::file_size(file) == 4);
  CHECK(ControlSocket::open(folder.path + "/nowhere/s").error().code == ErrorCode::io_error);
  CHECK(ControlSocket::open(folder.path + "/" + std::string(120, 'x')).error().code ==
        ErrorCode::invalid_argument);
  ::chmod(folder.path.c_str(), 0777);
  Result<ControlSocket> open = ControlSocket::open(folder.path + "/s");
  REQUIRE(open.has_error());
  CHECK(open.error().code == ErrorCode::not_permitted);
}
