#include "daemon/dialects/neutral/schema.h"

#include <algorithm>
#include <string>
#include <utility>

namespace litegw::dialects {
namespace {

bool is_object_type(const Json& type) {
  if (type.is_array())
    return std::ranges::any_of(type, [](const Json& one) { return one == "object"; });
  return type == "object";
}

// Null is what some serialisers write for "none".
void check_member(Json& schema, const char* name, Reader& reader, const Place& at) {
  const auto found = schema.find(name);
  if (found == schema.end()) return;
  if (found->is_null()) {
    schema.erase(found);
    return;
  }
  if (std::string_view(name) == "required")
    reader.is_array(*found, Place(at, name));
  else
    reader.is_object(*found, Place(at, name));
}

void add_branch(Json& branch, bool is_needed, Json& schema) {
  if (!branch.is_object()) return;
  if (const auto properties = branch.find("properties");
      properties != branch.end() && properties->is_object())
    for (auto& [name, value] : properties->get_ref<Json::object_t&>())
      if (!schema["properties"].contains(name)) schema["properties"][name] = std::move(value);
  const auto required = branch.find("required");
  if (!is_needed || required == branch.end() || !required->is_array()) return;
  for (Json& name : *required)
    schema["required"].push_back(std::move(name));
}

// OpenAI and Anthropic refuse a choice of schemas at the top: what any branch knows is allowed, and
// what all of them need stays needed.
void merge_branches(Json& schema) {
  for (const char* name : {"allOf", "anyOf", "oneOf"}) {
    const auto found = schema.find(name);
    if (found == schema.end()) continue;
    Json branches = std::move(*found);
    schema.erase(name);
    if (!branches.is_array()) continue;
    for (Json& branch : branches)
      add_branch(branch, std::string_view(name) == "allOf", schema);
  }
}

}  // namespace

Json object_schema(Json schema, Reader& reader, const Place& at) {
  const auto type = schema.find("type");
  const bool is_missing = type == schema.end() || type->is_null();
  if (!is_missing && !is_object_type(*type)) {
    reader.fail(Place(at, "type"), "must be \"object\": a tool's arguments are one");
    return schema;
  }
  schema["type"] = "object";
  check_member(schema, "properties", reader, at);
  check_member(schema, "required", reader, at);
  if (!reader.ok()) return schema;
  if (!schema.contains("properties")) schema["properties"] = Json::object();
  merge_branches(schema);
  return schema;
}

}  // namespace litegw::dialects
