#include "daemon/budget/estimate.h"

#include <algorithm>
#include <array>
#include <limits>

namespace litegw::budget {
namespace {

// Providers publish rules by size and detail: a picture is 85 to 1,445 tokens at OpenAI, up to
// about 1,600 at Anthropic, 258 a tile at Google. The largest common figure stands for each item.
constexpr std::int64_t tokens_per_media = 1600;
constexpr std::int64_t max_tokens = std::numeric_limits<std::int32_t>::max();

// The rate for input that may be written to a cache, and for output that may be hidden: whichever
// costs more.
ledger::Rates upper(const ledger::Price& price) {
  ledger::Rates rates = ledger::dearest_rates(price);
  std::int64_t input = rates.input.value_or(0);
  for (const std::optional<std::int64_t>& rate :
       {rates.cache_write, rates.cache_write_1h, rates.image_input})
    input = std::max(input, rate.value_or(0));
  std::int64_t output = std::max(rates.output.value_or(0), rates.reasoning.value_or(0));
  ledger::Rates bound;
  bound.input = input;
  bound.output = output;
  return bound;
}

Money cost(std::int64_t input_tokens, std::int64_t output_tokens, bool with_request,
           std::span<const ledger::Price* const> reachable) {
  ledger::Usage usage;
  usage.input = input_tokens;
  usage.output = output_tokens;
  Money most;
  for (const ledger::Price* price : reachable)
    if (price != nullptr)
      most = std::max(
          most, ledger::cost_at(usage, upper(*price), with_request ? price->per_request : Money{}));
  return most;
}

std::int64_t output_limit(const Ask& ask, std::span<const ledger::Price* const> reachable) {
  std::int64_t known = 0;
  for (const ledger::Price* price : reachable)
    known = std::max(known, price == nullptr ? 0 : price->max_output);
  if (known == 0) known = unknown_output_limit;
  return ask.output_limit ? *ask.output_limit : known;
}

std::int64_t bounded(std::uint64_t tokens) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(tokens, max_tokens));
}

std::int64_t input_tokens(const Ask& ask, config::Overrun overrun) {
  std::uint64_t text =
      overrun == config::Overrun::refuse ? ask.prompt.text_bytes : ask.prompt.text_bytes / 2 + 1;
  return bounded(text) +
         std::min(ask.prompt.media, max_tokens / tokens_per_media) * tokens_per_media;
}

}  // namespace

Estimate estimate(const Ask& ask, std::span<const ledger::Price* const> reachable,
                  config::Overrun overrun) {
  Estimate out;
  out.input_tokens = input_tokens(ask, overrun);
  std::int64_t limit = output_limit(ask, reachable);
  std::int64_t per_choice =
      overrun == config::Overrun::refuse ? limit : std::min(limit, first_output_tokens);
  std::int64_t choices = std::clamp<std::int64_t>(ask.choices, 1, 1000);
  out.output_tokens = std::clamp<std::int64_t>(per_choice, 0, max_tokens) * choices;
  out.rate_tokens = bounded(ask.prompt.text_bytes / 4 + 1) + ask.prompt.media * tokens_per_media;
  out.money = cost(out.input_tokens, out.output_tokens, true, reachable);
  out.priced = !reachable.empty() &&
               std::all_of(reachable.begin(), reachable.end(), [](const ledger::Price* price) {
                 return price != nullptr && price->priced();
               });
  out.free = out.priced && out.money.is_zero();
  return out;
}

Money output_cost(std::int64_t tokens, std::span<const ledger::Price* const> reachable) {
  return cost(0, tokens, false, reachable);
}

std::int64_t affordable_output(const Ask& ask, std::span<const ledger::Price* const> reachable,
                               config::Overrun overrun, Money money) {
  std::int64_t input = input_tokens(ask, overrun);
  std::int64_t choices = std::clamp<std::int64_t>(ask.choices, 1, 1000);
  std::int64_t low = 0;
  std::int64_t high = std::clamp<std::int64_t>(output_limit(ask, reachable), 0, max_tokens);
  while (low < high) {
    std::int64_t middle = low + (high - low + 1) / 2;
    if (cost(input, middle * choices, true, reachable) <= money)
      low = middle;
    else
      high = middle - 1;
  }
  return cost(input, low * choices, true, reachable) <= money ? low : 0;
}

}  // namespace litegw::budget
