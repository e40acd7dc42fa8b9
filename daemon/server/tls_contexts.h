// The server's certificates. Immutable once loaded; a reload makes a new one, connections keep the
// one they began with. Shared by all loops.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/net/transport.h"

namespace litegw::server {

class TlsContexts {
 public:
  // Fails with config_invalid, naming the file: missing, unreadable, no certificate, a key that
  // does not fit.
  static Result<std::shared_ptr<const TlsContexts>> load(
      const std::vector<config::TlsSettings>& settings);

  // For one handshake. The certificate is chosen by SNI: the first whose names match, else the
  // first.
  net::SslPtr new_session() const;

 private:
  struct Entry {
    net::SslContextPtr context;
    std::vector<std::string> names;  // lower case, may begin with "*."
  };
  static int choose(SSL* ssl, int* alert, void* self);
  const Entry& entry_for(std::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace litegw::server
