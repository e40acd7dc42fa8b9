// Prints what the codec makes of the bytes of a connection, in the notation of
// tests/http/vectors/README.md, control bytes escaped. For tests/http/differential_test.py:
//   codec_probe          one connection, on standard input
//   codec_probe --many   several, each as a line with its number of bytes and then those
#include <iostream>
#include <iterator>

#include "tests/http/transcript.h"

namespace {

void print_transcript(std::string_view bytes) {
  litegw::tests::RequestTranscript transcript;
  transcript.feed(bytes);
  std::cout << litegw::escape_control(transcript.finish()) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    print_transcript(std::string{std::istreambuf_iterator<char>(std::cin), {}});
    return 0;
  }
  if (argc != 2 || std::string_view(argv[1]) != "--many") return 2;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::string bytes(std::stoul(line), '\0');
    std::cin.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    print_transcript(bytes);
  }
  return 0;
}
