#include "common/http/client.h"

#include <string>
#include <thread>

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/socket_peer.h"

using namespace litegw;
using namespace litegw::http;
using litegw::tests::SocketPeer;
using litegw::tests::TemporaryFolder;
using Kind = ClientError::Kind;

namespace {

Endpoint tcp(std::uint16_t port) {
  Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = port;
  return endpoint;
}

Kind connect_failure(const Endpoint& endpoint, const Deadlines& deadlines = {}) {
  ClientResult<Client> client = Client::connect(endpoint, deadlines);
  REQUIRE(client.has_error());
  CHECK_FALSE(client.error().message.empty());
  return client.error().kind;
}

}  // namespace

TEST_CASE("a request goes out and its answer comes back, twice on one connection") {
  SocketPeer peer([](SocketPeer::Connection& connection) {
    CHECK(connection.read_until("\r\n\r\n").starts_with("GET /a HTTP/1.1\r\nHost: 127.0.0.1:"));
    connection.write("HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi");
    CHECK(connection.read_until("{}").find("Content-Length: 2\r\n") != std::string::npos);
    connection.write(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  });
  Client client = Client::connect(tcp(peer.port())).value();
  Response first = client.request({.target = "/a"}).value();
  CHECK(first.status == 200);
  CHECK(first.find("x-a") == "1");
  CHECK(first.body == "hi");
  CHECK(client.reusable());
  Response second = client.request({.method = "POST", .target = "/b", .body = "{}"}).value();
  CHECK(second.status == 404);
  CHECK(second.body == "abc");
  CHECK_FALSE(client.reusable());
  CHECK(client.request({}).error().kind == Kind::closed);
}

TEST_CASE("pieces of a body are seen when they arrive") {
  SocketPeer peer([](SocketPeer::Connection& connection) {
    connection.read_until("\r\n\r\n");
    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    // The second piece leaves only after the client has seen the first.
    connection.wait_for_signal();
    connection.write("3\r\ntwo\r\n");
    connection.read_until("never");
  });
  Client client = Client::connect(tcp(peer.port())).value();
  std::string seen;
  int heads = 0;
  OnAnswer callbacks;
  callbacks.on_head = [&](const Response& head) {
    CHECK(head.status == 200);
    return ++heads > 0;
  };
  callbacks.on_body = [&](const Response&, std::string_view piece, Duration) {
    seen += piece;
    peer.signal();
    return seen != "onetwo";
  };
  Response response = client.request({}, callbacks).value();
  CHECK(heads == 1);
  CHECK(seen == "onetwo");
  CHECK(response.stopped);
  CHECK(response.body.empty());
}

TEST_CASE("failures to connect are told apart") {
  TemporaryFolder folder;
  CHECK(connect_failure(unix_endpoint(folder.path + "/none")) == Kind::no_such_socket);
  CHECK(connect_failure(unix_endpoint(std::string(200, 'a'))) == Kind::bad_request);
  {
    SocketPeer gone(folder.path + "/stale", [](SocketPeer::Connection&) {});
    gone.leave_socket_file();
  }
  CHECK(connect_failure(unix_endpoint(folder.path + "/stale")) == Kind::refused);
  CHECK(connect_failure(tcp(litegw::tests::unused_port())) == Kind::refused);
  Endpoint nowhere = tcp(80);
  // Refused before a packet is sent, so that the test needs no network: no label is that long.
  nowhere.host = std::string(300, 'a');
  CHECK(connect_failure(nowhere) == Kind::name_not_found);
}

TEST_CASE("a socket that may not be opened is told from one that is not there") {
  TemporaryFolder folder;
  SocketPeer peer(folder.path + "/socket", [](SocketPeer::Connection&) {});
  chmod((folder.path + "/socket").c_str(), 0);
  // Root may open everything, so that this thread stops being root for files.
  int before = setfsuid(65534);
  CHECK(connect_failure(unix_endpoint(folder.path + "/socket")) == Kind::not_permitted);
  setfsuid(static_cast<uid_t>(before));
  CHECK(to_error({Kind::not_permitted, "", "", {}}, true).code == ErrorCode::socket_not_permitted);
  CHECK(to_error({Kind::refused, "", "", {}}, true).code == ErrorCode::daemon_not_running);
  CHECK(to_error({Kind::refused, "", "", {}}, false).code == ErrorCode::upstream_unreachable);
  CHECK(to_error({Kind::timeout, "", "", {}}, false).code == ErrorCode::timed_out);
}

TEST_CASE("a request over a Unix socket works as over TCP") {
  TemporaryFolder folder;
  SocketPeer peer(folder.path + "/socket", [](SocketPeer::Connection& connection) {
    CHECK(connection.read_until("\r\n\r\n").find("Host: localhost\r\n") != std::string::npos);
    connection.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  Client client = Client::connect(unix_endpoint(folder.path + "/socket")).value();
  CHECK(client.request({}).value().status == 204);
}

TEST_CASE("answers that are no HTTP, are cut or never come are told apart") {
  auto failure = [](std::string answer, bool close) {
    SocketPeer peer([&](SocketPeer::Connection& connection) {
      connection.read_until("\r\n\r\n");
      connection.write(answer);
      if (!close) connection.read_until("never");
    });
    Deadlines deadlines;
    deadlines.head = deadlines.body = milliseconds(50);
    Client client = Client::connect(tcp(peer.port()), deadlines).value();
    ClientResult<Response> response = client.request({});
    REQUIRE(response.has_error());
    CHECK_FALSE(client.reusable());
    return response.error().kind;
  };
  CHECK(failure("SSH-2.0-x\r\n\r\n", true) == Kind::bad_response);
  CHECK(failure("", true) == Kind::closed);
  CHECK(failure("HTTP/1.1 200", true) == Kind::closed);
  CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", true) == Kind::closed);
  CHECK(failure("", false) == Kind::timeout);
  CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", false) == Kind::timeout);
  std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string flood;
  for (int i = 0; i < 20; ++i)
    flood += interim;
  CHECK(failure(flood, false) == Kind::bad_response);
}

TEST_CASE("an early refusal of a large body is read although sending failed") {
  SocketPeer peer([](SocketPeer::Connection& connection) {
    connection.read_until("\r\n\r\n");
    connection.write(
        "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n"
        "Content-Length: 0\r\n\r\n");
    connection.drain();
  });
  Client client = Client::connect(tcp(peer.port())).value();
  Response response =
      client.request({.method = "POST", .body = std::string(std::size_t{8} << 20, 'a')}).value();
  CHECK(response.status == 413);
}

TEST_CASE("a header that could split the request is not sent") {
  SocketPeer peer([](SocketPeer::Connection& connection) { connection.read_until("never"); });
  Client client = Client::connect(tcp(peer.port())).value();
  ClientResult<Response> response = client.request({.headers = {{"X", "a\r\nY: b"}}});
  CHECK(response.error().kind == Kind::bad_request);
}
