#include "daemon/dialects/messages/parse.h"

#include <utility>

#include "daemon/dialects/chat/parse.h"

namespace litegw::dialects::messages {

// The Chat parser reads every block and member of this dialect, since Cursor mixes them into Chat
// bodies; here only the rule that Chat does not have is added.
Result<Request> parse(Json body, bool count_only) {
  Result<Request> request = chat::parse(std::move(body));
  if (!request || count_only || request->max_output) return request;
  return make_error(ErrorCode::missing_parameter, "max_tokens: is missing", {}, "max_tokens");
}

}  // namespace litegw::dialects::messages
