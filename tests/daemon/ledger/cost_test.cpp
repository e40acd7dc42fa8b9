#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "daemon/ledger/price.h"
#include "daemon/ledger/price_files.h"

using namespace litegw;
using namespace litegw::ledger;

namespace {

const PriceBook& built_in() {
  static const std::shared_ptr<const PriceBook> book =
      load_price_book(LITEGW_SOURCE "/etc/prices.json", "").value();
  return *book;
}

struct Case {
  const char* provider;
  const char* model;
  Usage usage;
  const char* service_tier;
  const char* dollars;  // worked out by hand from the providers' price pages
};

Usage tokens(std::int64_t input, std::int64_t output) {
  Usage usage;
  usage.input = input;
  usage.output = output;
  return usage;
}

Usage cached(std::int64_t input, std::int64_t read, std::int64_t write, std::int64_t write_1h,
             std::int64_t output) {
  Usage usage = tokens(input, output);
  usage.cache_read = read;
  usage.cache_write = write;
  usage.cache_write_1h = write_1h;
  return usage;
}

Usage reasoned(std::int64_t input, std::int64_t output, std::int64_t reasoning) {
  Usage usage = tokens(input, output);
  usage.reasoning = reasoning;
  return usage;
}

Usage heard(std::int64_t input, std::int64_t audio, std::int64_t output) {
  Usage usage = tokens(input, output);
  usage.audio_input = audio;
  return usage;
}

Price plain(std::int64_t input, std::int64_t output) {
  Price price;
  price.rates.input = input;
  price.rates.output = output;
  return price;
}

}  // namespace

TEST_CASE("requests cost what the providers' price pages say, to the nano-dollar") {
  const Case cases[] = {
      // $2.50 in, $1.25 cached, $10 out per million
      {"openai", "gpt-4o", tokens(1000, 500), "", "0.0075"},
      {"openai", "gpt-4o", tokens(1, 0), "", "0.0000025"},
      {"openai", "gpt-4o", tokens(0, 1), "", "0.00001"},
      {"openai", "gpt-4o", cached(1000, 3000, 0, 0, 100), "", "0.00725"},
      {"openai", "gpt-4o", tokens(1'000'000, 1'000'000), "", "12.5"},
      {"openai", "gpt-4o", tokens(1000, 500), "default", "0.0075"},
      {"openai", "gpt-4o", tokens(1000, 500), "auto", "0.0075"},
      {"openai", "gpt-4o", tokens(1000, 500), "priority", "0.01275"},
      {"openai", "gpt-4o", tokens(1000, 500), "batch", "0.00375"},
      {"openai", "gpt-4o-mini", tokens(1000, 1000), "", "0.00075"},
      {"openai", "gpt-4o-mini", tokens(7, 3), "", "0.00000285"},
      {"openai", "gpt-4o-mini-2024-07-18", tokens(1000, 1000), "", "0.00075"},
      // fine-tuned gpt-4o-mini: $0.30 in, $1.20 out
      {"openai", "ft:gpt-4o-mini-2024-07-18:acme::a1B2", tokens(1000, 1000), "", "0.0015"},
      {"azure", "gpt-4o", tokens(1000, 500), "", "0.0075"},
      // Haiku 4.5: $1 in, $0.10 read, $1.25 and $2 written, $5 out
      {"anthropic", "claude-haiku-4-5", tokens(1000, 200), "", "0.002"},
      {"anthropic", "claude-haiku-4-5-20251001", tokens(1000, 200), "", "0.002"},
      {"anthropic", "claude-haiku-4-5", cached(10, 7351, 0, 0, 4), "", "0.0007651"},
      {"anthropic", "claude-haiku-4-5", cached(0, 0, 1000, 0, 0), "", "0.00125"},
      {"anthropic", "claude-haiku-4-5", cached(0, 0, 0, 1000, 0), "", "0.002"},
      {"anthropic", "claude-haiku-4-5", cached(100, 200, 300, 400, 500), "", "0.003795"},
      {"anthropic", "claude-haiku-4-5", tokens(1000, 200), "batch", "0.001"},
      {"bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", tokens(1000, 200), "", "0.002"},
      {"bedrock", "converse/anthropic.claude-haiku-4-5-20251001-v1:0", tokens(1000, 200), "",
       "0.002"},
      // Sonnet 4.5: $3 / $15, above 200k of input $6 / $22.50 for the whole request
      {"anthropic", "claude-sonnet-4-5", tokens(200'000, 1000), "", "0.615"},
      {"anthropic", "claude-sonnet-4-5", tokens(200'001, 1000), "", "1.222506"},
      {"anthropic", "claude-sonnet-4-5", cached(1000, 199'001, 0, 0, 100), "", "0.1276506"},
      {"anthropic", "claude-opus-4-8", tokens(1000, 1000), "", "0.03"},
      // Gemini 2.5 Flash: $0.30 in, $1 audio in, $2.50 out, thinking included
      {"gemini", "gemini-2.5-flash", tokens(1000, 1000), "", "0.0028"},
      {"gemini", "gemini/gemini-2.5-flash", tokens(1000, 1000), "", "0.0028"},
      {"gemini", "gemini-2.5-flash", reasoned(1000, 100, 900), "", "0.0028"},
      {"gemini", "gemini-2.5-flash", heard(0, 1000, 0), "", "0.001"},
      {"vertex_ai", "gemini-2.5-flash", tokens(1000, 1000), "", "0.0028"},
      // Gemini 2.5 Pro: $1.25 / $10, above 200k $2.50 / $15, with priority $4.50 / $27
      {"gemini", "gemini-2.5-pro", tokens(1000, 1000), "", "0.01125"},
      {"gemini", "gemini-2.5-pro", tokens(300'000, 1000), "", "0.765"},
      {"gemini", "gemini-2.5-pro", tokens(300'000, 1000), "priority", "1.377"},
      {"gemini", "gemini-2.5-pro", tokens(1000, 1000), "priority", "0.02025"},
      {"gemini", "gemini-2.5-pro", tokens(1000, 1000), "flex", "0.005625"},
      // $0.28 in, $0.028 cached, $0.42 out
      {"deepseek", "deepseek-chat", cached(100, 1000, 0, 0, 10), "", "0.0000602"},
      // thinking is dearer than talking: $0.40 in, $1.20 out, $4 reasoning
      {"dashscope", "qwen-plus-2025-04-28", reasoned(1000, 1000, 1000), "", "0.0056"},
      // $0.005 a request and $2.80 out
      {"perplexity", "pplx-70b-online", tokens(100, 1000), "", "0.0078"},
      {"openai", "text-embedding-3-small", tokens(1000, 0), "", "0.00002"},
      {"mock", "mock-gpt", tokens(1000, 1000), "", "0.003"},
      // $2 in, $0.50 cached, $8 out
      {"openai", "gpt-4.1", tokens(1000, 1000), "", "0.01"},
      {"openai", "gpt-4.1", cached(1000, 1000, 0, 0, 1000), "", "0.0105"},
      // $0.40 in, $0.10 cached, $1.60 out
      {"openai", "gpt-4.1-mini", cached(1000, 10'000, 0, 0, 100), "", "0.00156"},
      // $0.10 in, $0.025 cached, $0.40 out
      {"openai", "gpt-4.1-nano", cached(3, 1, 0, 0, 2), "", "0.000001125"},
      // $1.25 in, $0.125 cached, $10 out, reasoning is output
      {"openai", "gpt-5", reasoned(1000, 100, 900), "", "0.01125"},
      {"openai", "gpt-5", cached(0, 1000, 0, 0, 0), "", "0.000125"},
      {"openai", "gpt-5-mini", tokens(1000, 1000), "", "0.00225"},
      {"openai", "gpt-5-nano", cached(1000, 1000, 0, 0, 1000), "", "0.000455"},
      // $1.10 in, $0.55 cached, $4.40 out
      {"openai", "o3-mini", reasoned(1000, 0, 1000), "", "0.0055"},
      {"openai", "o3-mini", cached(0, 1000, 0, 0, 0), "", "0.00055"},
      // $15 in, $7.50 cached, $60 out
      {"openai", "o1", cached(1000, 1000, 0, 0, 100), "", "0.0285"},
      {"openai", "gpt-4-turbo", tokens(1000, 1000), "", "0.04"},
      {"openai", "gpt-4", tokens(1000, 1000), "", "0.09"},
      {"openai", "gpt-3.5-turbo", tokens(1000, 1000), "", "0.002"},
      {"openai", "text-embedding-3-large", tokens(1000, 0), "", "0.00013"},
      // Opus 4.5: $5 in, $0.50 read, $6.25 and $10 written, $25 out
      {"anthropic", "claude-opus-4-5", tokens(1000, 1000), "", "0.03"},
      {"anthropic", "claude-opus-4-5", cached(100, 1000, 1000, 1000, 10), "", "0.0175"},
      {"anthropic", "claude-opus-4-5", tokens(1000, 1000), "batch", "0.015"},
      // Sonnet 4.6: $3 in, $0.30 read, $3.75 written, $15 out
      {"anthropic", "claude-sonnet-4-6", cached(1000, 1000, 1000, 0, 100), "", "0.00855"},
      // Flash Lite: $0.10 in, $0.30 audio in, $0.40 out
      {"gemini", "gemini-2.5-flash-lite", tokens(1000, 1000), "", "0.0005"},
      {"gemini", "gemini-2.5-flash-lite", heard(0, 1000, 0), "", "0.0003"},
      // $1.25 in, $0.20 cached, $2.50 out; above 200k of input twice that
      {"xai", "grok-4.20", cached(1000, 1000, 0, 0, 1000), "", "0.00395"},
      {"xai", "grok-4.20", tokens(200'001, 1000), "", "0.5050025"},
      // $0.15 in, $0.60 out
      {"mistral", "mistral-small-2603", tokens(1'000'000, 1'000'000), "", "0.75"},
      {"cohere_chat", "command-r-plus-08-2024", tokens(1000, 1000), "", "0.0125"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.model);
    CAPTURE(c.service_tier);
    const Price* price = built_in().find(c.provider, c.model);
    REQUIRE(price != nullptr);
    CHECK(to_decimal(cost_of(c.usage, *price, c.service_tier)) == c.dollars);
  }
}

TEST_CASE("a charge is rounded up once, not once a bucket") {
  // A tenth of a nano-dollar a token.
  Price price = plain(100'000, 100'000);
  CHECK(cost_of(tokens(1, 0), price) == Money::nano(1));
  CHECK(cost_of(tokens(1, 1), price) == Money::nano(1));
  CHECK(cost_of(cached(5, 5, 0, 0, 1), price) == Money::nano(2));
  CHECK(cost_of(tokens(10, 0), price) == Money::nano(1));
}

TEST_CASE("a rate that is not listed costs what its plain rate costs, never nothing") {
  Price price = plain(2'000'000'000, 6'000'000'000);
  CHECK(to_decimal(cost_of(cached(0, 1000, 0, 0, 0), price)) == "0.002");
  CHECK(to_decimal(cost_of(cached(0, 0, 1000, 0, 0), price)) == "0.002");
  CHECK(to_decimal(cost_of(cached(0, 0, 0, 1000, 0), price)) == "0.002");
  CHECK(to_decimal(cost_of(reasoned(0, 0, 1000), price)) == "0.006");
  CHECK(to_decimal(cost_of(heard(0, 1000, 0), price)) == "0.002");
  price.rates.cache_write = 2'500'000'000;
  CHECK(to_decimal(cost_of(cached(0, 0, 0, 1000, 0), price)) == "0.0025");
  price.rates.output.reset();
  CHECK(to_decimal(cost_of(tokens(0, 1000), price)) == "0.002");
}

TEST_CASE("a listed zero is free") {
  Price price = plain(0, 0);
  CHECK(cost_of(tokens(1'000'000, 1'000'000), price).is_zero());
  CHECK(price.priced());
  CHECK_FALSE(Price{}.priced());
}

TEST_CASE("size and service tier without a price for both together: the dearer") {
  Price price = plain(1'000'000, 1'000'000);
  Rates twice, cheap, thrice;
  twice.input = 2'000'000;
  cheap.input = 500'000;
  thrice.input = 3'000'000;
  price.tiers = {{1000, "", twice}, {0, "batch", cheap}, {0, "priority", thrice}};
  CHECK(cost_of(tokens(1001, 0), price, "batch") == Money::nano(2002));
  CHECK(cost_of(tokens(1001, 0), price, "priority") == Money::nano(3003));
  CHECK(cost_of(tokens(1000, 0), price, "batch") == Money::nano(500));
  CHECK(cost_of(tokens(1001, 0), price, "unheard-of") == Money::nano(2002));
  price.tiers.push_back({1000, "batch", cheap});
  CHECK(cost_of(tokens(1001, 0), price, "batch") == Money::nano(501));
}

TEST_CASE("of several sizes the largest that is exceeded counts") {
  Price price = plain(1'000'000, 1'000'000);
  Rates two, three;
  two.input = 2'000'000;
  three.input = 3'000'000;
  price.tiers = {{128, "", three}, {32, "", two}};
  CHECK(cost_of(tokens(32, 0), price) == Money::nano(32));
  CHECK(cost_of(tokens(33, 0), price) == Money::nano(66));
  CHECK(cost_of(tokens(129, 0), price) == Money::nano(387));
  // Cached input counts for the size as well.
  CHECK(cost_of(cached(33, 96, 0, 0, 0), price) == Money::nano((33 + 96) * 3));
}

TEST_CASE("huge and negative counts saturate and never wrap") {
  Price dear = plain(INT64_MAX, INT64_MAX);
  dear.per_request = Money::max();
  CHECK(cost_of(tokens(INT64_MAX, INT64_MAX), dear) == Money::max());
  CHECK(cost_of(tokens(-5, -5), plain(1'000'000, 1'000'000)).is_zero());
  CHECK(cost_of(tokens(INT64_MIN, 3), plain(1'000'000, 1'000'000)) == Money::nano(3));
  CHECK(cost_of(tokens(5, 5), plain(-1, -1)).is_zero());
}

TEST_CASE("a cost is never negative and never falls when a count rises") {
  CHECK(rc::check([](std::int64_t input, std::int64_t output, std::int64_t read,
                     std::int64_t in_rate, std::int64_t out_rate) {
    Price price = plain(in_rate, out_rate);
    Usage usage = cached(input, read, 0, 0, output);
    Usage more = usage;
    std::int64_t step = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    if (__builtin_add_overflow(more.output, step, &more.output)) more.output = INT64_MAX;
    Money cost = cost_of(usage, price);
    RC_ASSERT(cost >= Money{});
    RC_ASSERT(cost_of(more, price) >= cost);
  }));
}

TEST_CASE("no request costs more than at the dearest rates") {
  const char* models[] = {"gpt-4o", "claude-sonnet-4-5", "claude-haiku-4-5"};
  for (const char* model : models) {
    const Price* price = built_in().find("", model);
    REQUIRE(price != nullptr);
    CHECK(rc::check([&] {
      auto count = rc::gen::inRange<std::int64_t>(0, 400'000);
      Usage usage = cached(*count, *count, *count, *count, *count);
      usage.reasoning = *count;
      Money bound = cost_at(usage, dearest_rates(*price), price->per_request);
      for (const char* tier : {"", "priority", "flex", "batch"})
        RC_ASSERT(cost_of(usage, *price, tier) <= bound);
    }));
  }
}

TEST_CASE("an explanation shows counts, rates and the sum") {
  const Price* price = built_in().find("openai", "gpt-4o");
  REQUIRE(price != nullptr);
  CHECK(explain_cost(cached(1000, 3000, 0, 0, 100), *price) ==
        "1000 input x $2.5/M + 3000 cached x $1.25/M + 100 output x $10/M = $0.00725, prices from "
        "built-in prices.json (gpt-4o)");
  CHECK(explain_cost(Usage{}, plain(1, 1)) == "nothing counted = $0");
}
