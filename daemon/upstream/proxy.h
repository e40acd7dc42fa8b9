// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as curl reads them. Pure; read once at start, asked once
// per connection.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/http/url.h"

namespace litegw::upstream {

struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  Secret authorization;  // "Basic ..." from the URL's user and password; empty = none
};

class ProxySettings {
 public:
  ProxySettings() = default;  // none
  // `variable` gives the value of an environment variable, empty when unset. Lower case wins over
  // upper case, but for http_proxy's upper case form, which a CGI client could set. Fails with
  // config_invalid on a proxy URL that makes no sense; its message holds no password.
  static Result<ProxySettings> read(const std::function<std::string(const char*)>& variable);

  // nullptr: connect directly. Loopback is never proxied.
  const Proxy* find(const http::Url& url) const;

 private:
  bool excluded(const std::string& host) const;

  std::optional<Proxy> https_, http_;
  std::vector<std::string> no_proxy_;
};

bool is_loopback(const std::string& host);

}  // namespace litegw::upstream
