// Prices of models and what a request costs. Integer nano-dollars per million tokens; products in
// 128 bits, rounded up once per charge. Pure.
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

// The price list: built-in file, the operator's file over it. Immutable, shared by all threads.
class PriceBook {
 public:
  // `text` is the content of a price file (JSON lines or the compact form of etc/prices.json).
  // Fails with config_invalid.
  static Result<std::shared_ptr<const PriceBook>> parse(std::string_view built_in,
                                                        std::string_view operators_file,
                                                        std::string_view operators_name);
  // By provider and upstream model, in LiteLLM's spellings; nullptr = unknown, which is not free.
  const Price* find(std::string_view provider, std::string_view model) const;
  std::size_t size() const { return prices_.size(); }

 private:
  std::map<std::string, Price, std::less<>> prices_;
};

}  // namespace litegw::ledger
