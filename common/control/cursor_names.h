// Which public names of models get in Cursor's way, and what to call them instead. Pure. Used by
// daemon/control for `litegw model list --cursor` and by `litegw test`.
//
// Cursor routes a name that looks like one of its own models to its own service, or refuses it:
// "The model X is already available as Y"; and it refuses names with a vendor's name in them before
// any request: "Model name is not valid".
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace litegw::control {

// The family of built-in models that `name` would be taken for: "gpt-*", "claude-*"; empty = none.
std::string cursor_family(std::string_view name);

// Cursor was seen refusing such names: a vendor's name, a slash, upper case. A pattern with '*' is
// no name.
bool is_refused_by_cursor(std::string_view name);

// A name to use instead: "team-sonnet-4-6" for "anthropic/claude-sonnet-4-6"; with "-2" and so on
// behind it while `is_taken`.
std::string cursor_alias(std::string_view name,
                         const std::function<bool(const std::string&)>& is_taken);

}  // namespace litegw::control
