// A gateway as its clients see it: requests to a base URL, each on a connection of its own, judged
// by the checks. Blocking, one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/secret.h"
#include "common/http/client.h"

namespace litegw::cmd {

struct GatewayRequest {
  std::string method = "GET";
  std::string path{};  // appended to the base URL's
  bool whole = false;  // `path` is the whole path instead
  std::string body{};
  std::vector<http::Header> headers{};  // the key goes along unless one of these is a key
  Duration patience{};                  // longest wait for a piece of the answer; 0 = the timeout
};

class Gateway {
 public:
  Gateway(http::Url url, Secret key, Duration timeout);

  const http::Url& url() const { return url_; }
  const Secret& key() const { return key_; }
  void set_key(Secret key) { key_ = std::move(key); }
  // Without a trailing slash or an endpoint that was pasted with it.
  std::string base_url() const { return origin() + url_.path; }
  std::string origin() const;
  // The path in front of "/cursor", "/cursor/v1" or "/v1": empty unless a proxy adds one.
  std::string prefix() const;
  bool is_https() const { return url_.scheme == "https"; }
  // How long the last `send` took, from before it connected to the end of the answer.
  Duration took() const { return took_; }
  Duration timeout() const { return timeout_; }
  // Answers so far carried litegw's own headers.
  bool is_litegw() const { return is_litegw_; }
  // Of the last answer that had one, in litegw's log: "req_...".
  const std::string& request_id() const { return request_id_; }

  http::ClientResult<http::Client> connect() const;
  http::ClientResult<http::Response> send(const GatewayRequest& request,
                                          const http::OnAnswer& callbacks = {});

 private:
  http::Deadlines deadlines(Duration patience) const;
  http::ClientResult<http::Client> connect(Duration patience) const;
  std::vector<http::Header> headers_of(const GatewayRequest& request) const;

  http::Url url_;
  Secret key_;
  Duration timeout_;
  Duration took_{};
  bool is_litegw_ = false;
  std::string request_id_;
};

}  // namespace litegw::cmd
