#include "daemon/dialects/json_reader.h"

#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "common/base/json.h"

namespace litegw::dialects {
namespace {

Status validate(std::string_view text) {
  JsonReader reader;
  if (Status opened = reader.open(text); !opened) return opened;
  reader.skip();
  return reader.finish();
}

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

TEST_CASE("the reader accepts every form of a JSON value") {
  for (const char* text :
       {"null", "true", "false", "0", "-0", "-1.5e+10", "1E5", "\"\"", "\"a\\u00e9\\n\\\\\"", "[]",
        "{}", " [ 1 , \"x\" , { \"a\" : [ ] } ] ", "{\"a\":{\"b\":[true,false,null]}}\n",
        "\"\xC3\xA4\"", "[[],{},\"]\"]"}) {
    CAPTURE(text);
    CHECK(validate(text).has_value());
  }
}

TEST_CASE("the reader refuses what is no JSON, also inside of values it skips") {
  for (const char* text : {"",
                           " ",
                           "NaN",
                           "[NaN]",
                           "[Infinity]",
                           "[-]",
                           "[01]",
                           "[1.]",
                           "[.5]",
                           "[1e]",
                           "[+1]",
                           "[0x10]",
                           "tru",
                           "[truex]",
                           "[nul]",
                           "[1 2]",
                           "[1,]",
                           "[,1]",
                           "[",
                           "]",
                           "{",
                           "}",
                           "{]",
                           "[}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\" 1}",
                           "{'a':1}",
                           "{1:2}",
                           "\"abc",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\u12\"",
                           "\"a\"\"b\"",
                           "1\"a\"",
                           "[\"a\"x]",
                           "{} {}",
                           "[] x",
                           "\"\x01\"",
                           "\"\xFF\"",
                           "[\"\xC3\"]",
                           "\xEF\xBB\xBF{}",
                           "[1]\\",
                           "[\"a\",\"b\"\"c\"]",
                           "{\"a\":1,,\"b\":2}",
                           "[:]",
                           "[\"a\":1]"}) {
    CAPTURE(text);
    const Status status = validate(text);
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().code == ErrorCode::invalid_json);
  }
}

TEST_CASE("a body nested ten thousand deep is refused at once") {
  CHECK(validate(nested(128, '[', ']')).has_value());
  CHECK_FALSE(validate(nested(129, '[', ']')).has_value());
  CHECK(validate(nested(10'000, '[', ']')).error().message.find("nested too deeply") !=
        std::string::npos);
  CHECK_FALSE(validate(std::string(10'000, '[')).has_value());
  std::string objects;
  for (int i = 0; i < 10'000; ++i)
    objects += "{\"a\":";
  CHECK_FALSE(validate(objects).has_value());
}

TEST_CASE("the reader agrees with the strict parser on mutated documents") {
  const std::string base =
      R"({"a":[1,-2.5e3,true,null,"x\n\u00e9"],"b":{"c":"\\","d":[{},[]]},"e":false})";
  REQUIRE(validate(base).has_value());
  const std::string alphabet = "\"\\{}[]:,0-.eEtfn \x01u\xC3";
  JsonLimits limits;
  limits.refuse_duplicate_names = false;
  for (std::size_t at = 0; at < base.size(); ++at) {
    for (const char c : alphabet) {
      std::string changed = base;
      changed[at] = c;
      CAPTURE(changed);
      CHECK(validate(changed).has_value() == parse_json(changed, limits).has_value());
      changed.insert(at, 1, base[at]);
      CHECK(validate(changed).has_value() == parse_json(changed, limits).has_value());
    }
    CHECK(validate(base.substr(0, at)).has_value() ==
          parse_json(base.substr(0, at), limits).has_value());
  }
}

TEST_CASE("a broken escape is found at every offset and in every run of backslashes") {
  for (std::size_t before = 0; before < 140; ++before) {
    const std::string pad(before, 'x');
    for (std::size_t run = 1; run < 6; ++run) {
      const std::string slashes(run, '\\');
      CAPTURE(before);
      CAPTURE(run);
      const std::string tail(before % 7 * 20, 'y');
      CHECK(validate("\"" + pad + slashes + "d" + tail + "\"").has_value() == (run % 2 == 0));
      CHECK(validate("\"" + pad + slashes + "n" + tail + "\"").has_value());
      CHECK(validate("\"" + pad + slashes + "u00e9" + tail + "\"").has_value());
      CHECK(validate("\"" + pad + slashes + "u00g9" + tail + "\"").has_value() == (run % 2 == 0));
    }
  }
}

TEST_CASE("members are read with unescaped names and exact byte ranges") {
  const std::string text = R"( {"mod\u0065l" : "gpt\"4" , "n":3,"list":[1, {"x":2}] ,"t":true})";
  JsonReader reader;
  REQUIRE(reader.open(text).has_value());
  REQUIRE(reader.enter_object());
  std::string_view name;
  REQUIRE(reader.next_member(name));
  CHECK(name == "model");
  CHECK(reader.name_at().in(text) == R"("mod\u0065l")");
  const std::size_t begin = reader.next_begin();
  CHECK(reader.read_string().value() == "gpt\"4");
  CHECK(Range{begin, reader.last_end()}.in(text) == R"("gpt\"4")");
  REQUIRE(reader.next_member(name));
  CHECK(reader.read_integer().value() == 3);
  REQUIRE(reader.next_member(name));
  CHECK(reader.skip().in(text) == R"([1, {"x":2}])");
  REQUIRE(reader.next_member(name));
  CHECK(reader.read_bool().value());
  CHECK_FALSE(reader.next_member(name));
  CHECK(reader.finish().has_value());
}

TEST_CASE("the reader reads nothing beyond the text") {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  char* const pages = static_cast<char*>(
      mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(pages != MAP_FAILED);
  REQUIRE(mprotect(pages + page, page, PROT_NONE) == 0);
  const std::string text = R"({"model":"x","n":12345})";
  char* const at = pages + page - text.size();
  std::memcpy(at, text.data(), text.size());
  CHECK(validate({at, text.size()}).has_value());
  munmap(pages, 2 * page);
}

TEST_CASE("escapes resolve to characters, halves of a pair do not") {
  CHECK(unescape(R"("\u00e9\ud83d\ude00\t\/")").value() == "\xC3\xA9\xF0\x9F\x98\x80\t/");
  CHECK_FALSE(unescape(R"("\ud83d")").has_value());
  CHECK_FALSE(unescape(R"("\ude00x")").has_value());
  CHECK_FALSE(unescape(R"("\ud83d\u0041")").has_value());
  CHECK(quote("a\"b\n") == R"("a\"b\n")");
  CHECK(quote("gpt-4o") == R"("gpt-4o")");
}

}  // namespace
}  // namespace litegw::dialects
