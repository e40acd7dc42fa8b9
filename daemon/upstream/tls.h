// TLS towards upstreams: TLS 1.2 and up, names verified against the system's authorities or a CA
// file, SNI, sessions reused. One per event loop.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/net/transport.h"

namespace litegw::upstream {

class TlsContext {
 public:
  // `ca_file` empty: the system's authorities, read when the first connection needs them. Fails
  // with config_invalid when the file cannot be read.
  static Result<std::unique_ptr<TlsContext>> make(const std::string& ca_file);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Ready for Transport::handshake with that host, resuming its last session if there is one.
  Result<net::SslPtr> connection(const std::string& host, std::uint16_t port);

 private:
  struct SessionDeleter {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  using SessionPtr = std::unique_ptr<SSL_SESSION, SessionDeleter>;

  TlsContext() = default;
  static int remember(SSL* ssl, SSL_SESSION* session);

  net::SslContextPtr context_;
  bool has_authorities_ = false;
  // By host:port. Slots are never removed, connections point to them.
  std::map<std::string, SessionPtr> sessions_;
};

}  // namespace litegw::upstream
