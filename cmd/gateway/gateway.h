// A gateway as its clients see it: requests to a base URL, each on a connection of its own or a
// kept one, judged by the checks. Blocking, one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/json.h"
#include "common/base/secret.h"
#include "common/http/client.h"

namespace litegw::cmd {

class Gateway {
 public:
  Gateway(http::Url url, Secret key, Duration timeout);

  const http::Url& url() const { return url_; }
  const Secret& key() const { return key_; }
  void set_key(Secret key) { key_ = std::move(key); }
  // Without a trailing slash or an endpoint that was pasted with it.
  std::string base_url() const;
  bool is_https() const { return url_.scheme == "https"; }
  // How long the last `send` took, from before it connected to the end of the answer.
  Duration took() const { return took_; }
  Duration timeout() const { return timeout_; }
  // Answers so far carried litegw's own headers.
  bool is_litegw() const { return is_litegw_; }

  http::ClientResult<http::Client> connect() const;
  // `path` is appended to the base URL's. The key goes along unless `headers` has one.
  http::ClientResult<http::Response> send(const std::string& method, const std::string& path,
                                          const std::string& body,
                                          std::vector<http::Header> headers = {},
                                          const http::OnAnswer& callbacks = {});

 private:
  http::Url url_;
  Secret key_;
  Duration timeout_;
  Duration took_{};
  bool is_litegw_ = false;
};

}  // namespace litegw::cmd
