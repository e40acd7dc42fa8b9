#include "daemon/upstream/tls.h"

#include <array>

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace litegw::upstream {
namespace {

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

// Read once for all loops, and only when a connection needs them: a hundred and forty certificates
// cost 20 ms of CPU, which would be most of a start. Never freed: connections may outlive statics.
X509_STORE* system_authorities() {
  static X509_STORE* const store = [] {
    X509_STORE* const made = X509_STORE_new();
    if (made != nullptr) X509_STORE_set_default_paths(made);
    return made;
  }();
  return store;
}

Error tls_setup_error(const std::string& what) {
  const unsigned long code = ERR_get_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return make_error(ErrorCode::config_invalid,
                    what + (reason != nullptr ? ": " : "") + (reason != nullptr ? reason : ""));
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const std::string& ca_file) {
  std::unique_ptr<TlsContext> made(new TlsContext());
  ERR_clear_error();
  made->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = made->context_.get();
  if (context == nullptr) return tls_setup_error("TLS cannot be set up");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  made->has_authorities_ = !ca_file.empty();
  if (made->has_authorities_ && SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1)
    return tls_setup_error("upstream.ca_file '" + ca_file + "' cannot be read as PEM certificates");
  static constexpr unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, &TlsContext::remember);
  return made;
}

// Called by OpenSSL when a session can be resumed later; 0 = it keeps the reference. A copy is
// kept: OpenSSL marks the session of a connection that ends without a TLS goodbye as not resumable.
int TlsContext::remember(SSL* ssl, SSL_SESSION* session) {
  auto* const slot = static_cast<SessionPtr*>(SSL_get_ex_data(ssl, 0));
  if (slot != nullptr) slot->reset(SSL_SESSION_dup(session));
  return 0;
}

Result<net::SslPtr> TlsContext::connection(const std::string& host, std::uint16_t port) {
  if (!has_authorities_) {
    SSL_CTX_set1_cert_store(context_.get(), system_authorities());
    has_authorities_ = true;
  }
  net::SslPtr ssl(SSL_new(context_.get()));
  if (ssl == nullptr) return tls_setup_error("TLS cannot be set up");
  X509_VERIFY_PARAM* const verify = SSL_get0_param(ssl.get());
  bool named = false;
  if (is_address(host)) {
    named = X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    named = X509_VERIFY_PARAM_set1_host(verify, host.c_str(), host.size()) == 1 &&
            SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
  }
  if (!named) return tls_setup_error("the upstream's name cannot be verified");
  SessionPtr& slot = sessions_[host + ":" + std::to_string(port)];
  SSL_set_ex_data(ssl.get(), 0, &slot);
  if (slot != nullptr && SSL_SESSION_is_resumable(slot.get()) == 1)
    SSL_set_session(ssl.get(), slot.get());
  return ssl;
}

}  // namespace litegw::upstream
