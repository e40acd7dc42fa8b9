// The server's TLS, with certificates made for the test and OpenSSL as the client.
#include <fstream>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "daemon/server/tls_contexts.h"
#include "tests/support/serving.h"

using namespace litegw;
using tests::Client;
using tests::Serving;

namespace {

// A self-signed certificate for `name` in `folder`.
config::TlsSettings make_certificate(const std::filesystem::path& folder, const std::string& name) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, text, -1, -1,
                             0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  const std::string names = "DNS:" + name;
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(made.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(made.get(), key.get(), EVP_sha256());

  config::TlsSettings settings;
  settings.certificate = (folder / (name.substr(name.find_first_not_of("*.")) + ".pem")).string();
  settings.key = settings.certificate + ".key";
  std::FILE* file = std::fopen(settings.certificate.c_str(), "w");
  PEM_write_X509(file, made.get());
  std::fclose(file);
  file = std::fopen(settings.key.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  return settings;
}

// A handshake over an open connection; what was agreed on.
struct TlsClient {
  TlsClient(Client& client, const char* name, int max_version = TLS1_3_VERSION)
      : context(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), max_version);
    SSL_CTX_set_security_level(context.get(), 0);
    ssl.reset(SSL_new(context.get()));
    static constexpr unsigned char offered[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(ssl.get(), offered, sizeof offered - 1);
    if (name != nullptr) SSL_set_tlsext_host_name(ssl.get(), name);
    SSL_set_fd(ssl.get(), client.descriptor());
    connected = SSL_connect(ssl.get()) == 1;
  }
  std::string common_name() const {
    char name[64] = "";
    const std::unique_ptr<X509, void (*)(X509*)> peer(SSL_get1_peer_certificate(ssl.get()),
                                                      X509_free);
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, name, sizeof name);
    return name;
  }
  std::string protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl.get(), &chosen, &size);
    return std::string(reinterpret_cast<const char*>(chosen), size);
  }
  std::string ask(std::string_view request) {
    SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
    std::string answer(4096, '\0');
    const int count = SSL_read(ssl.get(), answer.data(), static_cast<int>(answer.size()));
    answer.resize(static_cast<std::size_t>(std::max(count, 0)));
    return answer;
  }
  net::SslContextPtr context;
  net::SslPtr ssl;
  bool connected = false;
};

constexpr std::string_view probe = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("TLS serves HTTP/1.1 with the certificate that fits the asked name, else the first") {
  const tests::TemporaryFolder folder;
  auto tls = server::TlsContexts::load({make_certificate(folder.path, "one.example"),
                                        make_certificate(folder.path, "*.two.example")});
  REQUIRE(tls.has_value());
  Serving serving(&server::find_route, {}, *tls);
  const std::vector<std::pair<const char*, std::string>> names{{"one.example", "one.example"},
                                                               {"A.Two.example", "*.two.example"},
                                                               {"a.b.two.example", "one.example"},
                                                               {"else.example", "one.example"},
                                                               {nullptr, "one.example"}};
  for (const auto& [asked, shown] : names) {
    Client client(serving.port);
    TlsClient secure(client, asked);
    REQUIRE(secure.connected);
    CHECK(secure.common_name() == shown);
    CHECK(secure.protocol() == "http/1.1");
    for (int i = 0; i < 3; ++i)
      CHECK(tests::status_of(secure.ask(probe)) == 200);
  }
}

TEST_CASE("TLS 1.1 and plain HTTP are refused on a TLS listener, which goes on serving") {
  const tests::TemporaryFolder folder;
  auto tls = server::TlsContexts::load({make_certificate(folder.path, "one.example")});
  REQUIRE(tls.has_value());
  Serving serving(&server::find_route, {}, *tls);
  Client old(serving.port);
  CHECK_FALSE(TlsClient(old, nullptr, TLS1_1_VERSION).connected);
  Client plain(serving.port);
  plain.send(probe);
  CHECK(plain.rest().find("HTTP/") == std::string::npos);
  Client newer(serving.port);
  TlsClient secure(newer, nullptr, TLS1_2_VERSION);
  CHECK(secure.connected);
  CHECK(tests::status_of(secure.ask(probe)) == 200);
}

TEST_CASE("a certificate that cannot be used is an error that names its file") {
  const tests::TemporaryFolder folder;
  config::TlsSettings one = make_certificate(folder.path, "one.example");
  const config::TlsSettings two = make_certificate(folder.path, "two.example");
  one.key = two.key;
  const auto mixed = server::TlsContexts::load({one});
  REQUIRE(mixed.has_error());
  CHECK(mixed.error().code == ErrorCode::config_invalid);
  CHECK(mixed.error().message.find("two.example.pem.key") != std::string::npos);
  const auto missing = server::TlsContexts::load({config::TlsSettings{"/nowhere.pem", "/no.key"}});
  REQUIRE(missing.has_error());
  CHECK(missing.error().message.find("/nowhere.pem") != std::string::npos);
}
