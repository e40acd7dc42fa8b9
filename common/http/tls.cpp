#include "common/http/tls.h"

#include <array>
#include <ctime>

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace litegw::http {
namespace {

using Kind = ClientError::Kind;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string name_text(const X509_NAME* name) {
  std::unique_ptr<BIO, FreeBio> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Certificate describe(X509* certificate) {
  std::tm broken_down{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &broken_down);
  Time not_after{seconds(timegm(&broken_down))};
  return {name_text(X509_get_subject_name(certificate)),
          name_text(X509_get_issuer_name(certificate)), not_after, 0};
}

// OpenSSL keeps the certificate only of a server that verified, so the verification tells.
struct Verification {
  std::string reason;
  Certificate certificate;
};

int note_verification(int verified, X509_STORE_CTX* store) {
  if (verified == 1) return 1;
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* verification = static_cast<Verification*>(SSL_get_app_data(ssl));
  if (verification == nullptr) return 0;
  verification->reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (leaf != nullptr) verification->certificate = describe(leaf);
  verification->certificate.sent = sk_X509_num(X509_STORE_CTX_get0_untrusted(store));
  return 0;
}

std::string last_openssl_error() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "the peer closed or sent no TLS";
}

ClientError tls_error(std::string message, const Verification& verification = {}) {
  return ClientError{Kind::tls, std::move(message), verification.reason, verification.certificate};
}

ClientError handshake_error(const std::string& host, const std::string& reason,
                            const Verification& verification) {
  std::string message = "The TLS handshake with " + host;
  message.append(" failed: ").append(reason).append(".");
  return tls_error(std::move(message), verification);
}

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool expect_name(SSL* ssl, const std::string& host) {
  if (is_ip_address(host)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

}  // namespace

ClientResult<TlsSession> TlsSession::handshake(Socket& socket, const std::string& host,
                                               const std::string& ca_file,
                                               const Deadline& deadline) {
  TlsSession session;
  session.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = session.context_.get();
  if (context == nullptr) return tls_error("Cannot set up TLS: " + last_openssl_error() + ".");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                               : SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (loaded != 1) {
    return tls_error("Cannot read the certificate authorities in '" + ca_file +
                     "': " + last_openssl_error() + ".");
  }
  session.ssl_.reset(SSL_new(context));
  ClientStatus done = session.shake_hands(socket, host, deadline);
  if (!done) return done.error();
  return session;
}

ClientStatus TlsSession::shake_hands(Socket& socket, const std::string& host,
                                     const Deadline& deadline) {
  SSL* ssl = ssl_.get();
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl);
  constexpr std::string_view alpn = "\x08http/1.1";
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                      static_cast<unsigned>(alpn.size()));
  if (!expect_name(ssl, host))
    return tls_error("'" + host + "' is no name a certificate can have.");
  Verification verification;
  SSL_set_app_data(ssl, &verification);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, note_verification);
  while (true) {
    ERR_clear_error();
    int done = SSL_do_handshake(ssl);
    int error = SSL_get_error(ssl, done);
    ClientStatus flushed = flush(socket, deadline);
    if (done == 1) {
      SSL_set_app_data(ssl, nullptr);
      return flushed;
    }
    if (error != SSL_ERROR_WANT_READ) {
      bool unverified = !verification.reason.empty();
      return handshake_error(host, unverified ? verification.reason : last_openssl_error(),
                             verification);
    }
    if (!flushed) return flushed;
    ClientResult<bool> more = fill(socket, deadline);
    if (!more) return more.error();
    if (!more.value()) {
      return handshake_error(host, "the peer closed", verification);
    }
  }
}

ClientStatus TlsSession::flush(Socket& socket, const Deadline& deadline) {
  BIO* out = SSL_get_wbio(ssl_.get());
  char* bytes = nullptr;
  long size = BIO_get_mem_data(out, &bytes);
  if (size <= 0) return {};
  ClientStatus written = socket.write_all({bytes, static_cast<std::size_t>(size)}, deadline);
  static_cast<void>(BIO_reset(out));
  return written;
}

ClientResult<bool> TlsSession::fill(Socket& socket, const Deadline& deadline) {
  std::array<char, 16384> buffer;
  ClientResult<std::size_t> got = socket.read_some(buffer.data(), buffer.size(), deadline);
  if (!got) return got.error();
  BIO_write(SSL_get_rbio(ssl_.get()), buffer.data(), static_cast<int>(got.value()));
  return got.value() > 0;
}

ClientResult<std::size_t> TlsSession::read_some(Socket& socket, char* buffer, std::size_t size,
                                                const Deadline& deadline) {
  while (true) {
    ERR_clear_error();
    std::size_t got = 0;
    int done = SSL_read_ex(ssl_.get(), buffer, size, &got);
    if (done == 1) return got;
    int error = SSL_get_error(ssl_.get(), done);
    if (error == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    if (error != SSL_ERROR_WANT_READ) {
      return tls_error("Reading over TLS failed: " + last_openssl_error() + ".");
    }
    ClientStatus flushed = flush(socket, deadline);
    if (!flushed) return flushed.error();
    ClientResult<bool> more = fill(socket, deadline);
    if (!more) return more.error();
    // Without close_notify nobody knows whether the peer meant to end here.
    if (!more.value()) {
      return ClientError{Kind::closed, "The connection was cut without a TLS goodbye.", {}, {}};
    }
  }
}

ClientStatus TlsSession::write_all(Socket& socket, std::string_view bytes,
                                   const Deadline& deadline) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t written = 0;
    std::size_t size = std::min<std::size_t>(bytes.size(), 262144);
    int done = SSL_write_ex(ssl_.get(), bytes.data(), size, &written);
    if (done != 1) return tls_error("Writing over TLS failed: " + last_openssl_error() + ".");
    bytes.remove_prefix(written);
    ClientStatus flushed = flush(socket, deadline);
    if (!flushed) return flushed;
  }
  return {};
}

TlsFacts TlsSession::facts() const {
  TlsFacts facts;
  facts.version = SSL_get_version(ssl_.get());
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate != nullptr) facts.certificate = describe(certificate);
  facts.certificate.sent = sk_X509_num(SSL_get_peer_cert_chain(ssl_.get()));
  return facts;
}

}  // namespace litegw::http
