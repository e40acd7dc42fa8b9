#include "daemon/upstream/proxy.h"

#include <map>

#include <doctest/doctest.h>

namespace litegw::upstream {
namespace {

Result<ProxySettings> settings(std::map<std::string, std::string> variables) {
  return ProxySettings::read([variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

const Proxy* proxy_for(const ProxySettings& proxies, const char* url) {
  return proxies.find(*http::parse_url(url));
}

TEST_CASE("a proxy is used for its scheme, loopback and NO_PROXY go direct") {
  const auto proxies = settings({{"HTTPS_PROXY", "http://user:p%40ss@proxy.example:3128"},
                                 {"NO_PROXY", "internal.example, .corp,10.0.0.1"}});
  REQUIRE(proxies.has_value());
  const Proxy* const proxy = proxy_for(*proxies, "https://api.openai.com/v1");
  REQUIRE(proxy != nullptr);
  CHECK(proxy->host == "proxy.example");
  CHECK(proxy->port == 3128);
  CHECK(proxy->authorization.reveal() == "Basic dXNlcjpwQHNz");
  for (const char* direct : {"http://api.openai.com", "https://localhost:1", "https://127.0.0.1",
                             "https://[::1]:1", "https://internal.example",
                             "https://a.internal.example", "https://x.corp", "https://10.0.0.1"}) {
    CAPTURE(direct);
    CHECK(proxy_for(*proxies, direct) == nullptr);
  }
  CHECK(proxy_for(*proxies, "https://notinternal.example") != nullptr);
}

TEST_CASE("a star excludes everything, and no variables mean no proxy") {
  CHECK(proxy_for(*settings({{"https_proxy", "p:1"}, {"no_proxy", "*"}}), "https://a.b") ==
        nullptr);
  CHECK(proxy_for(*settings({}), "https://a.b") == nullptr);
  CHECK(proxy_for(*settings({{"https_proxy", "p:1"}}), "https://a.b")->port == 1);
}

TEST_CASE("a proxy URL that makes no sense is refused without showing its password") {
  const auto proxies = settings({{"HTTPS_PROXY", "ftp://u:secret@x"}});
  REQUIRE_FALSE(proxies.has_value());
  CHECK(proxies.error().message.find("secret") == std::string::npos);
}

}  // namespace
}  // namespace litegw::upstream
