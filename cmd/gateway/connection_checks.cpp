#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "cmd/gateway/address.h"
#include "cmd/gateway/checks.h"
#include "cmd/gateway/troubleshooting.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using Kind = http::ClientError::Kind;

constexpr auto soon = days(14);

void check_url(const Gateway& gateway, const TestRun& run, Report& report) {
  Check check{"url", "URL", Verdict::passed, gateway.base_url(), "", 0, 0, false};
  bool pasted_more = run.typed != gateway.base_url() && run.typed != gateway.base_url() + "/";
  if (!gateway.is_https()) {
    check.verdict = run.allow_private ? Verdict::warning : Verdict::failed;
    check.detail += ": no TLS, keys travel in the clear";
    check.fix = "put TLS in front (server.tls, Caddy, a tunnel) and paste an https URL";
    check.row = row::tls;
  }
  if (pasted_more && check.verdict != Verdict::failed) {
    check.verdict = Verdict::warning;
    check.detail = fmt::format("{} was given", run.typed);
    check.fix = fmt::format("paste {} instead: clients append the endpoint", gateway.base_url());
    check.row = row::path;
  }
  report.add(std::move(check));
}

// The address of "1.2.3.4:443" or "[::1]:443".
std::string without_port(const std::string& address) {
  std::size_t colon = address.rfind(':');
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  return address.substr(0, colon);
}

std::vector<std::string> addresses_of(const std::vector<http::Resolved>& resolved) {
  std::vector<std::string> out;
  for (const http::Resolved& one : resolved)
    out.push_back(without_port(one.address));
  return out;
}

// Names that only this machine or this network can look up.
bool is_local_name(const std::string& host) {
  if (host.find(':') != std::string::npos) return false;  // IPv6
  if (host.find('.') == std::string::npos) return true;
  for (const char* ending : {".local", ".lan", ".internal", ".home.arpa", ".localhost"})
    if (host.ends_with(ending)) return true;
  return false;
}

void judge_addresses(Check& check, const std::vector<std::string>& addresses, bool allow_private) {
  for (const std::string& address : addresses) {
    std::string range = private_range(address);
    if (range.empty()) continue;
    check.detail = fmt::format("{} is a {} address", address, range);
    check.verdict = allow_private ? Verdict::warning : Verdict::failed;
    check.fix = allow_private
                    ? "fine inside; Cursor's servers refuse to call it"
                    : "Cursor's servers refuse to call it: use a public name or a tunnel; "
                      "inside, test with --allow-private";
    check.row = row::private_address;
    return;
  }
}

// False when the name leads nowhere.
bool check_dns(const Gateway& gateway, bool allow_private, Report& report) {
  auto begin = std::chrono::steady_clock::now();
  const http::Url& url = gateway.url();
  auto resolved = http::resolve(url.host, url.port, http::Deadline(gateway.timeout(), {}));
  auto took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
  Check check{"dns", "DNS", Verdict::failed, "", "", 0, took.count(), false};
  if (!resolved) {
    check.detail = resolved.error().message;
    check.fix = "check the name; a new DNS record may need minutes to be seen";
    check.row = row::private_address;
    report.add(std::move(check));
    return false;
  }
  std::vector<std::string> addresses = addresses_of(*resolved);
  check.verdict = Verdict::passed;
  check.detail = join(addresses, ", ");
  if (is_local_name(url.host)) {
    check.verdict = Verdict::warning;
    check.detail += ": the name looks like one that only this network knows";
    check.fix = "Cursor's servers look it up on the internet: use a public name";
    check.row = row::private_address;
  }
  judge_addresses(check, addresses, allow_private);
  report.add(std::move(check));
  return true;
}

// What OpenSSL's reason means for who set it up.
void explain_tls(Check& check, const http::ClientError& error, const std::string& host) {
  const std::string& reason = error.verify_reason;
  const http::Certificate& certificate = error.certificate;
  auto says = [&](std::string_view words) {
    return reason.find(words) != std::string::npos;
  };
  if (reason.empty()) {
    check.detail = error.message;
    check.fix = "does the port speak TLS? then its log says why the handshake failed";
  } else if (says("expired")) {
    check.detail = fmt::format("the certificate {} expired on {}", certificate.subject,
                               to_minute(certificate.not_after));
    check.fix = "renew it, and have that done by itself (certbot, Caddy)";
  } else if (says("not yet valid")) {
    check.detail = "the certificate is not valid yet";
    check.fix = "is the clock of this machine right?";
  } else if (says("mismatch")) {
    check.detail = fmt::format("the certificate {} is not for {}", certificate.subject, host);
    check.fix = "get one whose names include it, or paste the name it is for";
  } else if (says("self-signed certificate") && certificate.sent <= 1) {
    check.detail = fmt::format("the certificate {} is self-signed", certificate.subject);
    check.fix = "Cursor accepts public authorities only: use Let's Encrypt, Caddy or a tunnel";
  } else if (says("local issuer") && certificate.sent <= 1) {
    check.detail = fmt::format("the chain is incomplete: only {} was sent, not {} that signed it",
                               certificate.subject, certificate.issuer);
    check.fix =
        "serve the full chain (fullchain.pem) in server.tls.certificate or the proxy; "
        "if the authority is your own, Cursor does not know it";
  } else {
    check.detail = fmt::format(
        "the certificate {} is signed by {}, which no public authority "
        "vouches for ({})",
        certificate.subject, certificate.issuer, reason);
    check.fix = "Cursor accepts public authorities only: use Let's Encrypt, Caddy or a tunnel";
  }
}

// Something that waits for words in the clear says nothing to a TLS greeting.
bool listens_without_tls(const Gateway& gateway, const http::ClientError& error) {
  bool is_silent = error.kind == Kind::timeout || error.kind == Kind::closed;
  if (!gateway.is_https() || !is_silent) return false;
  http::Endpoint endpoint = http::endpoint_of(gateway.url());
  endpoint.transport = http::Endpoint::Transport::tcp;
  return http::Client::connect(endpoint).has_value();
}

Next report_failure(const Gateway& gateway, const http::ClientError& error, Report& report) {
  if (error.kind == Kind::interrupted) return Next::interrupted;
  if (error.kind == Kind::tls || listens_without_tls(gateway, error)) {
    Check check{"tls", "TLS", Verdict::failed, "", "", row::tls, 0, false};
    explain_tls(check, error, gateway.url().host);
    report.add(std::move(check));
    return Next::stop;
  }
  report.add(Check{"tcp", "TCP", Verdict::failed, error.message,
                   "is it running and listening there? litegw status; is the port open in the "
                   "firewall?",
                   row::firewall, 0, false});
  return Next::unreachable;
}

void check_tls(const http::ConnectionFacts& facts, Report& report) {
  if (!facts.tls) return;
  const http::Certificate& certificate = facts.tls->certificate;
  Duration left = certificate.not_after - wall_clock();
  Check check{"tls",
              "TLS",
              Verdict::passed,
              fmt::format("{}, {}, valid for {} days", facts.tls->version, certificate.subject,
                          left / days(1)),
              "",
              0,
              facts.handshake.count(),
              false};
  if (left < soon) {
    check.verdict = Verdict::warning;
    check.fix = "renew the certificate";
    check.row = row::tls;
  }
  report.add(std::move(check));
}

Next check_http(Gateway& gateway, Report& report) {
  auto response = gateway.send(GatewayRequest{.method = "GET", .path = ""});
  if (!response && response.error().kind == Kind::interrupted) return Next::interrupted;
  if (!response) {
    report.add(Check{"http", "HTTP", Verdict::failed, response.error().message,
                     "does a web server or a proxy answer there? try curl -v " + gateway.base_url(),
                     row::path, 0, false});
    return Next::unreachable;
  }
  std::string server = response->find("server").value_or("");
  std::string detail = fmt::format("status {}", response->status);
  if (!server.empty()) detail += fmt::format(", server {}", shorten(server, 60));
  Check check{"http", "HTTP", Verdict::passed, detail, "", 0, gateway.took().count(), false};
  if (gateway.is_litegw() && gateway.url().path.find("/cursor") == std::string::npos) {
    check.verdict = Verdict::warning;
    check.detail += ", litegw; Cursor's own base is another";
    check.fix = fmt::format("for Cursor paste {}{}/cursor", gateway.origin(), gateway.prefix());
    check.row = row::path;
  }
  report.add(std::move(check));
  return Next::go_on;
}

}  // namespace

Next check_connection(Gateway& gateway, const TestRun& run, Report& report) {
  check_url(gateway, run, report);
  if (!check_dns(gateway, run.allow_private, report)) return Next::unreachable;
  http::ConnectionFacts facts;
  {
    auto client = gateway.connect();
    if (!client) return report_failure(gateway, client.error(), report);
    facts = client->facts();
  }
  report.add(Check{"tcp", "TCP", Verdict::passed, fmt::format("connected to {}", facts.address), "",
                   0, facts.connect.count(), false});
  check_tls(facts, report);
  return check_http(gateway, report);
}

}  // namespace litegw::cmd
