#include "daemon/providers/anthropic/request.h"

#include "common/base/text.h"
#include "common/http/writer.h"

namespace litegw::providers::anthropic {
namespace {

constexpr std::string_view default_version = "2023-06-01";

bool is_framing(std::string_view name) {
  return iequals(name, "content-length") || iequals(name, "transfer-encoding") ||
         iequals(name, "host") || iequals(name, "connection") || iequals(name, "expect");
}

bool is_set(const config::Deployment& deployment, std::string_view name) {
  for (const auto& [extra, value] : deployment.extra_headers)
    if (iequals(extra, name)) return true;
  return false;
}

}  // namespace

Result<std::string> write_fixed_part(const config::Deployment& deployment,
                                     std::string_view authority, std::string_view target) {
  std::string out;
  http::HeadWriter head(out);
  head.request_line("POST", target);
  head.field("Host", authority);
  if (!is_set(deployment, "User-Agent")) head.field("User-Agent", "litegw");
  if (!deployment.api_key.empty() && !is_set(deployment, "x-api-key"))
    head.field("x-api-key", deployment.api_key.reveal());
  for (const auto& [name, value] : deployment.extra_headers)
    if (!is_framing(name)) head.field(name, value);
  head.field("Content-Type", "application/json");
  head.field("Accept-Encoding", "identity");
  const Status written = head.finish();
  if (!written) return written.error();
  out.resize(out.size() - 2);  // without the empty line
  return out;
}

Status write_head(const config::Deployment& deployment, std::string_view fixed_part,
                  const compatible::RequestFacts& facts, const http::Fields& client_headers,
                  std::string& out) {
  out.append(fixed_part);
  http::HeadWriter head(out);
  if (!is_set(deployment, "anthropic-version"))
    head.field("anthropic-version",
               client_headers.find("anthropic-version").value_or(default_version));
  if (const auto beta = client_headers.find("anthropic-beta");
      beta && !is_set(deployment, "anthropic-beta"))
    head.field("anthropic-beta", *beta);
  head.field("Accept", facts.stream ? "text/event-stream" : "application/json");
  head.field("Content-Length", facts.content_length);
  return head.finish();
}

}  // namespace litegw::providers::anthropic
