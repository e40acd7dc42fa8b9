#include <cstdlib>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/daemon/control/fake_daemon.h"

using namespace litegw;
using namespace litegw::control;
using namespace litegw::control::test;

TEST_CASE("paths and methods that are not there are told apart") {
  Running running;
  CHECK(running.call("GET", "/v2/keys").error_code() == "not_found");
  CHECK(running.call("GET", "/v1/kyes").status == 404);
  CHECK(running.call("GET", "/v1/keys/a/b/c").status == 404);
  CHECK(running.call("GET", "/v1/keys/a%00b").status == 400);
  Answer wrong = running.call("PUT", "/v1/keys", Json::object());
  CHECK(wrong.status == 405);
  CHECK(wrong.hint() == "possible: GET, POST");
}

TEST_CASE("a program of another major version is refused, a newer minor one is not") {
  Running running;
  Answer skew = running.call_text("GET", "/v1/status", "",
                                  {{"litegw-api", "2.0"}, {"litegw-version", "9.9.9"}});
  CHECK(skew.error_code() == "version_skew");
  CHECK(skew.message().find("9.9.9") != std::string::npos);
  CHECK(running.call_text("GET", "/v1/status", "", {{"litegw-api", "1.99"}}).status == 200);
  CHECK(running.call_text("GET", "/v1/status", "").status == 200);
}

TEST_CASE("one connection serves several requests") {
  Running running;
  auto client = http::Client::connect(http::unix_endpoint(running.socket()));
  REQUIRE(client.has_value());
  for (int i = 0; i < 3; ++i) {
    auto reply = client.value().request({.target = "/v1/version"});
    REQUIRE(reply.has_value());
    CHECK(reply.value().status == 200);
    CHECK(reply.value().find("litegw-api") == std::optional<std::string>("1.0"));
    CHECK(client.value().reusable());
  }
}

TEST_CASE("bytes that are no request are refused and the next caller is served") {
  Running running;
  for (const std::string& bytes :
       {std::string("GET /v1/status HTTP/1.1\r\n\r\n"), std::string("\x16\x03\x01\x02\x01\r\n\r\n"),
        std::string("POST /v1/keys HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n"),
        std::string("GET /") + std::string(20'000, 'a') + " HTTP/1.1\r\nhost: x\r\n\r\n"}) {
    CAPTURE(bytes.substr(0, 40));
    int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    running.socket().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
    char block[4096];
    ssize_t count = ::read(descriptor, block, sizeof block);
    ::close(descriptor);
    REQUIRE(count > 12);
    CHECK(std::string(block, 10) == "HTTP/1.1 4");
  }
  CHECK(running.call("GET", "/v1/status").status == 200);
}

TEST_CASE("status, version and configuration answer, without secrets") {
  Running running;
  Answer status = running.call("GET", "/v1/status");
  CHECK(status.body["state"] == Json("ready"));
  CHECK(status.body["models"] == Json(2));
  CHECK(status.body["pid"] == Json(::getpid()));
  CHECK(running.call("GET", "/v1/version").body["api"] == Json("1.0"));
  Answer config = running.call("GET", "/v1/config");
  CHECK(config.body["settings"].size() > 50);
  CHECK(dump(config.body).find("SECRET") == std::string::npos);
  CHECK(dump(running.call("GET", "/v1/models/gpt-4o").body).find("SECRET") == std::string::npos);
}

TEST_CASE("models are listed for everybody or for one key") {
  Running running;
  REQUIRE(running.call_text("POST", "/v1/keys", R"({"name":"me","models":["mock"]})").status ==
          201);
  CHECK(running.call("GET", "/v1/models").body["items"].size() == 2);
  Answer mine = running.call("GET", "/v1/models?key=me");
  REQUIRE(mine.body["items"].size() == 1);
  CHECK(mine.body["items"][0]["name"] == Json("mock"));
  Answer detail = running.call("GET", "/v1/models/smart");
  CHECK(detail.body["name"] == Json("gpt-4o"));
  CHECK(dump(detail.body["aliases"]) == R"(["smart"])");
  CHECK(dump(detail.body["access_groups"]) == R"(["beta"])");
  CHECK(running.call("GET", "/v1/models/gpt-4p").hint() == "did you mean 'gpt-4o'?");
  CHECK(running.call("GET", "/v1/models?key=nobody").status == 404);
}

TEST_CASE("a reload tells what changed, a broken file changes nothing") {
  Running running;
  running.daemon.file_text = models_text + "log: {level: debug}\n";
  Answer diff = running.call("GET", "/v1/config/diff");
  REQUIRE(diff.body["changes"].size() == 1);
  CHECK(diff.body["changes"][0]["name"] == Json("log.level"));
  Answer reloaded = running.call("POST", "/v1/reload", Json::object());
  CHECK(reloaded.status == 200);
  CHECK(reloaded.body["changes"] == diff.body["changes"]);
  CHECK(running.call("GET", "/v1/config/diff").body["changes"].empty());

  running.daemon.file_text = models_text + "sever: {}\n";
  Answer broken = running.call("POST", "/v1/reload", Json::object());
  CHECK(broken.error_code() == "config_invalid");
  REQUIRE(broken.body["error"]["problems"].size() == 1);
  CHECK(broken.body["error"]["problems"][0]["line"] == Json(7));
  CHECK(running.daemon.config()->log.level == "debug");
}

TEST_CASE("only the names of variables leave the daemon") {
  Running running;
  ::setenv("LITEGW_TEST_VARIABLE", "SECRET", 1);
  Answer answer = running.call_text("POST", "/v1/environment",
                                    R"({"names":["LITEGW_TEST_VARIABLE","LITEGW_NOT_SET"]})");
  ::unsetenv("LITEGW_TEST_VARIABLE");
  CHECK(dump(answer.body["set"]) == R"(["LITEGW_TEST_VARIABLE"])");
  CHECK(dump(answer.body).find("SECRET") == std::string::npos);
}
