#include "tests/http/vectors.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/http/transcript.h"

using namespace litegw::tests;

namespace {

const std::vector<Vector>& all_vectors() {
  static const std::vector<Vector> vectors =
      VectorReader::read_folder(std::string(LITEGW_TEST_DATA) + "/http/vectors");
  return vectors;
}

// The transcript of the vector's bytes, given in two pieces, or byte by byte.
template <class MakeTranscript>
void check_all_splits(const Vector& vector, MakeTranscript make) {
  const std::string& bytes = vector.send;
  auto whole = make();
  whole.feed(bytes);
  REQUIRE(whole.finish() == vector.expect);

  auto bytewise = make();
  for (char byte : bytes)
    bytewise.feed({&byte, 1});
  REQUIRE(bytewise.finish() == vector.expect);

  if (bytes.size() > 2048) return;
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    auto halves = make();
    halves.feed(std::string_view(bytes).substr(0, at));
    halves.feed(std::string_view(bytes).substr(at));
    CAPTURE(at);
    REQUIRE(halves.finish() == vector.expect);
  }
}

}  // namespace

TEST_CASE("every vector ends as it says, whole and split at every byte") {
  for (const Vector& vector : all_vectors()) {
    SUBCASE((vector.file + ": " + vector.name).c_str()) {
      if (vector.is_request()) {
        check_all_splits(vector, [] { return RequestTranscript(); });
      } else {
        check_all_splits(vector, [&] { return ResponseTranscript(vector.method); });
      }
    }
  }
}

TEST_CASE("there are enough vectors, and no two of a file share a name") {
  CHECK(all_vectors().size() >= 250);
  std::set<std::string> names;
  for (const Vector& vector : all_vectors()) {
    CAPTURE(vector.name);
    CHECK(names.insert(vector.file + vector.name).second);
    CHECK_FALSE(vector.expect.empty());
  }
}
