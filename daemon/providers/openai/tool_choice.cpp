#include "daemon/providers/openai/tool_choice.h"

#include <utility>

namespace litegw::providers::openai {

using dialects::ToolChoice;

Json tool_choice(const ToolChoice& choice, bool nested,
                 const std::function<Json(const std::string& name)>& named) {
  switch (choice.mode) {
    case ToolChoice::Mode::unset:
      return {};
    case ToolChoice::Mode::automatic:
      return "auto";
    case ToolChoice::Mode::none:
      return "none";
    case ToolChoice::Mode::required:
      return "required";
    case ToolChoice::Mode::named:
      return named(choice.name);
    case ToolChoice::Mode::allowed:
      break;
  }
  Json allowed{{"mode", choice.allowed_required ? "required" : "auto"}};
  allowed["tools"] = Json::array();
  for (const std::string& name : choice.allowed)
    allowed["tools"].push_back(named(name));
  if (nested) return Json{{"type", "allowed_tools"}, {"allowed_tools", std::move(allowed)}};
  allowed["type"] = "allowed_tools";
  return allowed;
}

}  // namespace litegw::providers::openai
