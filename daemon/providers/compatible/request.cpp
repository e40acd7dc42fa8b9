#include "daemon/providers/compatible/request.h"

#include <array>
#include <vector>

#include "common/base/text.h"
#include "common/http/writer.h"
#include "daemon/providers/fixed_part.h"

namespace litegw::providers::compatible {
namespace {

constexpr std::array<std::string_view, 1> from_client{"openai-beta"};

constexpr std::array<std::string_view, 4> to_client{"retry-after", "retry-after-ms",
                                                    "x-should-retry", "openai-processing-ms"};

}  // namespace

Result<std::string> write_fixed_part(const config::Deployment& deployment,
                                     std::string_view authority, std::string_view target) {
  std::vector<OwnField> own;
  if (!deployment.api_key.empty() && !is_set(deployment, "Authorization"))
    own.emplace_back("Authorization", "Bearer " + deployment.api_key.reveal());
  if (!deployment.organization.empty())
    own.emplace_back("OpenAI-Organization", deployment.organization);
  return providers::write_fixed_part(deployment, authority, target, own);
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
