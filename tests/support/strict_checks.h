// What the strict upstreams of the tests have in common. Included by their sources only.
#pragma once

#include <set>
#include <string>

#include "common/base/json.h"

namespace litegw::testing {

using Names = std::set<std::string>;

inline std::string unknown_member(const Json& object, const Names& known,
                                  const std::string& where) {
  if (!object.is_object()) return where + " is no object";
  for (const auto& [name, value] : object.items())
    if (!known.contains(name)) return where + " has the unknown member " + name;
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
  std::string closed() const {
    return open_.empty() ? "" : "tool call without result " + *open_.begin();
  }

 private:
  Names seen_, open_;
};

}  // namespace litegw::testing
