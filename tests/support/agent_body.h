// A body of 100 KiB as Cursor's agent sends it to its Responses models, for measurements.
#pragma once

#include <string>

#include <fmt/format.h>

#include "common/base/json.h"

namespace litegw::testing {

inline std::string words(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes)
    out += "the quick \"brown\" fox\tjumps over a lazy dog;\n";
  out.resize(bytes);
  return out;
}

// As Cursor's agent sends it: a long system prompt, 18 tools, forty calls with their results.
inline std::string agent_body() {
  Json body{{"model", "m"}, {"stream", true}, {"reasoning", {{"effort", "medium"}}}};
  for (int i = 0; i < 18; ++i) {
    Json properties = Json::object();
    for (int p = 0; p < 6; ++p)
      properties[fmt::format("argument_{}", p)] =
          Json{{"type", "string"}, {"description", words(90)}};
    body["tools"].push_back(Json{{"type", "function"},
                                 {"name", fmt::format("tool_{}", i)},
                                 {"description", words(600)},
                                 {"parameters", {{"type", "object"}, {"properties", properties}}},
                                 {"strict", false}});
  }
  Json& input = body["input"] = Json::array();
  input.push_back(Json{{"role", "system"}, {"content", words(20'000)}});
  input.push_back(Json{{"role", "user"}, {"content", words(2'000)}});
  for (int i = 0; i < 40; ++i) {
    const std::string id = fmt::format("call_{}", i);
    input.push_back(Json{{"type", "function_call"},
                         {"call_id", id},
                         {"name", "tool_1"},
                         {"arguments", dump(Json{{"argument_0", words(120)}})}});
    input.push_back(
        Json{{"type", "function_call_output"}, {"call_id", id}, {"output", words(950)}});
  }
  return dump(body);
}

}  // namespace litegw::testing
