// What each generation of Claude takes. Pure data.
#pragma once

#include <cstdint>
#include <string_view>

namespace litegw::providers::anthropic {

struct ModelTraits {
  enum class Thinking { none, budget, adaptive };
  Thinking thinking = Thinking::adaptive;
  bool sampling = false;  // takes temperature, top_p, top_k
  bool effort = true;     // takes output_config.effort
  bool effort_xhigh = true;
  bool forced_choice = true;  // takes tool_choice any and tool
  bool json_schema = true;    // takes output_config.format
  bool prefill = false;       // takes a conversation that ends with the assistant
  std::int64_t max_output = 128000;
};

// By substring, whatever vendor prefix or date is around it; unknown Claude models count as the
// newest.
ModelTraits traits_of(std::string_view model);

// Tokens to think with at models that take a budget.
std::int64_t budget_for(std::string_view effort);

}  // namespace litegw::providers::anthropic
