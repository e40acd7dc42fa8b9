// Tools as every provider takes them, and what is refused.
#include <doctest/doctest.h>

#include "daemon/providers/translate.h"

using namespace litegw;
using providers::Dialect;

namespace {

Json body_with(const std::string& tools) {
  return Json::parse(R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":)" +
                     tools + "}");
}

Result<Json> tools_of(const std::string& tools, Dialect upstream) {
  auto request = providers::parse_request(Dialect::chat, dump(body_with(tools)));
  if (!request) return request.error();
  providers::Target target;
  target.model = upstream == Dialect::messages ? "claude-opus-5" : "gpt-5.5";
  auto translated = providers::translate(*request, upstream, target, {});
  if (!translated) return translated.error();
  return translated->written.body.value("tools", Json());
}

Json schema_of(const std::string& schema) {
  const std::string tool = R"([{"name":"f","input_schema":)" + schema + "}]";
  const auto tools = tools_of(tool, Dialect::messages);
  REQUIRE(tools.has_value());
  const Json found = (*tools)[0]["input_schema"];
  CHECK((*tools_of(tool, Dialect::chat))[0]["function"]["parameters"] == found);
  CHECK((*tools_of(tool, Dialect::responses))[0]["parameters"] == found);
  return found;
}

std::string refused_at(const std::string& schema) {
  const auto tools = tools_of(R"([{"name":"f","input_schema":)" + schema + "}]", Dialect::chat);
  REQUIRE(tools.has_error());
  CHECK(error_info(tools.error().code).status == 400);
  return tools.error().param;
}

}  // namespace

TEST_CASE("a schema becomes an object with properties, for every upstream") {
  const Json empty = Json::parse(R"({"type":"object","properties":{}})");
  for (const char* schema : {"null", "{}", R"({"type":"object"})", R"({"type":null})",
                             R"({"type":["object","null"],"properties":null,"required":null})"}) {
    CAPTURE(schema);
    CHECK(schema_of(schema) == empty);
  }
  CHECK(schema_of(R"({"properties":{"a":{"type":"string"}},"required":["a"]})") ==
        Json::parse(R"({"properties":{"a":{"type":"string"}},"required":["a"],"type":"object"})"));
}

TEST_CASE("a choice of schemas at the top is merged into one object") {
  CHECK(schema_of(R"({"anyOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},
                               {"properties":{"b":{}}},{"$ref":"#/x"}]})") ==
        Json::parse(R"({"type":"object","properties":{"a":{"type":"string"},"b":{}}})"));
  CHECK(schema_of(R"({"type":"object","properties":{"c":{}},"required":["c"],
                      "allOf":[{"properties":{"a":{},"c":{"type":"null"}},"required":["a"]}]})") ==
        Json::parse(R"({"type":"object","properties":{"c":{},"a":{}},"required":["c","a"]})"));
}

TEST_CASE("a schema of anything but an object is refused by name") {
  CHECK(refused_at(R"({"type":"string"})") == "tools[0].input_schema.type");
  CHECK(refused_at(R"({"type":7})") == "tools[0].input_schema.type");
  CHECK(refused_at(R"({"type":["string","null"]})") == "tools[0].input_schema.type");
  CHECK(refused_at("[]") == "tools[0].input_schema");
  CHECK(refused_at(R"({"properties":[]})") == "tools[0].input_schema.properties");
  CHECK(refused_at(R"({"required":"a"})") == "tools[0].input_schema.required");
}

TEST_CASE("tools of a type that nobody documents are dropped, but for those with a schema") {
  const std::string tools =
      R"([{"type":"brand_new"},{"type":"brand_new","name":"f","parameters":{}},{"type":"web_search"}])";
  CHECK((*tools_of(tools, Dialect::chat)).size() == 1);
  CHECK((*tools_of(tools, Dialect::messages)).size() == 1);
  CHECK((*tools_of(tools, Dialect::responses)).size() == 2);
}

TEST_CASE("a cache breakpoint counts wherever in a tool it stands, for Anthropic") {
  const Json mark{{"type", "ephemeral"}};
  for (const char* tool :
       {R"([{"type":"function","cache_control":{"type":"ephemeral"},"function":{"name":"f"}}])",
        R"([{"type":"function","function":{"name":"f","cache_control":{"type":"ephemeral"}}}])",
        R"([{"type":"function","name":"f","cache_control":{"type":"ephemeral"}}])"}) {
    CAPTURE(tool);
    CHECK((*tools_of(tool, Dialect::messages))[0].value("cache_control", Json()) == mark);
    CHECK(dump(*tools_of(tool, Dialect::responses)).find("cache_control") == std::string::npos);
  }
}
