#include "daemon/providers/openai/models.h"

#include <array>

namespace litegw::providers::openai {
namespace {

using enum ModelTraits::Reasons;

struct Row {
  std::string_view prefix;
  ModelTraits traits;
};

// Live checks of July 2026 by pydantic-ai; the first matching prefix wins.
constexpr std::array rows{
    Row{"gpt-6", {.reasons = always_on, .takes_minimal = false, .takes_max = true}},
    Row{"gpt-5.6", {.reasons = always_on, .takes_minimal = false, .takes_max = true}},
    Row{"gpt-5.5-pro", {.reasons = always_on, .takes_none = false}},
    Row{"gpt-5.5", {.reasons = always_on}},
    Row{"gpt-5.4-pro", {.reasons = always_on, .takes_none = false}},
    Row{"gpt-5.4", {.reasons = on_request}},
    Row{"gpt-5.3-chat", {.reasons = always_on, .takes_none = false, .fixed_effort = true}},
    Row{"gpt-5.2-chat", {.reasons = always_on, .takes_none = false, .fixed_effort = true}},
    Row{"gpt-5.1-chat", {.reasons = always_on, .takes_none = false, .fixed_effort = true}},
    Row{"gpt-5.3", {.reasons = on_request}},
    Row{"gpt-5.2-pro", {.reasons = always_on, .takes_none = false}},
    Row{"gpt-5.1-codex", {.reasons = always_on, .takes_none = false, .takes_xhigh = false}},
    Row{"gpt-5.2", {.reasons = on_request}},
    Row{"gpt-5.1", {.reasons = on_request, .takes_xhigh = false}},
    Row{"gpt-5-chat", {.reasons = never, .takes_verbosity = false}},
    Row{"gpt-5", {.reasons = always_on, .takes_none = false, .takes_xhigh = false}},
    Row{"o1-mini",
        {.reasons = always_on,
         .takes_none = false,
         .takes_minimal = false,
         .takes_xhigh = false,
         .fixed_effort = true,
         .takes_system = false,
         .takes_verbosity = false}},
    Row{"o1-preview",
        {.reasons = always_on,
         .takes_none = false,
         .takes_minimal = false,
         .takes_xhigh = false,
         .fixed_effort = true,
         .takes_system = false,
         .takes_verbosity = false}},
    Row{"o1",
        {.reasons = always_on,
         .takes_none = false,
         .takes_minimal = false,
         .takes_xhigh = false,
         .takes_verbosity = false}},
    Row{"o3",
        {.reasons = always_on,
         .takes_none = false,
         .takes_minimal = false,
         .takes_xhigh = false,
         .takes_stop = false,
         .takes_verbosity = false}},
    Row{"o4",
        {.reasons = always_on,
         .takes_none = false,
         .takes_minimal = false,
         .takes_xhigh = false,
         .takes_stop = false,
         .takes_verbosity = false}},
    Row{"gpt-4", {.reasons = never, .takes_verbosity = false}},
    Row{"gpt-3.5", {.reasons = never, .takes_verbosity = false}},
    Row{"chatgpt-4o", {.reasons = never, .takes_verbosity = false}},
};

}  // namespace

ModelTraits traits_of(std::string_view model) {
  // "openai/gpt-5" and fine-tuned "ft:gpt-4o:..." name the same generations.
  if (std::size_t slash = model.rfind('/'); slash != std::string_view::npos)
    model.remove_prefix(slash + 1);
  if (model.starts_with("ft:")) model.remove_prefix(3);
  for (const Row& row : rows)
    if (model.starts_with(row.prefix)) return row.traits;
  return {};
}

std::string asked_effort(const dialects::ReasoningOptions& options) {
  using dialects::ReasoningOptions;
  if (!options.effort.empty()) return options.effort;
  if (options.mode == ReasoningOptions::Mode::off) return "none";
  if (options.mode != ReasoningOptions::Mode::budget) return {};
  if (options.budget <= 1024) return "minimal";
  if (options.budget <= 4096) return "low";
  if (options.budget <= 12000) return "medium";
  return options.budget <= 24000 ? "high" : "xhigh";
}

std::string effort_for(const ModelTraits& traits, std::string_view asked) {
  if (asked.empty() || traits.reasons == never || traits.fixed_effort) return {};
  if (traits.reasons == unknown) return std::string(asked);
  if (asked == "none" && !traits.takes_none) return traits.takes_minimal ? "minimal" : "low";
  if (asked == "minimal" && !traits.takes_minimal) return "low";
  if (asked == "max" && !traits.takes_max) return traits.takes_xhigh ? "xhigh" : "high";
  if (asked == "xhigh" && !traits.takes_xhigh) return "high";
  return std::string(asked);
}

bool refuses_sampling(const ModelTraits& traits, std::string_view effort) {
  switch (traits.reasons) {
    case never:
    case unknown:
      return false;
    case on_request:
      return !effort.empty() && effort != "none";
    case always_on:
      return effort != "none";
  }
  return false;
}

}  // namespace litegw::providers::openai
