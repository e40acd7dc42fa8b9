#include "cmd/gateway/gateway.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/base/version.h"

namespace litegw::cmd {
namespace {

// What people paste although a client appends it itself.
constexpr std::array<std::string_view, 3> endpoints{"/chat/completions", "/models", "/responses"};

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

}  // namespace

Gateway::Gateway(http::Url url, Secret key, Duration timeout)
    : url_(std::move(url)), key_(std::move(key)), timeout_(timeout) {
  url_.path = bare_path(url_.path);
}

std::string Gateway::base_url() const {
  return fmt::format("{}://{}{}", url_.scheme, url_.authority(), url_.path);
}

http::ClientResult<http::Client> Gateway::connect() const {
  http::Deadlines deadlines;
  deadlines.connect = std::min<Duration>(timeout_, seconds(10));
  deadlines.handshake = deadlines.connect;
  deadlines.head = timeout_;
  deadlines.body = timeout_;
  return http::Client::connect(http::endpoint_of(url_), deadlines);
}

http::ClientResult<http::Response> Gateway::send(const std::string& method, const std::string& path,
                                                 const std::string& body,
                                                 std::vector<http::Header> headers,
                                                 const http::OnAnswer& callbacks) {
  auto begin = std::chrono::steady_clock::now();
  http::ClientResult<http::Client> client = connect();
  if (!client) return client.error();
  http::Request request{method, url_.path + path, std::move(headers), body};
  bool has_key = false;
  for (const http::Header& header : request.headers)
    has_key = has_key || iequals(header.name, "authorization");
  if (!has_key && !key_.empty())
    request.headers.push_back({"authorization", "Bearer " + key_.reveal()});
  request.headers.push_back({"user-agent", fmt::format("litegw-test/{}", version())});
  request.headers.push_back({"accept", "*/*"});
  if (!body.empty()) request.headers.push_back({"content-type", "application/json"});
  if (request.target.empty()) request.target = "/";
  auto response = client->request(request, callbacks);
  took_ = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
  if (response && response->find("x-litegw-request-id")) is_litegw_ = true;
  return response;
}

}  // namespace litegw::cmd
