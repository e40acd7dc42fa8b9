#include "daemon/dialects/cursor/model_name.h"

#include "common/base/text.h"
#include "daemon/dialects/neutral/options.h"

namespace litegw::dialects::cursor {
namespace {

const std::string* visible_name(std::string_view name, std::span<const std::string> visible) {
  for (const std::string& candidate : visible)
    if (candidate == name) return &candidate;
  for (const std::string& candidate : visible)
    if (iequals(candidate, name)) return &candidate;
  return nullptr;
}

bool take_token(std::string_view token, NamedModel& model) {
  if (iequals(token, "thinking") || iequals(token, "reasoning")) return model.thinking = true;
  if (iequals(token, "fast") || iequals(token, "priority")) return model.fast = true;
  std::string effort = known_effort(token);
  if (effort.empty()) return false;
  if (model.effort.empty()) model.effort = effort;
  if (effort == "xhigh" && model.effort == "high") model.effort = effort;  // "-extra-high"
  return true;
}

// Cuts the last suffix off `name`; false when there is none that is known.
bool cut_suffix(std::string_view& name, NamedModel& model) {
  if (name.ends_with(')')) {
    std::size_t open = name.rfind('(');
    if (open == std::string_view::npos || open == 0) return false;
    std::string_view token = name.substr(open + 1, name.size() - open - 2);
    name = name.substr(0, open);
    return take_token(token, model);
  }
  std::size_t cut = name.find_last_of("-:");
  if (cut == std::string_view::npos || cut == 0) return false;
  std::string_view token = name.substr(cut + 1);
  name = name.substr(0, cut);
  return take_token(token, model);
}

}  // namespace

std::optional<NamedModel> find_model(std::string_view asked, std::span<const std::string> visible) {
  NamedModel model;
  std::string_view name = asked;
  // Every cut makes the base shorter, so the first hit is the longest base.
  do {
    if (const std::string* found = visible_name(name, visible)) {
      model.name = *found;
      return model;
    }
  } while (cut_suffix(name, model));
  return std::nullopt;
}

void apply_suffix(const NamedModel& model, Request& request) {
  ReasoningOptions& reasoning = request.reasoning;
  bool is_asked = !reasoning.effort.empty() || reasoning.mode != ReasoningOptions::Mode::unset;
  if (!is_asked && !model.effort.empty())
    reasoning.effort = model.effort;
  else if (!is_asked && model.thinking)
    reasoning.mode = ReasoningOptions::Mode::adaptive;
  if (model.fast && request.service_tier.empty()) request.service_tier = "priority";
}

}  // namespace litegw::dialects::cursor
