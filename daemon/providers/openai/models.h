// What each generation of OpenAI's models takes. Pure data.
#pragma once

#include <string>
#include <string_view>

#include "daemon/dialects/neutral/request.h"

namespace litegw::providers::openai {

struct ModelTraits {
  enum class Reasons { never, unknown, on_request, always_on };
  Reasons reasons = Reasons::unknown;
  bool takes_none = true;     // effort "none"
  bool takes_minimal = true;  // effort "minimal"
  bool takes_xhigh = true;
  bool takes_max = false;
  bool fixed_effort = false;  // only its own default
  bool takes_system = true;   // the role
  bool takes_stop = true;
  bool takes_verbosity = true;
};

ModelTraits traits_of(std::string_view model);

// The effort a request asks for, in words: Anthropic clients give a budget.
std::string asked_effort(const dialects::ReasoningOptions& options);
// The effort to send for the one asked for; empty = send none.
std::string effort_for(const ModelTraits& traits, std::string_view asked);
// Whether sampling parameters are refused: while the model reasons.
bool refuses_sampling(const ModelTraits& traits, std::string_view effort);

}  // namespace litegw::providers::openai
