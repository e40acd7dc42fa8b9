// Cursor's picker appends to model names: "-thinking-high", "-fast", "(high)", ":high". Finds the
// public model behind such a name. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/dialects/neutral/request.h"

namespace litegw::dialects::cursor {

struct NamedModel {
  std::string name;    // the public model; what scopes, prices and budgets use
  std::string effort;  // from the suffix; counts only if the body gives none
  bool fast = false;   // asks for the priority tier
  bool thinking = false;
};

// `visible` are the public names and aliases the key may see. Exact name first, then without regard
// to case, then the longest base with known suffixes. nullopt: unknown.
std::optional<NamedModel> find_model(std::string_view asked, std::span<const std::string> visible);

// What the suffix asks for, where the body says nothing of its own.
void apply_suffix(const NamedModel& model, Request& request);

}  // namespace litegw::dialects::cursor
