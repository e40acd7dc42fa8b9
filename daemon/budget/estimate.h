// How much of each limit a request may need, before its upstream is called: an upper bound for the
// usual case, at the dearest of the prices it can reach. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "daemon/budget/level.h"
#include "daemon/config/config.h"
#include "daemon/ledger/price.h"

namespace litegw::budget {

// The size of a prompt: its text, and embedded media, whose base 64 text says nothing about tokens.
struct Prompt {
  std::uint64_t text_bytes = 0;
  std::int64_t media = 0;  // images, audio, files; links count as well
};

struct Ask {
  Prompt prompt;
  std::optional<std::int64_t> output_limit;  // the client's max_tokens, per choice
  std::int64_t choices = 1;                  // n
};

struct Estimate {
  Money money;
  std::int64_t input_tokens = 0;   // what the money was reckoned with
  std::int64_t output_tokens = 0;  // of all choices together
  std::int64_t rate_tokens =
      0;                // for tokens/min: nearer to the truth, corrected when the request ends
  bool free = false;    // every price that it can reach is explicitly zero
  bool priced = false;  // every price that it can reach is known
  Need need() const { return {money, rate_tokens, free}; }
};

// Output that is set aside at first unless `overrun` is refuse; more is drawn while the answer
// streams.
inline constexpr std::int64_t first_output_tokens = 4096;
// What a model without a known limit may write, under `refuse`.
inline constexpr std::int64_t unknown_output_limit = 32768;

// `reachable` are the prices of all deployments that may serve the request; a null entry is an
// unpriced one.
Estimate estimate(const Ask& ask, std::span<const ledger::Price* const> reachable,
                  config::Overrun overrun);

// What so many more output tokens may cost.
Money output_cost(std::int64_t tokens, std::span<const ledger::Price* const> reachable);
// The largest output limit that `money` pays for besides the input of `ask`; 0 = not even one
// token.
std::int64_t affordable_output(const Ask& ask, std::span<const ledger::Price* const> reachable,
                               config::Overrun overrun, Money money);

}  // namespace litegw::budget
