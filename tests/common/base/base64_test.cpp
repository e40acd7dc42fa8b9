#include "common/base/base64.h"

#include <doctest/doctest.h>

using litegw::base64_decode;

TEST_CASE("base 64 is read in both alphabets, padded or not") {
  CHECK(base64_decode("aGVsbG8gd8O2cmxk") == "hello w\xc3\xb6rld");
  CHECK(base64_decode("aGVsbG8=") == "hello");
  CHECK(base64_decode("aGVsbG8") == "hello");
  CHECK(base64_decode("+/8=") == base64_decode("-_8"));
  CHECK(base64_decode("") == "");
  CHECK_FALSE(base64_decode("a b").has_value());
  CHECK_FALSE(base64_decode("=aGV").has_value());
}
