#include "daemon/budget/estimate.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace litegw;
using namespace litegw::budget;

namespace {

// USD per million tokens, in nano-dollars.
ledger::Price price(std::int64_t input, std::int64_t output) {
  ledger::Price out;
  out.rates.input = input * 1'000'000'000;
  out.rates.output = output * 1'000'000'000;
  return out;
}
Ask text(std::uint64_t bytes) {
  return {{bytes, 0}, std::nullopt, 1};
}

}  // namespace

TEST_CASE(
    "half of the bytes and 4,096 output tokens are set aside at the dearest reachable price") {
  ledger::Price cheap = price(1, 2);
  ledger::Price dear = price(3, 15);
  std::array<const ledger::Price*, 2> reachable{&cheap, &dear};
  Estimate estimated = estimate(text(2000), reachable, config::Overrun::cut);
  CHECK(estimated.input_tokens == 1001);
  CHECK(estimated.output_tokens == 4096);
  CHECK(to_decimal(estimated.money) == "0.064443");
  CHECK(estimated.priced);
  CHECK_FALSE(estimated.free);
}

TEST_CASE("a client's lower limit and its number of choices count") {
  ledger::Price one = price(1, 10);
  std::array<const ledger::Price*, 1> reachable{&one};
  Ask ask{{0, 0}, 100, 3};
  CHECK(estimate(ask, reachable, config::Overrun::cut).output_tokens == 300);
  CHECK(to_decimal(output_cost(1000, reachable)) == "0.01");
}

TEST_CASE("refuse reckons with every byte and the whole output limit") {
  ledger::Price one = price(1, 10);
  one.max_output = 16384;
  std::array<const ledger::Price*, 1> reachable{&one};
  Estimate estimated = estimate(text(1000), reachable, config::Overrun::refuse);
  CHECK(estimated.input_tokens == 1000);
  CHECK(estimated.output_tokens == 16384);
  CHECK(affordable_output(text(1000), reachable, config::Overrun::refuse, cents(2)) == 1900);
  CHECK(affordable_output(text(1000), reachable, config::Overrun::refuse, Money::nano(10)) == 0);
}

TEST_CASE("cache writes, hidden output and tiers can only make the hold larger") {
  ledger::Price one = price(3, 15);
  Money plain =
      estimate(text(1000), std::array<const ledger::Price*, 1>{&one}, config::Overrun::cut).money;
  one.rates.cache_write = 3'750'000'000;
  one.tiers.push_back({200'000, "", price(6, 22).rates});
  CHECK(
      estimate(text(1000), std::array<const ledger::Price*, 1>{&one}, config::Overrun::cut).money >
      plain);
}

TEST_CASE("an unpriced deployment makes the request unpriced, zero prices make it free") {
  ledger::Price nothing = price(0, 0);
  std::array<const ledger::Price*, 2> partly{&nothing, nullptr};
  CHECK_FALSE(estimate(text(10), partly, config::Overrun::cut).priced);
  CHECK_FALSE(estimate(text(10), partly, config::Overrun::cut).free);
  std::array<const ledger::Price*, 1> all{&nothing};
  CHECK(estimate(text(10), all, config::Overrun::cut).free);
}

TEST_CASE("huge numbers saturate, they never wrap") {
  ledger::Price one = price(1'000'000, 1'000'000);
  std::array<const ledger::Price*, 1> reachable{&one};
  Ask ask{{UINT64_MAX, 1'000'000'000'000}, INT64_MAX, INT64_MAX};
  CHECK(estimate(ask, reachable, config::Overrun::refuse).money > Money{});
}
