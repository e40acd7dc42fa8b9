// What the gateway must know of a Chat Completions body before it forwards the bytes: model,
// stream, limits, and where they stand. The whole body is validated, nothing is built. Pure; called
// on the event loops for every completion.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/dialects/json_reader.h"

namespace litegw::dialects::chat {

// A member of the top level. `name` is unescaped: to a provider "mod\u0065l" is `model`.
struct Member {
  std::string name;
  Range name_at;   // quotes included
  Range value_at;  // without white space around
};

struct Scan {
  std::vector<Member> members;  // in order; names are unique
  std::size_t object_begin = 0;

  std::string model;
  bool stream = false;
  bool include_usage = false;  // the client asked for the usage chunk
  std::optional<std::int64_t> n;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> max_completion_tokens;
  std::string user;
  std::string service_tier;
  bool has_messages = false;
  bool has_input = false;  // Responses-shaped: legal on the Cursor routes only
  bool has_tools = false;
  EmbeddedMedia media;  // in messages, input and whatever else holds objects

  // In stream_options: `include_usage`, and where to write it when it is not there.
  std::optional<Range> include_usage_value;
  std::optional<std::size_t> stream_options_inside;  // just after its '{'
  bool stream_options_empty = false;

  const Member* find(std::string_view name) const;
};

struct ScanRules {
  bool accept_input = false;  // `input` may stand for `messages`
};

// Fails with invalid_json, invalid_request or missing_parameter; `param` names the field. Never
// fails with anything that is not the client's fault, but for overloaded (no memory).
Result<Scan> scan(JsonReader& reader, std::string_view body, const ScanRules& rules = {});

// Members by which LiteLLM lets a caller steer the proxy itself. They never reach routing and are
// not forwarded (an upstream LiteLLM would obey them).
bool is_proxy_control(std::string_view name);

}  // namespace litegw::dialects::chat
