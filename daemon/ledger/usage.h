// Tokens of one request, in disjoint buckets, so that none is priced twice. Providers report
// overlapping numbers (OpenAI's prompt_tokens include cached ones); dialects and providers subtract
// before they fill this in.
#pragma once

#include <cstdint>
#include <limits>

namespace litegw::ledger {

struct Usage {
  std::int64_t input = 0;           // plain input tokens, without the buckets below
  std::int64_t cache_read = 0;      // input read from the provider's cache
  std::int64_t cache_write = 0;     // input written to it for 5 minutes
  std::int64_t cache_write_1h = 0;  // input written to it for an hour
  std::int64_t output = 0;          // visible output
  std::int64_t reasoning = 0;       // hidden output
  std::int64_t audio_input = 0;
  std::int64_t audio_output = 0;
  std::int64_t image_input = 0;
  bool reported = false;   // came from the provider
  bool estimated = false;  // counted or guessed by us

  // Saturating: a provider may report anything.
  std::int64_t total_input() const {
    return sum(input, cache_read, cache_write, cache_write_1h, audio_input, image_input);
  }
  std::int64_t total_output() const { return sum(output, reasoning, audio_output); }
  friend bool operator==(const Usage&, const Usage&) = default;

 private:
  static std::int64_t sum(auto... counts) {
    std::int64_t total = 0;
    const auto add = [&total](std::int64_t count) {
      if (!__builtin_add_overflow(total, count, &total)) return;
      total = count > 0 ? std::numeric_limits<std::int64_t>::max()
                        : std::numeric_limits<std::int64_t>::min();
    };
    (add(counts), ...);
    return total;
  }
};

}  // namespace litegw::ledger
