// One entry of the route table: what is served where, to whom, by which handler. routes.cpp has the
// table; whatever is not in it is 404.
#pragma once

#include <string_view>

#include "daemon/net/task.h"

namespace litegw::server {

class Exchange;
struct Services;

// Answers one request: it must have called respond, or begin and end (or abort), when it is done.
// What it throws is a bug: logged, the client gets 500 or a cut answer.
using Handler = net::Task<void> (*)(Exchange&, Services&);

// What a caller must have shown. There is no default: each entry says it.
enum class Right { none, key };

// How errors look: LiteLLM's envelope and statuses, those that Cursor shows its user, or
// Anthropic's envelope with LiteLLM's statuses.
enum class Style { litellm, cursor, anthropic };

enum class Method { get, post };

struct Route {
  Method method;          // `get` serves HEAD too
  std::string_view path;  // canonical, as the request log has it: "/v1/chat/completions"
  Right right;
  Style style;
  Handler handler;
};

}  // namespace litegw::server
