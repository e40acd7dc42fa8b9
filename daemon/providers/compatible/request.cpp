#include "daemon/providers/compatible/request.h"

#include <array>

#include "common/base/text.h"
#include "common/http/writer.h"

namespace litegw::providers::compatible {
namespace {

constexpr std::array<std::string_view, 1> from_client{"openai-beta"};

constexpr std::array<std::string_view, 4> to_client{"retry-after", "retry-after-ms",
                                                    "x-should-retry", "openai-processing-ms"};

// What a deployment's extra_headers may not replace: they frame the message.
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
  if (!deployment.api_key.empty() && !is_set(deployment, "Authorization"))
    head.field("Authorization", "Bearer " + deployment.api_key.reveal());
  if (!deployment.organization.empty()) head.field("OpenAI-Organization", deployment.organization);
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
                  const RequestFacts& facts, const http::Fields& client_headers, std::string& out) {
  out.append(fixed_part);
  http::HeadWriter head(out);
  for (const std::string_view name : from_client)
    if (const auto value = client_headers.find(name); value && !is_set(deployment, name))
      head.field(name, *value);
  head.field("Accept", facts.stream ? "text/event-stream" : "application/json");
  head.field("Content-Length", facts.content_length);
  return head.finish();
}

bool passes_to_client(std::string_view name) {
  for (const std::string_view passed : to_client)
    if (iequals(name, passed)) return true;
  return name.size() > 12 && iequals(name.substr(0, 12), "x-ratelimit-");
}

}  // namespace litegw::providers::compatible
