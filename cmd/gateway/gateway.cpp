#include "cmd/gateway/gateway.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "cmd/interrupt.h"
#include "common/base/text.h"
#include "common/base/version.h"

namespace litegw::cmd {
namespace {

// What people paste although a client appends it itself.
constexpr std::array<std::string_view, 3> endpoints{"/chat/completions", "/models", "/responses"};
constexpr std::array<std::string_view, 3> bases{"/cursor/v1", "/cursor", "/v1"};
constexpr std::array<std::string_view, 3> key_headers{"authorization", "api-key", "x-api-key"};

std::string bare_path(std::string path) {
  auto strip_slashes = [&] {
    while (path.ends_with('/'))
      path.pop_back();
  };
  strip_slashes();
  for (std::string_view endpoint : endpoints)
    if (path.ends_with(endpoint)) path.resize(path.size() - endpoint.size());
  strip_slashes();
  return path;
}

bool is_key_header(const http::Header& header) {
  return std::any_of(key_headers.begin(), key_headers.end(),
                     [&](std::string_view name) { return iequals(header.name, name); });
}

}  // namespace

Gateway::Gateway(http::Url url, Secret key, Duration timeout)
    : url_(std::move(url)), key_(std::move(key)), timeout_(timeout) {
  url_.path = bare_path(url_.path);
}

std::string Gateway::origin() const {
  return fmt::format("{}://{}", url_.scheme, url_.authority());
}

std::string Gateway::prefix() const {
  for (std::string_view base : bases)
    if (url_.path.ends_with(base)) return url_.path.substr(0, url_.path.size() - base.size());
  return url_.path;
}

http::Deadlines Gateway::deadlines(Duration patience) const {
  http::Deadlines deadlines;
  deadlines.connect = std::min<Duration>(timeout_, seconds(10));
  deadlines.handshake = deadlines.connect;
  deadlines.head = deadlines.body = std::max(timeout_, patience);
  deadlines.interrupted = InterruptWatch::is_interrupted;
  return deadlines;
}

http::ClientResult<http::Client> Gateway::connect() const {
  return connect(Duration{});
}

http::ClientResult<http::Client> Gateway::connect(Duration patience) const {
  if (InterruptWatch::is_interrupted())
    return http::ClientError{http::ClientError::Kind::interrupted, "Interrupted.", {}, {}};
  return http::Client::connect(http::endpoint_of(url_), deadlines(patience));
}

std::vector<http::Header> Gateway::headers_of(const GatewayRequest& request) const {
  std::vector<http::Header> headers = request.headers;
  bool has_key = std::any_of(headers.begin(), headers.end(), is_key_header);
  if (!has_key && !key_.empty() && request.method != "OPTIONS")
    headers.push_back({"authorization", "Bearer " + key_.reveal()});
  // Firewalls, bot rules and litegw itself look at it.
  headers.push_back({"user-agent", fmt::format("Cursor/1.0 litegw-test/{}", version())});
  headers.push_back({"accept", "*/*"});
  if (!request.body.empty()) headers.push_back({"content-type", "application/json"});
  return headers;
}

http::ClientResult<http::Response> Gateway::send(const GatewayRequest& request,
                                                 const http::OnAnswer& callbacks) {
  auto begin = std::chrono::steady_clock::now();
  http::ClientResult<http::Client> client = connect(request.patience);
  if (!client) return client.error();
  http::Request sent{request.method, request.whole ? request.path : url_.path + request.path,
                     headers_of(request), request.body};
  if (sent.target.empty()) sent.target = "/";
  auto response = client->request(sent, callbacks);
  took_ = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
  if (!response) return response;
  if (auto id = response->find("x-litegw-request-id")) {
    is_litegw_ = true;
    request_id_ = *id;
  }
  return response;
}

}  // namespace litegw::cmd
