// What the strict upstreams of the tests have in common. Included by their sources only.
#pragma once

#include <set>
#include <string>

#include <fmt/format.h>

#include "common/base/json.h"

namespace litegw::testing {

using Names = std::set<std::string>;

inline std::string unknown_member(const Json& object, const Names& known,
                                  const std::string& where) {
  if (!object.is_object()) return where + " is no object";
  for (const auto& [name, value] : object.items())
    if (!known.contains(name)) return fmt::format("{} has the unknown member {}", where, name);
  return "";
}

inline std::string type_of(const Json& object) {
  return object.is_object() && object.contains("type") ? object["type"].get<std::string>() : "";
}

inline bool is_empty_text(const Json& value) {
  return !value.is_string() ||
         value.get<std::string>().find_first_not_of(" \t\r\n") == std::string::npos;
}

#define REFUSE_IF(condition, text)           \
  do {                                       \
    if (condition) return std::string(text); \
  } while (false)
#define PASS_ON(call)                       \
  do {                                      \
    std::string problem_ = (call);          \
    if (!problem_.empty()) return problem_; \
  } while (false)

inline std::string tool_name_problem(const Json& name) {
  REFUSE_IF(!name.is_string() || name.get<std::string>().empty(), "tool without name");
  const std::string text = name.get<std::string>();
  REFUSE_IF(text.size() > 64, "tool name too long: " + text);
  const bool fits =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
      std::string::npos;
  return fits ? "" : "tool name does not match ^[a-zA-Z0-9_-]+$: " + text;
}

// What both providers want of the schema of a function's arguments.
inline std::string schema_problem(const Json& schema) {
  REFUSE_IF(!schema.is_object() || schema.value("type", Json()) != "object",
            "schema must be a JSON Schema of 'type: \"object\"'");
  for (const char* name : {"anyOf", "oneOf", "allOf"})
    REFUSE_IF(schema.contains(name), std::string(name) + " at the top of a schema");
  REFUSE_IF(schema.contains("properties") && !schema["properties"].is_object(),
            "properties is no object");
  REFUSE_IF(schema.contains("required") && !schema["required"].is_array(), "required is no list");
  return "";
}

// Calls must be answered at once, all of them, by nothing else.
class Calls {
 public:
  std::string call(const std::string& id) {
    REFUSE_IF(!seen_.insert(id).second, "call id twice: " + id);
    open_.insert(id);
    return "";
  }
  std::string answer(const std::string& id) {
    REFUSE_IF(open_.erase(id) == 0, "orphaned tool result " + id);
    return "";
  }
  void custom(const std::string& id) { custom_.insert(id); }
  bool is_custom(const std::string& id) const { return custom_.contains(id); }
  bool any() const { return !seen_.empty(); }
  std::string closed() const {
    return open_.empty() ? "" : "tool call without result " + *open_.begin();
  }

 private:
  Names seen_, open_, custom_;
};

}  // namespace litegw::testing
