// Reads the bytes of one connection from standard input and prints what the codec makes of them, in
// the notation of tests/http/vectors/README.md. For tests/http/differential_test.py.
#include <iostream>
#include <iterator>

#include "tests/http/transcript.h"

int main() {
  std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  litegw::tests::RequestTranscript transcript;
  transcript.feed(bytes);
  std::cout << transcript.finish() << '\n';
  return 0;
}
