// Prices of models and what a request costs. Integer nano-dollars per million tokens; products in
// 128 bits, rounded up once per charge. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/base/money.h"
#include "common/base/result.h"
#include "daemon/ledger/usage.h"

namespace litegw::ledger {

// Nano-dollars per million tokens; nullopt = not listed. A missing special rate falls back to the
// plain one (reasoning -> output, cache and audio and image input -> input), never to zero.
struct Rates {
  std::optional<std::int64_t> input, output, cache_read, cache_write, cache_write_1h, reasoning,
      audio_input, audio_output, image_input;
};

// Rates for a whole request whose total input exceeds `above` tokens, and/or for one service tier.
struct Tier {
  std::int64_t above = 0;    // 0 = any size
  std::string service_tier;  // "", "priority", "flex", "batch"
  Rates rates;
};

struct Price {
  Rates rates;
  std::vector<Tier> tiers;
  Money per_request;
  std::int64_t context = 0;     // tokens; 0 = unknown
  std::int64_t max_output = 0;  // tokens; 0 = unknown
  std::string source;  // "built-in prices.json", "/etc/litegw/prices.yaml", "litegw.yaml:12"
  bool priced() const {
    return rates.input.has_value() || rates.output.has_value() || !per_request.is_zero();
  }
};

struct Charge {
  Money cost;
  std::string explanation;  // "1000 input x $2.50/M + 50 output x $10/M": for `litegw log show`;
                            // empty unless asked for
};

// Never negative, never wraps (saturates at Money::max). Negative counts are taken as zero.
Money cost_of(const Usage& usage, const Price& price, std::string_view service_tier = {});
std::string explain_cost(const Usage& usage, const Price& price,
                         std::string_view service_tier = {});

// The rates that a request with that input and service tier is charged at. Where a size and a
// service tier both apply and nothing is listed for the two together, the dearer of each rate.
Rates rates_for(const Price& price, std::int64_t input_tokens, std::string_view service_tier);
// Of everything the price lists, the dearest: what a hold has to reckon with.
Rates dearest_rates(const Price& price);
Money cost_at(const Usage& usage, const Rates& rates, Money per_request);

// `price` with LiteLLM's members in their place: input_cost_per_token,
// cache_read_input_token_cost, output_cost_per_token_above_200k_tokens, ..._flex, ..._priority,
// ..._batches, tiered_pricing, input_cost_per_request. USD per token, as numbers or text. Giving a
// plain input or output rate drops the tiers of `price`; giving both as 0 makes all of it free.
// Other members are ignored. Fails with config_invalid, naming the member in `param`.
Result<Price> price_with_overrides(Price price, const Json& members);

// The price list: built-in file, the operator's file over it. Immutable, shared by all threads.
class PriceBook {
 public:
  // `built_in` is the content of etc/prices.json; its lines are parsed when they are first asked
  // for, as a gateway uses few of thousands. `operators_file` is a mapping of names to prices in
  // YAML, JSON or JSON lines, in the members of etc/prices.json or LiteLLM's; a name may hold '*'.
  // Fails with config_invalid.
  static Result<std::shared_ptr<const PriceBook>> parse(std::string_view built_in,
                                                        std::string_view operators_file,
                                                        std::string_view operators_name);
  ~PriceBook();
  PriceBook(const PriceBook&) = delete;
  PriceBook& operator=(const PriceBook&) = delete;

  // By provider and upstream model, in LiteLLM's spellings: with or without the provider before
  // it, dated or not, fine-tuned. nullptr = unknown, which is not free. Lives as long as the book.
  // Takes microseconds: look up once a deployment, not once a request.
  const Price* find(std::string_view provider, std::string_view model) const;
  std::size_t size() const;

 private:
  struct Impl;
  explicit PriceBook(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace litegw::ledger
