#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "common/control/keys.h"
#include "tests/cmd/support/fake_console.h"

using namespace litegw;
using namespace litegw::cmd::test;

namespace {

const std::string good_key = "sk-good-key-0123456789";

std::string plain(int status, const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-type: application/json\r\n" + more +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string event_stream(const std::string& events) {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: " +
         std::to_string(events.size()) + "\r\n\r\n" + events;
}

const std::string ours = "x-litegw-request-id: req_1\r\n";
const std::string cors =
    ours + "access-control-allow-origin: *\r\naccess-control-allow-headers: authorization\r\n";
const std::string whole_stream =
    "data: {\"choices\":[{\"delta\":{\"content\":\"1\"}}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\ndata: [DONE]\n\n";

std::string called(const std::string& name, const std::string& arguments) {
  Json function{{"name", name}, {"arguments", arguments}};
  Json call{{"index", 0}, {"id", "c1"}, {"type", "function"}, {"function", function}};
  Json choice{{"delta", Json{{"tool_calls", Json::array({call})}}},
              {"finish_reason", "tool_calls"}};
  return event_stream("data: " + dump(Json{{"choices", Json::array({choice})}}) +
                      "\n\ndata: [DONE]\n\n");
}

// A gateway on 127.0.0.1 that answers by "METHOD path", streamed chats by "STREAM path"; one
// request a connection. The key must be right, or the answer is 401.
class FakeGateway {
 public:
  FakeGateway() {
    answers["GET /cursor"] = plain(200, "{}", ours);
    answers["OPTIONS /cursor/chat/completions"] = plain(200, "", cors);
    answers["GET /cursor/models"] =
        plain(200, R"({"object":"list","data":[{"id":"gpt-4o"},{"id":"o3"}]})", ours);
    answers["POST /cursor/chat/completions"] =
        plain(200, R"({"choices":[{"message":{"content":"OK"}}]})", ours);
    answers["STREAM /cursor/chat/completions"] = event_stream(whole_stream);
    answers["POST /openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"] =
        answers["POST /cursor/chat/completions"];
    answers["read_file"] = called("read_file", R"({"path":"a"})");
    answers["ApplyPatch"] = called("ApplyPatch", "*** Begin Patch");
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeGateway() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  FakeGateway(const FakeGateway&) = delete;
  FakeGateway& operator=(const FakeGateway&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/cursor"; }

  std::map<std::string, std::string> answers;  // set before the first request

 private:
  static std::string read_request(int peer) {
    std::string request;
    char buffer[4096];
    for (;;) {
      std::size_t end = request.find("\r\n\r\n");
      std::size_t length_at = request.find("ontent-length: ");
      if (length_at == std::string::npos) length_at = request.find("ontent-Length: ");
      std::size_t length =
          length_at == std::string::npos ? 0 : std::stoul(request.substr(length_at + 15));
      if (end != std::string::npos && request.size() >= end + 4 + length) return request;
      ssize_t count = ::read(peer, buffer, sizeof buffer);
      if (count <= 0) return request;
      request.append(buffer, static_cast<std::size_t>(count));
    }
  }

  std::string answer_to(const std::string& request) const {
    std::size_t target_end = request.find(' ', request.find(' ') + 1);
    std::string what = request.substr(0, target_end);
    if (request.find("\"stream\":true") != std::string::npos) what.replace(0, 4, "STREAM");
    for (const char* name : {"read_file", "ApplyPatch"})
      if (request.find("\"tool_choice\":{\"type\":\"f") != std::string::npos ||
          request.find("\"tool_choice\":{\"type\":\"c") != std::string::npos)
        if (request.find(name) != std::string::npos) what = name;
    bool needs_key = what.find("models") != std::string::npos || what[0] == 'P' || what[0] == 'S';
    if (needs_key && request.find(good_key) == std::string::npos)
      return plain(401, R"({"error":{"message":"no such key"}})");
    auto found = answers.find(what);
    return found == answers.end() ? plain(404, "{}") : found->second;
  }

  void serve() {
    for (;;) {
      int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      std::string request = read_request(peer);
      std::string answer = request.empty() ? "" : answer_to(request);
      std::string_view rest = answer;
      while (!rest.empty()) {
        ssize_t count = ::send(peer, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(count));
      }
      ::close(peer);
    }
  }

  int listener_ = -1;
  unsigned port_ = 0;
  std::thread thread_;
};

Session with_key() {
  Session session;
  session.console.variables["LITEGW_API_KEY"] = good_key;
  return session;
}

Json test(Session& session, const FakeGateway& gateway, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"test", "--json", "--allow-private", "--base-url", gateway.url()};
  words.insert(words.end(), more.begin(), more.end());
  session.run(words);
  Result<Json> json = parse_json(session.console.out);
  return json ? *json : Json();
}

std::string result_of(const Json& report, const std::string& id) {
  for (const Json& check : report["checks"])
    if (check["id"] == id) return check["result"].get<std::string>();
  return "absent";
}

}  // namespace

TEST_CASE("a sound gateway passes and is told what to paste") {
  FakeGateway gateway;
  Session session = with_key();
  Json report = test(session, gateway);
  CHECK(session.exit_code == 0);
  CHECK(report["schema"] == "litegw.test.v1");
  CHECK(report["ok"] == true);
  for (const char* id :
       {"tcp", "http", "cors", "models", "verify", "chat", "stream", "responses_body",
        "anthropic_body", "empty_content", "tool_call", "custom_tool", "suffix", "azure", "usage"})
    CHECK_MESSAGE(result_of(report, id) == "passed", id);
  CHECK(report["paste"]["base_url"] == gateway.url());
  CHECK(report["paste"]["model"] == "gpt-4o");
  CHECK(session.console.out.find(good_key) == std::string::npos);
}

TEST_CASE("a private address fails unless it was allowed") {
  FakeGateway gateway;
  Session session = with_key();
  session.run({"test", "--json", "--base-url", gateway.url()});
  CHECK(session.exit_code == 8);
  Json report = parse_json(session.console.out).value();
  CHECK(result_of(report, "dns") == "failed");
  CHECK(result_of(report, "url") == "failed");  // the key would travel in the clear
  CHECK(result_of(report, "usage") == "passed");
  CHECK(result_of(test(session, gateway), "dns") == "warning");
}

TEST_CASE("a refused key is exit code 4") {
  FakeGateway gateway;
  Session session;
  session.console.variables["LITEGW_API_KEY"] = "sk-another-key-0123456789";
  Json report = test(session, gateway);
  CHECK(session.exit_code == 4);
  CHECK(result_of(report, "models") == "failed");
  CHECK(result_of(report, "chat") == "absent");
}

TEST_CASE("where nothing answers is exit code 3") {
  Session session = with_key();
  std::string url;
  {
    FakeGateway gone;
    url = gone.url();
  }
  session.run({"test", "--allow-private", "--base-url", url});
  CHECK(session.exit_code == 3);
  session.run({"test", "--base-url", "http://no-such-host.invalid/cursor"});
  CHECK(session.exit_code == 3);
  session.run({"test", "--base-url", url, "--wait", "1s"});
  CHECK(session.exit_code == 124);
}

TEST_CASE("a URL that is none is exit code 2") {
  Session session = with_key();
  for (const char* url : {"127.0.0.1", "ftp://x/", "http://", "http://u:p@x/", "http://x:99999"}) {
    session.run({"test", "--base-url", url});
    CHECK_MESSAGE(session.exit_code == 2, url);
  }
  session.run("test");
  CHECK(session.exit_code == 2);
}

TEST_CASE("a pasted endpoint is cut off and said so") {
  FakeGateway gateway;
  Session session = with_key();
  session.run(
      {"test", "--json", "--allow-private", "--base-url", gateway.url() + "/chat/completions"});
  CHECK(session.exit_code == 0);
  Json report = parse_json(session.console.out).value();
  CHECK(result_of(report, "url") == "warning");
  CHECK(report["paste"]["base_url"] == gateway.url());
}

TEST_CASE("a stream that is cut, broken or no stream fails") {
  const std::string cut = whole_stream.substr(0, whole_stream.find("data: [DONE]"));
  for (const std::string& answer :
       {event_stream(cut), event_stream("data: {\"error\":{}}\n\ndata: [DONE]\n\n"),
        event_stream("data: nothing\n\ndata: [DONE]\n\n"), event_stream(""),
        plain(200, R"({"choices":[{}]})"), plain(500, R"({"error":{"message":"boom"}})")}) {
    FakeGateway gateway;
    gateway.answers["STREAM /cursor/chat/completions"] = answer;
    Session session = with_key();
    Json report = test(session, gateway);
    CHECK_MESSAGE(session.exit_code == 8, answer);
    CHECK(result_of(report, "stream") == "failed");
  }
}

TEST_CASE("what only litegw promises does not fail on another gateway") {
  FakeGateway gateway;
  for (auto& [request, answer] : gateway.answers)
    if (std::size_t at = answer.find(ours); at != std::string::npos) answer.erase(at, ours.size());
  gateway.answers.erase("OPTIONS /cursor/chat/completions");
  gateway.answers["STREAM /cursor/chat/completions"] =
      event_stream("data: {\"choices\":[]}\n\ndata: [DONE]\n\n");
  Session session = with_key();
  Json report = test(session, gateway);
  CHECK(session.exit_code == 0);
  CHECK(result_of(report, "cors") == "warning");
  CHECK(result_of(report, "usage") == "warning");
}

TEST_CASE("without a key one is made here for ten cents, and deleted") {
  FakeGateway gateway;
  Session session;
  control::KeyView made;
  made.id = "key_loaned";
  made.key = Secret(good_key);
  session.daemon.answer("POST /v1/keys", dump(control::encode(made)), 201);
  session.daemon.answer("DELETE /v1/keys/key_loaned", dump(control::encode(made)));
  test(session, gateway);
  CHECK(session.exit_code == 0);
  REQUIRE(session.daemon.asked.size() >= 2);
  Json request = parse_json(session.daemon.asked[0].body).value();
  CHECK(request["budgets"][0]["amount_usd"] == "0.1");
  CHECK(request["expires_at"] == "2026-11-23T10:10:00.000Z");
  CHECK(session.daemon.asked.back().method == "DELETE");
}

TEST_CASE("an unknown model gets the nearest name") {
  FakeGateway gateway;
  Session session = with_key();
  Json report = test(session, gateway, {"--model", "gpt-4"});
  for (const Json& check : report["checks"])
    if (check["id"] == "models") CHECK(check["fix"] == "did you mean gpt-4o?");
}

TEST_CASE("an interrupted test deletes the key that it made, and says so by its exit code") {
  FakeGateway gateway;
  Session session;
  control::KeyView made;
  made.id = "key_loaned";
  made.key = Secret(good_key);
  session.daemon.answer("POST /v1/keys", dump(control::encode(made)), 201);
  session.daemon.answer("DELETE /v1/keys/key_loaned", dump(control::encode(made)));
  session.daemon.on_ask = [](const cmd::Ask& ask) {
    if (ask.method == "POST") std::raise(SIGINT);
  };
  test(session, gateway);
  CHECK(session.exit_code == 130);
  CHECK(session.daemon.asked.back().method == "DELETE");
}
