#include "daemon/providers/fixed_part.h"

#include "common/base/text.h"
#include "common/http/writer.h"

namespace litegw::providers {
namespace {

// What a deployment's extra_headers may not replace: they frame the message.
bool is_framing(std::string_view name) {
  return iequals(name, "content-length") || iequals(name, "transfer-encoding") ||
         iequals(name, "host") || iequals(name, "connection") || iequals(name, "expect");
}

}  // namespace

bool is_set(const config::Deployment& deployment, std::string_view name) {
  for (const auto& [extra, value] : deployment.extra_headers)
    if (iequals(extra, name)) return true;
  return false;
}

Result<std::string> write_fixed_part(const config::Deployment& deployment,
                                     std::string_view authority, std::string_view target,
                                     std::span<const OwnField> own) {
  std::string out;
  http::HeadWriter head(out);
  head.request_line("POST", target);
  head.field("Host", authority);
  if (!is_set(deployment, "User-Agent")) head.field("User-Agent", "litegw");
  for (const auto& [name, value] : own)
    head.field(name, value);
  for (const auto& [name, value] : deployment.extra_headers)
    if (!is_framing(name)) head.field(name, value);
  head.field("Content-Type", "application/json");
  head.field("Accept-Encoding", "identity");
  const Status written = head.finish();
  if (!written) return written.error();
  out.resize(out.size() - 2);  // without the empty line
  return out;
}

}  // namespace litegw::providers
