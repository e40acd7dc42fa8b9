#include <chrono>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "common/base/text.h"
#include "daemon/ledger/price.h"
#include "daemon/ledger/price_entry.h"
#include "daemon/ledger/price_files.h"

using namespace litegw;
using namespace litegw::ledger;

namespace {

std::string built_in_text() {
  std::ifstream in(LITEGW_SOURCE "/etc/prices.json", std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::shared_ptr<const PriceBook> book_with(std::string_view operators_file) {
  return PriceBook::parse(built_in_text(), operators_file, "prices.yaml").value();
}

std::optional<std::int64_t> input_rate(const PriceBook& book, std::string_view provider,
                                       std::string_view model) {
  const Price* price = book.find(provider, model);
  return price == nullptr ? std::nullopt : price->rates.input;
}

Error refused(std::string_view operators_file) {
  return PriceBook::parse(built_in_text(), operators_file, "prices.yaml").error();
}

}  // namespace

TEST_CASE("every line of the built-in price file can be read") {
  std::string text = built_in_text();
  Json all = parse_json(text).value();
  std::shared_ptr<const PriceBook> book = book_with("");
  CHECK(all.size() == book->size() + 1);
  CHECK(book->size() > 2000);
  CHECK(text.size() < 600'000);
  for (const auto& [name, members] : all.items()) {
    if (name.empty()) continue;
    CHECK_MESSAGE(parse_price_entry(members).has_value(), name);
    CHECK_MESSAGE(book->find("", name) != nullptr, name);
  }
}

TEST_CASE("a model is found under its provider's spellings") {
  std::shared_ptr<const PriceBook> book = book_with("");
  constexpr std::int64_t nano = 1'000'000'000;
  CHECK(input_rate(*book, "openai", "gpt-4o") == 2 * nano + nano / 2);
  CHECK(input_rate(*book, "", "gpt-4o") == 2 * nano + nano / 2);
  CHECK(input_rate(*book, "gemini", "gemini-2.5-pro") == nano + nano / 4);
  CHECK(input_rate(*book, "vertex_ai", "claude-sonnet-4-5@20990101") == 3 * nano);
  CHECK(input_rate(*book, "anthropic", "claude-haiku-4-5-20991231") == nano);
  CHECK(input_rate(*book, "openai", "gpt-4o-2099-12-31") == 2 * nano + nano / 2);
  CHECK(input_rate(*book, "bedrock", "bedrock/converse/anthropic.claude-haiku-4-5-20251001-v1:0") ==
        nano);
}

TEST_CASE("another provider's price is no price") {
  std::shared_ptr<const PriceBook> book = book_with("");
  CHECK(book->find("anthropic", "gpt-4o") == nullptr);
  CHECK(book->find("hosted_vllm", "gpt-4o") == nullptr);
  CHECK(book->find("openai", "claude-haiku-4-5") == nullptr);
  CHECK(book->find("openai", "no-such-model") == nullptr);
  CHECK(book->find("openai", "") == nullptr);
  CHECK(book->find("", "") == nullptr);
}

TEST_CASE("a price is parsed once and stays where it is") {
  std::shared_ptr<const PriceBook> book = book_with("");
  CHECK(book->find("openai", "gpt-4o") == book->find("openai", "gpt-4o"));
  CHECK(book->find("openai", "gpt-4o")->source == "built-in prices.json (gpt-4o)");
  CHECK(book->find("openai", "gpt-4o")->context == 128'000);
  CHECK(book->find("openai", "gpt-4o")->max_output == 16'384);
}

TEST_CASE("the operator's prices win, in each form of the file") {
  const char* forms[] = {
      "gpt-4o:\n  input: 1.25\n  output: 5\n",
      "gpt-4o: {usd_per_million: {input: \"1.25\", output: \"5\"}}\n",
      R"({"gpt-4o": {"input": 1.25, "output": 5}})",
      R"({"gpt-4o": {"input_cost_per_token": 1.25e-06, "output_cost_per_token": 5e-06, "mode": "chat"},
          "sample_spec": {"input_cost_per_token": "text"}})",
      R"({"provider":"openai","model":"gpt-4o","usd_per_million":{"input":"1.25","output":"5"},"mode":"chat"}
{"provider":"openai","model":"o9","usd_per_million":{"input":"1"}})",
  };
  for (const char* form : forms) {
    CAPTURE(form);
    std::shared_ptr<const PriceBook> book = book_with(form);
    CHECK(input_rate(*book, "openai", "gpt-4o") == 1'250'000'000);
    CHECK(book->find("openai", "gpt-4o")->source == "prices.yaml (gpt-4o)");
    CHECK(input_rate(*book, "openai", "gpt-4o-mini") == 150'000'000);
  }
}

TEST_CASE("an operator may price whole families with a star, and the longest pattern wins") {
  std::shared_ptr<const PriceBook> book =
      book_with("ollama/*: {input: 0, output: 0}\nollama/big-*: {input: 1, output: 1}\n");
  CHECK(input_rate(*book, "ollama", "llama3") == 0);
  CHECK(input_rate(*book, "ollama", "big-llama") == 1'000'000'000);
  CHECK(input_rate(*book, "openai", "gpt-4o") == 2'500'000'000);
}

TEST_CASE("amounts keep all their digits") {
  std::shared_ptr<const PriceBook> book =
      book_with("m: {input: 0.000000001, output: 1234567.123456789}");
  CHECK(book->find("x", "m")->rates.input == 1);
  CHECK(book->find("x", "m")->rates.output == 1'234'567'123'456'789);
}

TEST_CASE("an operator's file with a fault is refused with its place") {
  CHECK(refused("gpt-4o: {inputt: 1}").message ==
        "prices.yaml: gpt-4o: unknown member 'inputt' of a price, did you mean 'input'?");
  for (const char* text : {"gpt-4o: {input: -1}", "gpt-4o: {input: nan}", "gpt-4o: {input: 1e30}",
                           "gpt-4o: 5", "gpt-4o: {tiers: {above_1m: {input: 1}}}",
                           "gpt-4o: {tiers: {gold: {input: 1}}}", "[1, 2]", "gpt-4o: {input: [1]}",
                           "a: {input: 1", "{\"a\": }", R"({"m": {"input_cost_per_token": -1}})"}) {
    CAPTURE(text);
    CHECK(refused(text).code == ErrorCode::config_invalid);
    CHECK(refused(text).message.starts_with("prices.yaml: "));
  }
}

TEST_CASE("a built-in file that scripts/update-prices did not make is refused") {
  CHECK(PriceBook::parse("{}", "", "").has_error());
  CHECK(PriceBook::parse("{\"\":{},\n\"b\":{},\n\"a\":{}\n}\n", "", "").has_error());
  CHECK(PriceBook::parse("", "", "").value()->size() == 0);
}

TEST_CASE("the price file of an uninstalled build is found") {
  CHECK(find_price_file().ends_with("prices.json"));
}

TEST_CASE("a price file that is not there is named") {
  Error error = load_price_book("", "/nonexistent/prices.yaml").error();
  CHECK(error.code == ErrorCode::config_invalid);
  CHECK(error.message.find("/nonexistent/prices.yaml") != std::string::npos);
}
