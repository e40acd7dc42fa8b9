#include <chrono>

#include <fmt/format.h>

#include "cmd/gateway/address.h"
#include "cmd/gateway/checks.h"
#include "common/base/text.h"

namespace litegw::cmd {
namespace {

using Kind = http::ClientError::Kind;

constexpr auto soon = days(14);

void check_url(const Gateway& gateway, const std::string& typed, Report& report) {
  Check check{"url", "URL", Verdict::passed, gateway.base_url(), "", 0, 0, false};
  if (!gateway.is_https()) {
    check.verdict = Verdict::warning;
    check.detail += ": no TLS, keys travel in the clear";
    check.fix = "put TLS in front (server.tls, Caddy, a tunnel) and paste an https URL";
    check.row = 3;
  }
  if (typed != gateway.base_url() && typed != gateway.base_url() + "/") {
    check.verdict = Verdict::warning;
    check.detail = fmt::format("{} was given", typed);
    check.fix = fmt::format("paste {} instead: clients append the endpoint", gateway.base_url());
    check.row = 5;
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
    report.add(std::move(check));
    return false;
  }
  std::vector<std::string> addresses = addresses_of(*resolved);
  check.verdict = Verdict::passed;
  check.detail = join(addresses, ", ");
  for (const std::string& address : addresses) {
    std::string range = private_range(address);
    if (range.empty()) continue;
    check.detail = fmt::format("{} is a {} address", address, range);
    check.verdict = allow_private ? Verdict::warning : Verdict::failed;
    check.fix = allow_private
                    ? "fine inside; Cursor's servers refuse to call it"
                    : "Cursor's servers refuse to call it: use a public name or a tunnel; "
                      "inside, test with --allow-private";
    check.row = 1;
    break;
  }
  report.add(std::move(check));
  return true;
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
    check.row = 3;
  }
  report.add(std::move(check));
}

Next report_failure(const http::ClientError& error, Report& report) {
  Check check{"tcp", "TCP", Verdict::failed, error.message, "", 0, 0, false};
  switch (error.kind) {
    case Kind::tls:
      check.id = "tls";
      check.title = "TLS";
      check.row = 3;
      if (!error.verify_reason.empty()) check.detail += fmt::format(" ({})", error.verify_reason);
      check.fix =
          "serve the whole chain of a certificate for this name (server.tls.certificate), "
          "signed by a public authority";
      break;
    default:
      check.fix =
          "is it running and listening there? litegw status; is the port open in the "
          "firewall?";
      break;
  }
  bool tls = error.kind == Kind::tls;
  report.add(std::move(check));
  return tls ? Next::stop : Next::unreachable;
}

Next check_http(Gateway& gateway, Report& report) {
  auto response = gateway.send("GET", "", "");
  if (!response) {
    report.add(Check{"http", "HTTP", Verdict::failed, response.error().message,
                     "does a web server or a proxy answer there? try curl -v " + gateway.base_url(),
                     0, 0, false});
    return Next::unreachable;
  }
  std::string server = response->find("server").value_or("");
  std::string detail = fmt::format("status {}", response->status);
  if (!server.empty()) detail += fmt::format(", server {}", server);
  report.add(Check{"http", "HTTP", Verdict::passed, detail, "", 0, gateway.took().count(), false});
  return Next::go_on;
}

}  // namespace

Next check_connection(Gateway& gateway, const TestOptions& options, const std::string& typed,
                      Report& report) {
  check_url(gateway, typed, report);
  if (!check_dns(gateway, options.allow_private, report)) return Next::unreachable;
  http::ConnectionFacts facts;
  {
    auto client = gateway.connect();
    if (!client) return report_failure(client.error(), report);
    facts = client->facts();
  }
  report.add(Check{"tcp", "TCP", Verdict::passed, fmt::format("connected to {}", facts.address), "",
                   0, facts.connect.count(), false});
  check_tls(facts, report);
  return check_http(gateway, report);
}

}  // namespace litegw::cmd
