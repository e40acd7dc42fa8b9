#include "daemon/dialects/neutral/lowering.h"

#include <string>

#include <doctest/doctest.h>

#include "common/base/json.h"
#include "common/base/text.h"

using namespace litegw;
using namespace litegw::dialects;

namespace {

std::string unwrap(const std::string& json, std::size_t piece) {
  InputUnwrapper unwrapper;
  std::string out;
  for (std::size_t at = 0; at < json.size(); at += piece)
    unwrapper.feed(std::string_view(json).substr(at, piece), out);
  unwrapper.finish(out);
  return out;
}

}  // namespace

TEST_CASE("a lowered custom call comes back as its raw text, however it is split") {
  const std::string patch =
      "*** Begin Patch\n\"q\" \\ \t\x01 caf\xc3\xa9 \xf0\x9f\x98\x80\n*** End Patch\n";
  const std::string plain = dump(Json{{"input", patch}});
  const std::string escaped = Json{{"input", patch}}.dump(-1, ' ', true);  // \u escapes, surrogates
  for (const std::string& json : {plain, " { \"input\" : " + plain.substr(9), escaped})
    for (std::size_t piece = 1; piece <= json.size(); ++piece)
      CHECK(unwrap(json, piece) == patch);
}

TEST_CASE("a model that answers plain text for a custom tool is taken at its word") {
  for (std::size_t piece : {1, 3, 100}) {
    CHECK(unwrap("*** Begin Patch\n", piece) == "*** Begin Patch\n");
    CHECK(unwrap("{\"input\": 5}", piece) == "{\"input\": 5}");
    CHECK(unwrap("{}", piece).empty());
    CHECK(unwrap("", piece).empty());
  }
}

TEST_CASE("a lone surrogate in a call becomes the replacement character") {
  CHECK(unwrap(R"({"input":"a\ud800b\udc00"})", 1) ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd");
}

TEST_CASE("names that no provider takes are cut to 64 characters and stay apart") {
  const std::string base(80, 'x');
  std::string one = fitting_name(base + "1"), two = fitting_name(base + "2");
  CHECK(one.size() == 64);
  CHECK(one != two);
  CHECK(fitting_name("rg") == "rg");
  CHECK(fitting_name("a.b c").starts_with("a_b_c_"));
}
