// What the name of a model says where the provider's does not: LiteLLM's `openai/NAME` with an
// api_base stands for OpenAI and for every server that copied it. Pure data.
#pragma once

#include <string_view>

#include "daemon/dialects/neutral/continuity.h"

namespace litegw::providers::compatible {

// One that OpenAI's own API does not serve: a server that copied OpenAI stands behind it.
bool is_foreign(std::string_view model);

// Which calls in history want back what stood beside them, at a server that copied OpenAI.
dialects::CallStates call_states_of(std::string_view model);

}  // namespace litegw::providers::compatible
