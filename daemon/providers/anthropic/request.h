// The head of a request to Anthropic. Pure; written for every request on its event loop.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/head.h"
#include "daemon/config/config.h"
#include "daemon/providers/compatible/request.h"

namespace litegw::providers::anthropic {

// What is the same for all requests to a deployment: written once. Fails with internal when a
// configured header cannot be sent.
Result<std::string> write_fixed_part(const config::Deployment& deployment,
                                     std::string_view authority, std::string_view target);

// Appends the whole head to `out`. Of the client's headers only anthropic-version and
// anthropic-beta go along. Fails with internal.
Status write_head(const config::Deployment& deployment, std::string_view fixed_part,
                  const compatible::RequestFacts& facts, const http::Fields& client_headers,
                  std::string& out);

}  // namespace litegw::providers::anthropic
