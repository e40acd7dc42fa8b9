#include "daemon/providers/anthropic/request.h"

#include <vector>

#include "common/http/writer.h"
#include "daemon/providers/fixed_part.h"

namespace litegw::providers::anthropic {
namespace {

constexpr std::string_view default_version = "2023-06-01";

}  // namespace

Result<std::string> write_fixed_part(const config::Deployment& deployment,
                                     std::string_view authority, std::string_view target) {
  std::vector<OwnField> own;
  if (!deployment.api_key.empty() && !is_set(deployment, "x-api-key"))
    own.emplace_back("x-api-key", deployment.api_key.reveal());
  return providers::write_fixed_part(deployment, authority, target, own);
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
