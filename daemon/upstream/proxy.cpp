#include "daemon/upstream/proxy.h"

#include <span>

#include "common/base/text.h"

namespace litegw::upstream {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::size_t at = 0;
  for (; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= group.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string digits(text.substr(at, 3).substr(text[at] == '%' ? 1 : 0));
    if (text[at] == '%' && digits.size() == 2 && std::isxdigit(digits[0]) &&
        std::isxdigit(digits[1])) {
      out += static_cast<char>(std::stoi(digits, nullptr, 16));
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

Result<std::optional<Proxy>> parse_proxy(const char* name, std::string text) {
  if (trim(text).empty()) return std::optional<Proxy>();
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  Proxy proxy;
  const std::size_t host_at = text.find("://") + 3;
  const std::size_t end = text.find('/', host_at);
  const std::size_t user_end = text.substr(0, end).rfind('@');
  if (user_end != std::string::npos) {
    const std::string user = percent_decoded(text.substr(host_at, user_end - host_at));
    proxy.authorization = Secret("Basic " + base64(user));
    text.erase(host_at, user_end + 1 - host_at);
  }
  const auto url = http::parse_url(text);
  if (!url || url->scheme != "http")
    return make_error(ErrorCode::config_invalid,
                      std::string(name) + " must be http://[user:password@]host:port",
                      "correct the variable or unset it", name);
  proxy.host = url->host;
  proxy.port = url->port;
  return std::optional<Proxy>(std::move(proxy));
}

}  // namespace

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.") ||
         host.ends_with(".localhost");
}

Result<ProxySettings> ProxySettings::read(const std::function<std::string(const char*)>& variable) {
  const auto first = [&](const char* lower, const char* upper) {
    std::string value = variable(lower);
    return value.empty() ? variable(upper) : value;
  };
  std::string all = first("all_proxy", "ALL_PROXY");
  std::string https = first("https_proxy", "HTTPS_PROXY");
  std::string http = first("http_proxy", "HTTP_PROXY");
  auto for_https = parse_proxy("HTTPS_PROXY", https.empty() ? all : https);
  if (!for_https) return for_https.error();
  auto for_http = parse_proxy("HTTP_PROXY", http.empty() ? all : http);
  if (!for_http) return for_http.error();
  ProxySettings settings;
  settings.https_ = std::move(*for_https);
  settings.http_ = std::move(*for_http);
  for (const std::string& entry : split(first("no_proxy", "NO_PROXY"), ',')) {
    std::string name = to_lower(trim(entry));
    if (name.starts_with("*.")) name.erase(0, 1);
    if (!name.empty()) settings.no_proxy_.push_back(std::move(name));
  }
  return settings;
}

bool ProxySettings::excluded(const std::string& host) const {
  for (const std::string& entry : no_proxy_) {
    if (entry == "*") return true;
    const std::string name = entry.starts_with('.') ? entry.substr(1) : entry;
    if (host == name || host.ends_with("." + name)) return true;
  }
  return false;
}

const Proxy* ProxySettings::find(const http::Url& url) const {
  const std::optional<Proxy>& proxy = url.scheme == "https" ? https_ : http_;
  if (!proxy || is_loopback(url.host) || excluded(url.host)) return nullptr;
  return &*proxy;
}

}  // namespace litegw::upstream
