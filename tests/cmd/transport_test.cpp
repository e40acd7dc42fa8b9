#include "cmd/transport.h"

#include <filesystem>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "cmd/sockets.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd;
using namespace litegw::cmd::test;

namespace {

std::filesystem::path scratch() {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("litegw-transport-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  return folder;
}

// Listens on a Unix socket, answers one request with fixed bytes and closes.
class OneAnswer {
 public:
  OneAnswer(const std::string& path, std::string answer) : answer_(std::move(answer)) {
    ::unlink(path.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  std::string request;  // valid after the answer was read

 private:
  void serve() {
    int peer = ::accept(listener_, nullptr, nullptr);
    if (peer < 0) return;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      ssize_t count = ::read(peer, buffer, sizeof buffer);
      if (count <= 0) break;
      request.append(buffer, static_cast<std::size_t>(count));
    }
    std::string_view rest = answer_;
    while (!rest.empty()) {
      ssize_t count = ::send(peer, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    ::close(peer);
  }

  int listener_ = -1;
  std::string answer_;
  std::thread thread_;
};

std::string chunk(const std::string& text) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx", text.size());
  return std::string(size) + "\r\n" + text + "\r\n";
}

constexpr std::string_view chunked_head =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nlitegw-api: 1.0\r\n\r\n";

}  // namespace

TEST_CASE("a request over the socket carries the versions and brings the answer back") {
  std::string path = scratch() / "one.sock";
  OneAnswer daemon(path,
                   "HTTP/1.1 200 OK\r\nlitegw-api: 1.0\r\nlitegw-version: 0.1.0\r\n"
                   "content-length: 2\r\n\r\n{}");
  Result<Reply> reply =
      socket_transport({path})->exchange(Ask{"GET", "/v1/status", "", seconds(5)});
  REQUIRE(reply.has_value());
  CHECK(reply->status == 200);
  CHECK(reply->api == "1.0");
  CHECK(reply->version == "0.1.0");
  CHECK(reply->body == "{}");
  CHECK(daemon.request.starts_with("GET /v1/status HTTP/1.1\r\n"));
  CHECK(daemon.request.find("litegw-api: 1.0\r\n") != std::string::npos);
}

TEST_CASE("lines are handed over as they come, however they are cut") {
  std::string path = scratch() / "lines.sock";
  OneAnswer daemon(path, std::string(chunked_head) + chunk("{\"a\"") + chunk(":1}\n{\"b\":2}\n{") +
                             chunk("}\n") + "0\r\n\r\n");
  std::vector<std::string> lines;
  Result<Reply> reply = socket_transport({path})->follow(Ask{"GET", "/v1/log", "", seconds(5)},
                                                         [&](std::string_view line) {
                                                           lines.emplace_back(line);
                                                           return true;
                                                         });
  REQUIRE(reply.has_value());
  CHECK(lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}", "{}"});
}

TEST_CASE("an answer that breaks off is an error, and so is half a line") {
  std::string path = scratch() / "cut.sock";
  auto follow = [&](const std::string& answer) {
    OneAnswer daemon(path, answer);
    return socket_transport({path})->follow(Ask{"GET", "/v1/log", "", seconds(5)},
                                            [](std::string_view) { return true; });
  };
  CHECK(follow(std::string(chunked_head) + chunk("{}\n")).has_error());
  CHECK(follow(std::string(chunked_head) + chunk("{}\n{") + "0\r\n\r\n").has_error());
  CHECK(follow(std::string(chunked_head) + chunk("{}\n") + "0\r\n\r\n").has_value());
}

TEST_CASE("a refusal comes with its words also where lines were wanted") {
  std::string path = scratch() / "refused.sock";
  OneAnswer daemon(path, "HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nno\n!");
  Result<Reply> reply = socket_transport({path})->follow(Ask{"GET", "/v1/log", "", seconds(5)},
                                                         [](std::string_view) { return false; });
  REQUIRE(reply.has_value());
  CHECK(reply->status == 403);
  CHECK(reply->body == "no\n!");
}

TEST_CASE("a socket without a daemon and a socket without permission are told apart") {
  std::filesystem::path folder = scratch();
  Ask ask{"GET", "/v1/status", "", seconds(5)};
  Error missing = socket_transport({folder / "nosuch.sock"})->exchange(ask).error();
  CHECK(missing.code == ErrorCode::daemon_not_running);
  CHECK(missing.hint.find("litegwd --socket") != std::string::npos);

  std::string stale = folder / "stale.sock";
  { OneAnswer gone(stale, ""); }
  Error refused = socket_transport({stale})->exchange(ask).error();
  CHECK(refused.code == ErrorCode::daemon_not_running);

  Error system = explain_socket_error(make_error(ErrorCode::daemon_not_running, "x"),
                                      "/run/litegw/litegwd.sock", 1000);
  CHECK(system.hint.find("sudo systemctl start litegwd") != std::string::npos);
  Error denied = explain_socket_error(make_error(ErrorCode::socket_not_permitted, "x"),
                                      "/run/litegw/litegwd.sock", 1000);
  CHECK(denied.hint.find("usermod -aG litegw") != std::string::npos);
}

TEST_CASE("the first candidate where somebody listens is taken") {
  std::string path = scratch() / "second.sock";
  OneAnswer daemon(path, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
  std::string missing = scratch() / "first.sock";
  CHECK(socket_transport({missing, path})->exchange(Ask{"GET", "/", "", seconds(5)}).has_value());
}

TEST_CASE("a daemon of the user's own is looked for before the system's") {
  FakeConsole console;
  console.variables["XDG_RUNTIME_DIR"] = "/run/user/1000";
  std::vector<std::string> candidates = socket_candidates(console);
  CHECK(candidates.front() == "/run/user/1000/litegw/litegwd.sock");
  CHECK(candidates.back() == "/run/litegw/litegwd.sock");
}
