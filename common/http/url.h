// URLs as people give them to the CLI: http or https, host, port, path. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace litegw::http {

struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  // never 0: the scheme's when none was given
  std::string path;        // "/" when none was given
  std::string query;       // without '?'

  bool is_default_port() const { return port == (scheme == "https" ? 443 : 80); }
  // host[:port] as the Host header wants it.
  std::string authority() const;
};

// host[:port] with brackets around an IPv6 address and without `default_port`.
std::string make_authority(std::string_view host, std::uint16_t port, std::uint16_t default_port);

// A user name in the URL is refused (it would hold a secret), so is a fragment, and a query unless
// `allow_query` is on. Fails with invalid_argument.
Result<Url> parse_url(std::string_view text, bool allow_query = false);

}  // namespace litegw::http
