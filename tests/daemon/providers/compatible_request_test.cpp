#include <doctest/doctest.h>

#include "daemon/providers/compatible/request.h"

namespace litegw::providers::compatible {
namespace {

config::Deployment deployment() {
  config::Deployment made;
  made.api_key = Secret("sk-operator");
  made.organization = "org-1";
  return made;
}

std::string head_of(const config::Deployment& made, const http::Fields& client) {
  RequestFacts facts;
  facts.content_length = 12;
  facts.stream = true;
  const auto fixed = write_fixed_part(made, "api.openai.com", "/v1/chat/completions");
  REQUIRE(fixed.has_value());
  std::string out;
  REQUIRE(write_head(made, *fixed, facts, client, out).has_value());
  return out;
}

// litellm.md section 11: clients may override upstream Authorization, organization and headers.
TEST_CASE("none of a client's credentials, cookies or organization reach the upstream") {
  http::Fields client;
  for (const char* name : {"Authorization", "Cookie", "OpenAI-Organization", "OpenAI-Project",
                           "X-Forwarded-For", "x-api-key", "Host", "User-Agent", "api-key"})
    client.add({name, "evil"});
  const std::string head = head_of(deployment(), client);
  CHECK(head.find("evil") == std::string::npos);
  CHECK(head.find("Authorization: Bearer sk-operator\r\n") != std::string::npos);
  CHECK(head.find("OpenAI-Organization: org-1\r\n") != std::string::npos);
  CHECK(head.starts_with("POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\n"));
  CHECK(head.find("Content-Length: 12\r\n") != std::string::npos);
}

TEST_CASE("a deployment without a key sends no Authorization, and its own headers go along") {
  config::Deployment made = deployment();
  made.api_key = Secret();
  made.extra_headers = {{"X-Title", "litegw"}, {"Content-Length", "1"}, {"user-agent", "mine"}};
  const std::string head = head_of(made, {});
  CHECK(head.find("Authorization") == std::string::npos);
  CHECK(head.find("X-Title: litegw\r\n") != std::string::npos);
  CHECK(head.find("Content-Length: 1\r\n") == std::string::npos);
  CHECK(head.find("user-agent: mine\r\n") != std::string::npos);
  CHECK(head.find("User-Agent: litegw") == std::string::npos);
}

TEST_CASE("cookies and the operator's organization do not reach the client") {
  CHECK(passes_to_client("Retry-After"));
  CHECK(passes_to_client("x-ratelimit-remaining-tokens"));
  for (const char* name : {"Set-Cookie", "openai-organization", "Server", "CF-Ray",
                           "Content-Length", "Transfer-Encoding", "x-ratelimit-"})
    CHECK_FALSE(passes_to_client(name));
}

}  // namespace
}  // namespace litegw::providers::compatible
