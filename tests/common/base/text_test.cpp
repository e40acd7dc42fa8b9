#include "common/base/text.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "common/base/ids.h"
#include "common/base/json.h"

using namespace litegw;

TEST_CASE("control bytes from outside are shown escaped") {
  CHECK(escape_control("a\x1b[31mb\n") == "a\\x1b[31mb\\n");
  CHECK(escape_control("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(escape_control("\xff") == "\\xff");
  CHECK(escape_control("\xc2\x9b") == "\\xc2\\x9b");
}

TEST_CASE("the nearest name is at most two edits away") {
  std::array<std::string, 3> names{"model_list", "server", "store"};
  CHECK(nearest("modle_list", names) == "model_list");
  CHECK(nearest("sever", names) == "server");
  CHECK(nearest("prices", names).empty());
}

TEST_CASE("a wildcard matches any run and tells what it matched") {
  std::vector<std::string> matched;
  CHECK(wildcard_match("openai/*", "openai/gpt-4o", &matched));
  CHECK(matched == std::vector<std::string>{"gpt-4o"});
  matched.clear();
  CHECK(wildcard_match("fo::*:static::*", "fo::a:static::b", &matched));
  CHECK(matched == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(wildcard_match("openai/*", "anthropic/x"));
}

TEST_CASE("json is strict about names, depth and encoding") {
  CHECK(parse_json(R"({"a":1,"a":2})").error().message.find("twice") != std::string::npos);
  CHECK(parse_json(R"({"a":1,"\u0061":2})").has_error());
  CHECK(parse_json(std::string(200, '[') + std::string(200, ']')).error().code ==
        ErrorCode::invalid_json);
  CHECK(parse_json("\"\xff\"").has_error());
  CHECK(parse_json("{} x").has_error());
  CHECK(parse_json("NaN").has_error());
  CHECK(dump(parse_json(R"({"b":1,"a":[true,null]})").value()) == R"({"b":1,"a":[true,null]})");
}

TEST_CASE("a time-ordered id sorts by time and a virtual key has LiteLLM's form") {
  std::array<std::uint8_t, 10> random{};
  std::string early = time_ordered_id(Time(seconds(1)), random);
  std::string late = time_ordered_id(Time(seconds(2)), random);
  CHECK(early.size() == 26);
  CHECK(early < late);
  CHECK(new_virtual_key().reveal().size() == 25);
  CHECK(new_virtual_key().reveal() != new_virtual_key().reveal());
}
