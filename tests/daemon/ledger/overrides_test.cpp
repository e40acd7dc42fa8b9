#include <doctest/doctest.h>

#include "daemon/ledger/price.h"

using namespace litegw;
using namespace litegw::ledger;

namespace {

Price listed() {
  Price price;
  price.rates.input = 2'500'000'000;
  price.rates.output = 10'000'000'000;
  price.rates.cache_read = 1'250'000'000;
  Rates tier;
  tier.input = 5'000'000'000;
  price.tiers = {{200'000, "", tier}};
  return price;
}

Price with(const char* members) {
  return price_with_overrides(listed(), parse_json(members).value()).value();
}

const Rates* tier_of(const Price& price, std::int64_t above, std::string_view service_tier) {
  for (const Tier& tier : price.tiers)
    if (tier.above == above && tier.service_tier == service_tier) return &tier.rates;
  return nullptr;
}

}  // namespace

TEST_CASE("LiteLLM's members replace the listed rates, the others stay") {
  Price price = with(R"({"cache_read_input_token_cost": "2.5e-07", "mode": "chat"})");
  CHECK(price.rates.cache_read == 250'000'000);
  CHECK(price.rates.input == 2'500'000'000);
  CHECK(price.tiers.size() == 1);
}

TEST_CASE("a flat price of the operator's own drops the listed tiers") {
  Price price = with(R"({"input_cost_per_token": 0.000001})");
  CHECK(price.rates.input == 1'000'000'000);
  CHECK(price.rates.output == 10'000'000'000);
  CHECK(price.tiers.empty());
}

TEST_CASE("input and output both 0 make the model free, whatever else is listed") {
  Price price = with(R"({"input_cost_per_token": 0, "output_cost_per_token": "0.0"})");
  Usage usage;
  usage.input = usage.cache_read = usage.cache_write = usage.output = usage.reasoning = 1'000'000;
  CHECK(price.priced());
  CHECK(cost_of(usage, price).is_zero());
}

TEST_CASE("sizes and service tiers are read from the names") {
  Price price = with(R"({
    "input_cost_per_token": 1e-06,
    "input_cost_per_token_above_200k_tokens": 2e-06,
    "output_cost_per_token_above_128k_tokens": 3e-06,
    "input_cost_per_token_priority": 4e-06,
    "output_cost_per_token_flex": 5e-06,
    "cache_read_input_token_cost_above_200k_tokens_priority": 6e-06,
    "output_cost_per_token_batches": 7e-06,
    "cache_creation_input_token_cost_above_1hr": 8e-06,
    "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 9e-06})");
  REQUIRE(tier_of(price, 200'000, "") != nullptr);
  CHECK(tier_of(price, 200'000, "")->input == 2'000'000'000);
  CHECK(tier_of(price, 200'000, "")->cache_write_1h == 9'000'000'000);
  CHECK(tier_of(price, 128'000, "")->output == 3'000'000'000);
  CHECK(tier_of(price, 0, "priority")->input == 4'000'000'000);
  CHECK(tier_of(price, 0, "flex")->output == 5'000'000'000);
  CHECK(tier_of(price, 200'000, "priority")->cache_read == 6'000'000'000);
  CHECK(tier_of(price, 0, "batch")->output == 7'000'000'000);
  CHECK(price.rates.cache_write_1h == 8'000'000'000);
}

TEST_CASE("the other kinds of tokens have their members") {
  Price price =
      with(R"({"output_cost_per_reasoning_token": 1e-06, "input_cost_per_audio_token": 2e-06,
    "output_cost_per_audio_token": 3e-06, "input_cost_per_image_token": 4e-06,
    "cache_creation_input_token_cost": 5e-06, "input_cost_per_request": 0.005})");
  CHECK(price.rates.reasoning == 1'000'000'000);
  CHECK(price.rates.audio_input == 2'000'000'000);
  CHECK(price.rates.audio_output == 3'000'000'000);
  CHECK(price.rates.image_input == 4'000'000'000);
  CHECK(price.rates.cache_write == 5'000'000'000);
  CHECK(price.per_request == Money::nano(5'000'000));
}

TEST_CASE("tiered_pricing is a list of ranges") {
  Price price = with(R"({"tiered_pricing": [
    {"range": [0, 32000], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
    {"range": [32000, 128000], "input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06}]})");
  CHECK(price.rates.input == 1'000'000'000);
  REQUIRE(tier_of(price, 32'000, "") != nullptr);
  CHECK(tier_of(price, 32'000, "")->output == 4'000'000'000);
  CHECK(price.tiers.size() == 1);
}

TEST_CASE("an amount that is none is refused, naming the member") {
  for (const char* members :
       {R"({"input_cost_per_token": -1e-06})", R"({"input_cost_per_token": "nan"})",
        R"({"input_cost_per_token": true})", R"({"input_cost_per_token": 1e300})",
        R"({"input_cost_per_token": []})"}) {
    CAPTURE(members);
    Error error = price_with_overrides({}, parse_json(members).value()).error();
    CHECK(error.code == ErrorCode::config_invalid);
    CHECK(error.param == "input_cost_per_token");
  }
  CHECK(price_with_overrides({}, parse_json(R"({"tiered_pricing": [{"range": 5}]})").value())
            .has_error());
}

TEST_CASE("null members and other members change nothing") {
  Price price = with(R"({"input_cost_per_token": null, "input_cost_per_pixel": "x", "id": 5})");
  CHECK(price.rates.input == 2'500'000'000);
  CHECK(price.tiers.size() == 1);
}
