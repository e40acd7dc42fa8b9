// An offline model: deterministic, streams word by word, calls the first tool when tools are given
// and the user spoke last, reports usage. For trying litegw without a provider, for tests, and for
// deployments with `mock_response`. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace litegw::providers::mock {

struct MockRequest {
  std::string_view body;  // a Chat Completions request, or Responses-shaped (`input`)
  std::string_view model;
  std::string_view reply;  // mock_response; empty = made from the last user message
  std::string_view id;     // made into "chatcmpl-..."
  std::int64_t created = 0;
  bool stream = false;
  bool include_usage = false;
};

struct MockAnswer {
  std::string content_type;
  std::vector<std::string> pieces;  // of the body, in the order they "arrive"
};

// Fails with invalid_json or invalid_request when it cannot make sense of the messages.
Result<MockAnswer> answer(const MockRequest& request);

}  // namespace litegw::providers::mock
