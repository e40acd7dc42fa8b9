// The head of a request to an upstream that speaks Chat Completions. Pure; written for every
// request on its event loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/http/head.h"
#include "daemon/config/config.h"

namespace litegw::providers::compatible {

// What is the same for all requests to a deployment: written once. `authority` is host[:port],
// `target` the path of the API base and "/chat/completions". Fails with internal when a configured
// header cannot be sent.
Result<std::string> write_fixed_part(const config::Deployment& deployment,
                                     std::string_view authority, std::string_view target);

struct RequestFacts {
  std::uint64_t content_length = 0;
  bool stream = false;
};

// Appends the whole head to `out`. Of the client's headers only those on a short list go along:
// never its credentials, cookies, organization or address. Fails with internal.
Status write_head(const config::Deployment& deployment, std::string_view fixed_part,
                  const RequestFacts& facts, const http::Fields& client_headers, std::string& out);

// May this header of an upstream's answer go to the client? Cookies and names of the operator's
// organization must not.
bool passes_to_client(std::string_view name);

}  // namespace litegw::providers::compatible
