#include "daemon/server/tls_contexts.h"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "common/base/text.h"

namespace litegw::server {
namespace {

Error tls_error(const std::string& file, std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return make_error(ErrorCode::config_invalid,
                    fmt::format("{}: {}{}{}", file, what, reason != nullptr ? ": " : "",
                                reason != nullptr ? reason : ""),
                    "server.tls wants a PEM certificate with its chain, and its key");
}

// Only http/1.1 is spoken; a client that offers other protocols alone gets none agreed upon.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_size, ours.data(), ours.size(), offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::vector<std::string> dns_names(X509* certificate) {
  std::vector<std::string> names;
  auto* all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
    names.push_back(to_lower(std::string_view(text, size)));
  }
  GENERAL_NAMES_free(all);
  return names;
}

bool name_matches(std::string_view pattern, std::string_view name) {
  if (pattern == name) return true;
  if (!pattern.starts_with("*.")) return false;
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
}

}  // namespace

Result<std::shared_ptr<const TlsContexts>> TlsContexts::load(
    const std::vector<config::TlsSettings>& settings) {
  auto contexts = std::make_shared<TlsContexts>();
  for (const config::TlsSettings& setting : settings) {
    net::SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context) return tls_error(setting.certificate, "OpenSSL gave no context");
    SSL_CTX* raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(
        raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    static constexpr std::string_view session_context = "litegw";
    SSL_CTX_set_session_id_context(raw,
                                   reinterpret_cast<const unsigned char*>(session_context.data()),
                                   session_context.size());
    if (SSL_CTX_use_certificate_chain_file(raw, setting.certificate.c_str()) != 1)
      return tls_error(setting.certificate, "the certificate cannot be used");
    if (SSL_CTX_use_PrivateKey_file(raw, setting.key.c_str(), SSL_FILETYPE_PEM) != 1)
      return tls_error(setting.key, "the key cannot be used");
    if (SSL_CTX_check_private_key(raw) != 1)
      return tls_error(setting.key, "the key does not belong to " + setting.certificate);
    std::vector<std::string> names = dns_names(SSL_CTX_get0_certificate(raw));
    contexts->entries_.push_back(Entry{std::move(context), std::move(names)});
  }
  for (const Entry& entry : contexts->entries_) {
    SSL_CTX_set_tlsext_servername_callback(entry.context.get(), choose);
    SSL_CTX_set_tlsext_servername_arg(entry.context.get(), contexts.get());
  }
  return std::shared_ptr<const TlsContexts>(std::move(contexts));
}

net::SslPtr TlsContexts::new_session() const {
  return net::SslPtr(SSL_new(entries_.front().context.get()));
}

int TlsContexts::choose(SSL* ssl, int*, void* self) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const Entry& entry = static_cast<const TlsContexts*>(self)->entry_for(to_lower(name));
  SSL_set_SSL_CTX(ssl, entry.context.get());
  return SSL_TLSEXT_ERR_OK;
}

const TlsContexts::Entry& TlsContexts::entry_for(std::string_view name) const {
  for (const Entry& entry : entries_)
    for (const std::string& pattern : entry.names)
      if (name_matches(pattern, name)) return entry;
  return entries_.front();
}

}  // namespace litegw::server
