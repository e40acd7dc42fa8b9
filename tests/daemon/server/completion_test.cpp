#include <atomic>
#include <mutex>

#include "tests/daemon/server/gateway_fixture.h"

namespace litegw::server {
namespace {

using requestlog::Outcome;
using test::deployment;
using test::GatewayUnderTest;
using test::http_answer;
using test::http_chunk;
using test::Peer;
using test::ScriptedUpstream;
using test::stream_head;

const std::string plain = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
const std::string streamed =
    R"({"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]})";
const std::string answer_body =
    R"({"id":"c","object":"chat.completion","model":"real-2024","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15},"new_field":1})";
const std::string first_chunk =
    "data: {\"model\":\"real-2024\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"},"
    "\"finish_reason\":null}]}\n\n";
const std::string last_chunk =
    "data: "
    "{\"model\":\"real-2024\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"
    "\n\n";
const std::string usage_chunk =
    "data: {\"model\":\"real-2024\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,"
    "\"completion_tokens\":5}}\n\n";
const std::string done_event = "data: [DONE]\n\n";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
std::string status_of(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n"));
}

// Answers every request with the same bytes and remembers the last request.
struct Fixed {
  explicit Fixed(const std::string& bytes, bool close = true)
      : upstream([this, bytes, close](Peer& peer) {
          for (;;) {
            std::string request = peer.read_request();
            if (request.empty()) return;
            {
              const std::lock_guard<std::mutex> lock(mutex);
              seen = std::move(request);
            }
            peer.send(bytes);
            if (close) return;
          }
        }) {}
  std::string last() {
    const std::lock_guard<std::mutex> lock(mutex);
    return seen;
  }
  std::mutex mutex;
  std::string seen;
  ScriptedUpstream upstream;
};

TEST_CASE("a plain request goes through and leaves a priced row") {
  Fixed upstream(http_answer(answer_body, "application/json", "200 OK",
                             "Set-Cookie: a=b\r\nopenai-organization: org\r\nx-request-id: up-1\r\n"
                             "x-ratelimit-remaining-requests: 7\r\n"));
  GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
  const std::string answer = gateway.post(plain);
  CHECK(status_of(answer) == "HTTP/1.1 200 OK");
  CHECK(has(answer, R"("model":"m")"));
  CHECK(has(answer, R"("new_field":1)"));
  CHECK(has(answer, "x-ratelimit-remaining-requests: 7"));
  CHECK_FALSE(has(answer, "Set-Cookie"));
  CHECK_FALSE(has(answer, "openai-organization"));
  CHECK(has(upstream.last(), "Authorization: Bearer sk-upstream-secret"));
  CHECK_FALSE(has(upstream.last(), test::master_key));
  const auto row = gateway.row();
  CHECK(row.outcome == Outcome::ok);
  CHECK(row.status == 200);
  CHECK(row.key_id == "master");
  CHECK(row.asked_model == "m");
  CHECK(row.upstream_model == "real-model");
  CHECK(row.usage.input == 10);
  CHECK(row.usage.output == 5);
  CHECK(row.cost == cents(2));
  CHECK(row.priced);
  CHECK(row.finish_reason == "stop");
  CHECK(row.upstream_request_id == "up-1");
  CHECK(row.attempts.size() == 1);
  CHECK(row.first_byte_us > 0);
}

TEST_CASE("a stream is passed on without the usage chunk that only we asked for") {
  Fixed upstream(stream_head + http_chunk(first_chunk) + http_chunk(last_chunk) +
                 http_chunk(usage_chunk) + http_chunk(done_event) + "0\r\n\r\n");
  GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
  const std::string answer = gateway.post(streamed);
  CHECK(has(answer, "Content-Type: text/event-stream"));
  CHECK(has(answer, R"("model":"m")"));
  CHECK_FALSE(has(answer, "real-2024"));
  CHECK_FALSE(has(answer, "prompt_tokens"));
  CHECK(has(answer, "[DONE]"));
  CHECK(has(upstream.last(), R"("stream_options":{"include_usage":true})"));
  const auto row = gateway.row();
  CHECK(row.outcome == Outcome::ok);
  CHECK(row.stream);
  CHECK(row.usage.output == 5);
}

// litellm.md section 11: one caller hurts all.
TEST_CASE("members and headers that steer LiteLLM reach neither routing nor the upstream") {
  Fixed upstream(http_answer(answer_body));
  GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
  const std::string answer = gateway.post(
      R"({"api_base":"http://127.0.0.1:1","custom_llm_provider":"x","model":"m","messages":[{"role":"user","content":"hi"}],)"
      R"("extra_headers":{"Authorization":"Bearer evil"},"deployment_id":"y","mock_response":"evil","user_config":{}})",
      "/v1/chat/completions", "OpenAI-Organization: evil\r\nCookie: evil=1\r\n");
  CHECK(status_of(answer) == "HTTP/1.1 200 OK");
  CHECK_FALSE(has(upstream.last(), "evil"));
  CHECK_FALSE(has(upstream.last(), "127.0.0.1:1\""));
  CHECK(has(answer, "x-litegw-dropped-params: api_base,custom_llm_provider"));
}

TEST_CASE("bad bodies are refused with 400 before any upstream is asked") {
  Fixed upstream(http_answer(answer_body));
  GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
  std::size_t rows = 0;
  for (const char* body :
       {"null", "[]", "{", R"({"model":"m"})", R"({"model":"m","model":"n","messages":[{}]})",
        R"({"model":"m","messages":[{}],"stream":"yes"})", R"({"model":"m","messages":[NaN]})",
        R"({"model":"unknown","messages":[{}]})"}) {
    CAPTURE(body);
    const std::string answer = gateway.post(body);
    CHECK(status_of(answer) == "HTTP/1.1 400 Bad Request");
    CHECK(has(answer, R"({"error":{"message":)"));
    CHECK(gateway.row(++rows).outcome == Outcome::refused);
  }
  CHECK(upstream.upstream.connections() == 0);
}

struct Fault {
  const char* name;
  std::string bytes;
  const char* status;
  ErrorCode code;
};

// litellm.md section 11: failure shown as success.
TEST_CASE("what is no answer is never shown as one") {
  const Fault faults[] = {
      {"closed before the head", "", "502", ErrorCode::upstream_bad_response},
      {"closed within the head", "HTTP/1.1 200 OK\r\nCont", "502",
       ErrorCode::upstream_bad_response},
      {"cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"choices\"", "502",
       ErrorCode::upstream_bad_response},
      {"HTML", http_answer("<html>10.0.0.7</html>", "text/html"), "502",
       ErrorCode::upstream_bad_response},
      {"garbage", http_answer("not json"), "502", ErrorCode::upstream_bad_response},
      {"no choices", http_answer("{}"), "502", ErrorCode::upstream_bad_response},
      {"an error object", http_answer(R"({"error":{"message":"boom"}})"), "502",
       ErrorCode::upstream_error},
      {"a redirect",
       http_answer("", "text/plain", "302 Found", "Location: http://127.0.0.1:1/\r\n"), "502",
       ErrorCode::upstream_bad_response},
      {"a refused credential",
       http_answer(R"({"error":{"message":"bad key"}})", "application/json", "401 Unauthorized"),
       "502", ErrorCode::upstream_credential},
      {"a server error", http_answer("oops", "text/plain", "500 Internal Server Error"), "502",
       ErrorCode::upstream_error},
  };
  for (const std::string& body : {plain, streamed}) {
    for (const Fault& fault : faults) {
      CAPTURE(fault.name);
      Fixed upstream(fault.bytes);
      GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
      const std::string answer = gateway.post(body);
      CHECK(has(status_of(answer), fault.status));
      CHECK(has(answer, R"({"error":{"message":)"));
      CHECK_FALSE(has(answer, "10.0.0.7"));
      CHECK_FALSE(has(answer, "127.0.0.1"));
      const auto row = gateway.row();
      CHECK(row.outcome == Outcome::upstream_failed);
      CHECK(row.error_code == error_name(fault.code));
      CHECK(row.cost.is_zero());
    }
  }
}

TEST_CASE("a stream without a single chunk is an error with its own status") {
  for (const std::string& events : {std::string(), done_event, std::string(": ping\n\n"),
                                    std::string("data: {\"error\":{\"message\":\"boom\"}}\n\n"),
                                    std::string("data: garbage\n\n")}) {
    CAPTURE(events);
    Fixed upstream(stream_head + (events.empty() ? "" : http_chunk(events)) + "0\r\n\r\n");
    GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
    const std::string answer = gateway.post(streamed);
    CHECK(status_of(answer) == "HTTP/1.1 502 Bad Gateway");
    CHECK(gateway.row().outcome == Outcome::upstream_failed);
  }
}

TEST_CASE("a stream that breaks after its first chunk ends visibly, without [DONE]") {
  const std::string endings[] = {
      "",                               // FIN in mid-stream
      "0\r\n\r\n",                      // a clean end in mid-answer
      "zz\r\n",                         // broken framing
      http_chunk("data: garbage\n\n"),  //
      http_chunk("data: {\"error\":{\"message\":\"boom\"}}\n\n"),
  };
  for (const std::string& ending : endings) {
    CAPTURE(ending);
    ScriptedUpstream upstream([&](Peer& peer) {
      peer.read_request();
      peer.send(stream_head + http_chunk(first_chunk));
      usleep(30'000);
      peer.send(ending);
    });
    GatewayUnderTest gateway({deployment("m", upstream.url())});
    const std::string answer = gateway.post(streamed);
    CHECK(status_of(answer) == "HTTP/1.1 200 OK");
    CHECK(has(answer, "one"));
    CHECK(has(answer, "data: {\"error\":{\"message\":"));
    CHECK_FALSE(has(answer, "[DONE]"));
    CHECK_FALSE(answer.ends_with("0\r\n\r\n"));
    const auto row = gateway.row();
    CHECK(row.outcome == Outcome::cut);
    CHECK(row.usage.estimated);
    CHECK_FALSE(row.error_code.empty());
  }
}

TEST_CASE("on a Cursor route a broken stream ends in form, with the reason as text") {
  Fixed upstream(stream_head + http_chunk(first_chunk));
  GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
  const std::string answer = gateway.post(streamed, "/cursor/chat/completions");
  CHECK(has(answer, "[litegw] The upstream stopped before the answer was complete"));
  CHECK(has(answer, "[DONE]"));
  CHECK_FALSE(has(answer, "\"error\""));
  CHECK(gateway.row().outcome == Outcome::cut);
}

TEST_CASE("an upstream that stalls is a 504 before the first byte and a cut after it") {
  for (const bool begun : {false, true}) {
    ScriptedUpstream upstream([begun](Peer& peer) {
      peer.read_request();
      if (begun) peer.send(stream_head + http_chunk(first_chunk));
      peer.wait_closed();
    });
    GatewayUnderTest gateway({deployment("m", upstream.url())});
    const std::string answer = gateway.post(streamed);
    CHECK(has(status_of(answer), begun ? "200" : "504"));
    const auto row = gateway.row();
    CHECK(row.outcome == (begun ? Outcome::cut : Outcome::upstream_failed));
    CHECK(row.error_code == error_name(ErrorCode::upstream_timeout));
  }
}

TEST_CASE("an upstream's 400 keeps its message and field, a 429 its Retry-After") {
  Fixed bad(http_answer(R"({"error":{"message":"too hot","param":"temperature","code":"range"}})",
                        "application/json", "400 Bad Request"));
  GatewayUnderTest first({deployment("m", bad.upstream.url())});
  const std::string refused = first.post(plain);
  CHECK(has(status_of(refused), "400"));
  CHECK(has(refused, R"("message":"too hot")"));
  CHECK(has(refused, R"("param":"temperature")"));
  Fixed limited(http_answer(R"({"error":{"message":"slow down"}})", "application/json",
                            "429 Too Many Requests", "Retry-After: 7\r\n"));
  GatewayUnderTest second({deployment("m", limited.upstream.url())});
  const std::string later = second.post(plain);
  CHECK(has(status_of(later), "429"));
  CHECK(has(later, "7\r\n"));
  CHECK(second.row().error_code == error_name(ErrorCode::upstream_rate_limited));
}

// litellm.md section 11: a group with one good and one bad deployment, all tries hit the bad one.
TEST_CASE("a deployment that fails is followed by another one of its group") {
  Fixed good(http_answer(answer_body));
  Fixed bad(http_answer("oops", "text/plain", "500 Internal Server Error"));
  for (int i = 0; i < 4; ++i) {
    GatewayUnderTest gateway(
        {deployment("m", bad.upstream.url()), deployment("m", good.upstream.url())});
    CHECK(status_of(gateway.post(plain)) == "HTTP/1.1 200 OK");
    const auto row = gateway.row();
    CHECK(row.attempts.back().error.empty());
    if (row.attempts.size() == 2) CHECK(row.attempts.front().status == 500);
  }
}

TEST_CASE("a client that leaves has its upstream closed within 100 ms, and the row says so") {
  for (const bool begun : {false, true}) {
    CAPTURE(begun);
    std::atomic<bool> asked = false;
    std::atomic<std::int64_t> closed_at = 0;
    const auto now_ms = [] {
      return std::chrono::steady_clock::now().time_since_epoch() / milliseconds(1);
    };
    ScriptedUpstream upstream([&](Peer& peer) {
      peer.read_request();
      if (begun) peer.send(stream_head + http_chunk(first_chunk));
      asked = true;
      if (peer.wait_closed()) closed_at = now_ms();
    });
    auto slow = deployment("m", upstream.url());
    slow.timeout = seconds(5);
    GatewayUnderTest gateway({slow});
    std::int64_t left_at = 0;
    {
      Peer client(gateway.connect());
      client.send(GatewayUnderTest::request(streamed, "/v1/chat/completions"));
      while (!asked)
        usleep(1000);
      usleep(60'000);
      left_at = now_ms();
    }
    const auto row = gateway.row();
    for (int i = 0; i < 100 && closed_at == 0; ++i)
      usleep(10'000);
    REQUIRE(closed_at != 0);
    CHECK(closed_at - left_at <= 150);  // 100 and what a busy machine adds
    CHECK(row.outcome == Outcome::client_closed);
    CHECK(row.status == (begun ? 200 : 499));
  }
}

TEST_CASE("the mock answers offline, plain and streamed, and is priced") {
  auto offline = deployment("m", "");
  offline.provider = "mock";
  GatewayUnderTest gateway({offline});
  CHECK(has(gateway.post(plain), "You said: hi"));
  CHECK(has(gateway.post(streamed), "[DONE]"));
  const auto row = gateway.row(2);
  CHECK(row.outcome == Outcome::ok);
  CHECK(row.usage.output > 0);
  CHECK_FALSE(row.cost.is_zero());
}

TEST_CASE("a whole answer to a streamed request is replayed as a stream") {
  Fixed upstream(http_answer(answer_body));
  GatewayUnderTest gateway({deployment("m", upstream.upstream.url())});
  const std::string answer = gateway.post(streamed);
  CHECK(has(answer, "Content-Type: text/event-stream"));
  CHECK(has(answer, R"("delta":{"role":"assistant","content":"yes"})"));
  CHECK(has(answer, "[DONE]"));
  CHECK(gateway.row().usage.output == 5);
}

}  // namespace
}  // namespace litegw::server
