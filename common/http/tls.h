// TLS for the blocking client (OpenSSL 3): TLS 1.2 and up, verified names, SNI. Runs over memory
// BIOs, so that the socket keeps its deadlines and a peer that is gone raises no SIGPIPE.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "common/http/socket.h"

namespace litegw::http {

struct TlsFacts {
  std::string version;  // "TLSv1.3"
  Certificate certificate;
};

class TlsSession {
 public:
  // Shakes hands with the server on `socket`, which must outlive the session. An empty `ca_file`
  // means the system's certificate authorities. Fails with Kind::tls or what the socket says.
  static ClientResult<TlsSession> handshake(Socket& socket, const std::string& host,
                                            const std::string& ca_file, const Deadline& deadline);

  ClientResult<std::size_t> read_some(Socket& socket, char* buffer, std::size_t size,
                                      const Deadline& deadline);
  ClientStatus write_all(Socket& socket, std::string_view bytes, const Deadline& deadline);
  TlsFacts facts() const;

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  ClientStatus flush(Socket& socket, const Deadline& deadline);
  // More bytes from the peer; false when it closed.
  ClientResult<bool> fill(Socket& socket, const Deadline& deadline);
  ClientStatus shake_hands(Socket& socket, const std::string& host, const Deadline& deadline);

  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace litegw::http
