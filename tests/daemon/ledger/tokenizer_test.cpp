#include "daemon/ledger/tokenizer.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <rapidcheck.h>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::ledger;

namespace {

void put(std::string& out, std::uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The form that scripts/get-tokenizers writes.
std::string rank_file(const std::map<std::string, std::uint32_t>& ranks,
                      const std::string& pattern) {
  std::uint32_t slots = 1;
  while (slots < 2 * ranks.size())
    slots *= 2;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> table(slots);
  std::string blob;
  for (const auto& [token, rank] : ranks) {
    std::uint32_t hash = 0x811C9DC5;
    for (char c : token)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
    std::uint32_t slot = hash & (slots - 1);
    while (table[slot].first != 0)
      slot = (slot + 1) & (slots - 1);
    table[slot] = {static_cast<std::uint32_t>(blob.size() + 1), rank};
    auto length = static_cast<std::uint16_t>(token.size());
    blob.append(reinterpret_cast<const char*>(&length), sizeof length).append(token);
  }
  std::string out = "lgwranks";
  for (std::size_t field : {std::size_t{1}, std::size_t{4}, pattern.size(), std::size_t{slots},
                            blob.size(), ranks.size()})
    put(out, static_cast<std::uint32_t>(field));
  out += "test" + pattern;
  out.append((8 - out.size() % 8) % 8, '\0');
  for (const auto& [at, rank] : table) {
    put(out, at);
    put(out, rank);
  }
  return out + blob;
}

std::map<std::string, std::uint32_t> bytes_and(const std::vector<std::string>& merges) {
  std::map<std::string, std::uint32_t> ranks;
  for (int byte = 0; byte < 256; ++byte)
    ranks[std::string(1, static_cast<char>(byte))] = static_cast<std::uint32_t>(byte);
  for (const std::string& merge : merges)
    ranks[merge] = static_cast<std::uint32_t>(ranks.size());
  return ranks;
}

const std::string words = "\\s?\\p{L}+|\\p{N}{1,3}|[^\\p{L}\\p{N}]+";

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("pairs merge by rank, the lowest first") {
  std::string image = rank_file(bytes_and({"ab", "bc", "abc", " abc"}), words);
  auto tokenizer = Tokenizer::open(image).value();
  CHECK(tokenizer->count("abc") == 1);
  CHECK(tokenizer->count("abc abc") == 2);
  CHECK(tokenizer->count("bcab") == 2);
  CHECK(tokenizer->count("aabb") == 3);
  CHECK(tokenizer->count("") == 0);
  CHECK(tokenizer->count("12345") == 5);
}

TEST_CASE("bytes that are no UTF-8 and very long runs are counted, not refused") {
  std::string image = rank_file(bytes_and({"aa", "aaaa"}), words);
  auto tokenizer = Tokenizer::open(image).value();
  CHECK(tokenizer->count("a\xff") == 4);
  CHECK(tokenizer->count(std::string(1 << 20, 'a')) == (1 << 20) / 4);
}

TEST_CASE("a damaged rank file is refused, whatever is wrong with it") {
  std::string image = rank_file(bytes_and({"ab"}), words);
  CHECK(Tokenizer::open("").has_error());
  CHECK(Tokenizer::open(std::string_view(image).substr(0, image.size() - 1)).has_error());
  CHECK(Tokenizer::open(rank_file(bytes_and({}), "(")).has_error());
  bool holds = rc::check([&] {
    std::string copy = image;
    auto at = *rc::gen::inRange<std::size_t>(0, copy.size());
    copy[at] = *rc::gen::arbitrary<char>();
    auto opened = Tokenizer::open(copy);
    if (opened) RC_ASSERT(opened.value()->count("abab 12 x") >= 1);
  });
  CHECK(holds);
}

TEST_CASE("the public encodings count as their authors' own programs do") {
  const char* folder = std::getenv("LITEGW_TOKENIZERS");
  if (folder == nullptr) {
    MESSAGE("skipped: set LITEGW_TOKENIZERS to a folder made by scripts/get-tokenizers");
    return;
  }
  // Counted with js-tiktoken 1.0.21.
  struct Case {
    const char* text;
    std::int64_t o200k, cl100k;
  };
  const Case cases[] = {
#include "tests/daemon/ledger/token_counts.inc"
  };
  std::string o200k_image = read_file(std::string(folder) + "/o200k_base.ranks");
  std::string cl100k_image = read_file(std::string(folder) + "/cl100k_base.ranks");
  auto o200k = Tokenizer::open(o200k_image).value();
  auto cl100k = Tokenizer::open(cl100k_image).value();
  for (const Case& one : cases) {
    CHECK_MESSAGE(o200k->count(one.text) == one.o200k, one.text);
    CHECK_MESSAGE(cl100k->count(one.text) == one.cl100k, one.text);
  }
}

TEST_CASE("a model's name tells its encoding") {
  CHECK(encoding_of("gpt-4o-mini") == "o200k_base");
  CHECK(encoding_of("openai/gpt-4.1") == "o200k_base");
  CHECK(encoding_of("gpt-4-turbo") == "cl100k_base");
  CHECK(encoding_of("gpt-3.5-turbo") == "cl100k_base");
  CHECK(encoding_of("claude-sonnet-4") == "o200k_base");
}
