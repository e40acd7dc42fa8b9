#include "common/http/tls.h"

#include <array>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/http/client.h"
#include "tests/support/socket_peer.h"

using namespace litegw;
using namespace litegw::http;
using litegw::tests::SocketPeer;
using litegw::tests::TemporaryFolder;
using Kind = ClientError::Kind;

namespace {

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// A certificate that signs itself, for `name`, good until `days_left` from now.
struct Identity {
  std::unique_ptr<EVP_PKEY, Free> key;
  std::unique_ptr<X509, Free> certificate;

  Identity(const std::string& name, long days_left) {
    key.reset(EVP_EC_gen("P-256"));
    certificate.reset(X509_new());
    X509* cert = certificate.get();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_time_adj_ex(X509_getm_notBefore(cert), -30, 0, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(cert), static_cast<int>(days_left), 0, nullptr);
    X509_set_pubkey(cert, key.get());
    X509_NAME* subject = X509_get_subject_name(cert);
    const auto* text = reinterpret_cast<const unsigned char*>("litegw test");
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(cert, subject);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str());
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(cert, key.get(), EVP_sha256());
  }

  std::string save(const TemporaryFolder& folder) const {
    std::string path = folder.path + "/ca.pem";
    FILE* file = fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    fclose(file);
    return path;
  }
};

// Shakes hands, reads a request and answers "hi".
void serve(SocketPeer::Connection& connection, const Identity& identity) {
  std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  std::unique_ptr<SSL, Free> ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), connection.fd());
  if (SSL_accept(ssl.get()) != 1) return;
  std::array<char, 4096> buffer{};
  if (SSL_read(ssl.get(), buffer.data(), buffer.size()) <= 0) return;
  std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
  SSL_shutdown(ssl.get());
}

ClientResult<Client> connect(const SocketPeer& peer, const std::string& ca_file) {
  Endpoint endpoint;
  endpoint.transport = Endpoint::Transport::tls;
  endpoint.host = "127.0.0.1";
  endpoint.port = peer.port();
  endpoint.ca_file = ca_file;
  return Client::connect(endpoint);
}

}  // namespace

TEST_CASE("a server whose certificate is trusted and names it is spoken to") {
  TemporaryFolder folder;
  Identity identity("IP:127.0.0.1", 30);
  SocketPeer peer([&](SocketPeer::Connection& connection) { serve(connection, identity); });
  ClientResult<Client> client = connect(peer, identity.save(folder));
  REQUIRE_MESSAGE(client.has_value(), client.error().message);
  CHECK(client.value().facts().tls->version == "TLSv1.3");
  CHECK(client.value().facts().tls->certificate.subject == "CN=litegw test");
  CHECK(client.value().request({}).value().body == "hi");
}

TEST_CASE("a certificate that does not verify is refused with the reason") {
  auto refusal = [](const char* name, long days_left, bool trusted) {
    TemporaryFolder folder;
    Identity identity(name, days_left);
    SocketPeer peer([&](SocketPeer::Connection& connection) { serve(connection, identity); });
    std::string ca_file = identity.save(folder);
    ClientResult<Client> client = connect(peer, trusted ? ca_file : "");
    REQUIRE(client.has_error());
    CHECK(client.error().kind == Kind::tls);
    CHECK(client.error().certificate.subject == "CN=litegw test");
    CHECK(client.error().certificate.issuer == "CN=litegw test");
    bool expired = client.error().certificate.not_after < wall_clock();
    CHECK(expired == (days_left < 0));
    return client.error().verify_reason;
  };
  CHECK(refusal("IP:127.0.0.1", 30, false).find("self-signed") != std::string::npos);
  CHECK(refusal("IP:127.0.0.1", -1, true).find("expired") != std::string::npos);
  CHECK(refusal("DNS:elsewhere.example", 30, true).find("mismatch") != std::string::npos);
}

TEST_CASE("a server that speaks no TLS is told") {
  SocketPeer peer([](SocketPeer::Connection& connection) {
    connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection.drain();
  });
  ClientResult<Client> client = connect(peer, "");
  REQUIRE(client.has_error());
  CHECK(client.error().kind == Kind::tls);
  CHECK(client.error().verify_reason.empty());
}
