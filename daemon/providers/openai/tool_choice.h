// Which tool must or may be called, as OpenAI's two APIs spell it. Used by their request writers.
#pragma once

#include <functional>
#include <string>

#include "common/base/json.h"
#include "daemon/dialects/neutral/request.h"

namespace litegw::providers::openai {

// `named` makes the form of one tool. The list of allowed tools has an envelope of its own in Chat
// (`nested`). Null when nothing was chosen.
Json tool_choice(const dialects::ToolChoice& choice, bool nested,
                 const std::function<Json(const std::string& name)>& named);

}  // namespace litegw::providers::openai
