// Which models think out of sight: their answers do not show all of the output that is paid for.
// Pure; looked up once a deployment.
#pragma once

#include <string_view>

namespace litegw::providers {

// By the upstream model's name as providers, clouds and routers write it: "o3-mini",
// "openai/gpt-5", "gemini-2.5-pro", "grok-4". Names that are known to show their thoughts, and
// unknown ones, are false; model_info.hidden_reasoning says otherwise (config).
bool hides_reasoning(std::string_view model);

}  // namespace litegw::providers
