#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "daemon/ledger/price.h"

namespace litegw::ledger {
namespace {

using Rate = std::optional<std::int64_t>;
using Wide = __int128;

constexpr std::array rate_members{&Rates::input,       &Rates::output,         &Rates::cache_read,
                                  &Rates::cache_write, &Rates::cache_write_1h, &Rates::reasoning,
                                  &Rates::audio_input, &Rates::audio_output,   &Rates::image_input};

// OpenAI's names for "no special tier".
std::string_view tier_name(std::string_view asked) {
  if (asked == "default" || asked == "auto" || asked == "standard") return {};
  return asked;
}

void put_over(Rates& rates, const Rates& over) {
  for (auto member : rate_members)
    if (over.*member) rates.*member = over.*member;
}

void take_dearer(Rates& rates, const Rates& other) {
  for (auto member : rate_members)
    if (other.*member && (!(rates.*member) || *(rates.*member) < *(other.*member)))
      rates.*member = other.*member;
}

// The tier for `name` with the highest threshold that `input` exceeds; null when there is none.
const Tier* reached_tier(const Price& price, std::string_view name, bool sized,
                         std::int64_t input) {
  const Tier* best = nullptr;
  for (const Tier& tier : price.tiers) {
    if (tier.service_tier != name || (tier.above > 0) != sized || input <= tier.above) continue;
    if (best == nullptr || tier.above > best->above) best = &tier;
  }
  return best;
}

std::int64_t or_plain(Rate special, Rate plain, Rate other) {
  return special.value_or(plain.value_or(other.value_or(0)));
}

// The nine rates with nothing missing.
struct Exact {
  std::int64_t input, output, cache_read, cache_write, cache_write_1h, reasoning, audio_input,
      audio_output, image_input;
};

Exact completed(const Rates& r) {
  Rate write = r.cache_write ? r.cache_write : r.input;
  return {or_plain(r.input, r.output, {}), or_plain(r.output, r.input, {}),
          or_plain(r.cache_read, r.input, r.output), or_plain(r.cache_write, r.input, r.output),
          // An hour is never cheaper than five minutes.
          or_plain(r.cache_write_1h, write, r.output), or_plain(r.reasoning, r.output, r.input),
          or_plain(r.audio_input, r.input, r.output), or_plain(r.audio_output, r.output, r.input),
          or_plain(r.image_input, r.input, r.output)};
}

struct Part {
  std::int64_t tokens;
  std::int64_t rate;
  std::string_view name;
};

std::array<Part, 9> parts_of(const Usage& usage, const Rates& rates) {
  Exact e = completed(rates);
  auto count = [](std::int64_t tokens) {
    return std::max<std::int64_t>(tokens, 0);
  };
  return {{{count(usage.input), e.input, "input"},
           {count(usage.cache_read), e.cache_read, "cached"},
           {count(usage.cache_write), e.cache_write, "cache write"},
           {count(usage.cache_write_1h), e.cache_write_1h, "cache write (1 h)"},
           {count(usage.audio_input), e.audio_input, "audio input"},
           {count(usage.image_input), e.image_input, "image input"},
           {count(usage.output), e.output, "output"},
           {count(usage.reasoning), e.reasoning, "reasoning"},
           {count(usage.audio_output), e.audio_output, "audio output"}}};
}

std::int64_t whole_input(const Usage& usage) {
  std::int64_t sum = 0;
  for (std::int64_t count : {usage.input, usage.cache_read, usage.cache_write, usage.cache_write_1h,
                             usage.audio_input, usage.image_input})
    if (count > 0 && __builtin_add_overflow(sum, count, &sum))
      return std::numeric_limits<std::int64_t>::max();
  return sum;
}

constexpr Wide nano_per_million_limit =
    static_cast<Wide>(std::numeric_limits<std::int64_t>::max()) * 1'000'000;

// Nano-dollars times a million; above the limit it stays there.
Wide saturating_add(Wide sum, Wide amount) {
  return amount > nano_per_million_limit - sum ? nano_per_million_limit : sum + amount;
}

std::string rate_text(std::int64_t nano_per_million) {
  return "$" + to_decimal(Money::nano(nano_per_million)) + "/M";
}

}  // namespace

Rates rates_for(const Price& price, std::int64_t input_tokens, std::string_view service_tier) {
  std::string_view name = tier_name(service_tier);
  Rates rates = price.rates;
  const Tier* sized = reached_tier(price, {}, true, input_tokens);
  const Tier* service = name.empty() ? nullptr : reached_tier(price, name, false, input_tokens);
  const Tier* both = name.empty() ? nullptr : reached_tier(price, name, true, input_tokens);
  if (sized != nullptr) put_over(rates, sized->rates);
  if (service == nullptr && both == nullptr) return rates;
  if (service != nullptr) {
    Rates of_service = price.rates;
    put_over(of_service, service->rates);
    // Both a size and a service tier apply and nothing is listed for the two together: the dearer.
    if (sized != nullptr && both == nullptr)
      take_dearer(rates, of_service);
    else
      put_over(rates, service->rates);
  }
  if (both != nullptr) put_over(rates, both->rates);
  return rates;
}

Rates dearest_rates(const Price& price) {
  Rates rates = price.rates;
  for (const Tier& tier : price.tiers)
    take_dearer(rates, tier.rates);
  return rates;
}

Money cost_at(const Usage& usage, const Rates& rates, Money per_request) {
  Wide sum = static_cast<Wide>(std::max<std::int64_t>(per_request.nano(), 0)) * 1'000'000;
  for (const Part& part : parts_of(usage, rates))
    sum =
        saturating_add(sum, static_cast<Wide>(part.tokens) * std::max<std::int64_t>(part.rate, 0));
  Wide nano = sum / 1'000'000 + (sum % 1'000'000 != 0 ? 1 : 0);
  return Money::nano(static_cast<std::int64_t>(nano));
}

Money cost_of(const Usage& usage, const Price& price, std::string_view service_tier) {
  return cost_at(usage, rates_for(price, whole_input(usage), service_tier), price.per_request);
}

std::string explain_cost(const Usage& usage, const Price& price, std::string_view service_tier) {
  std::string text;
  for (const Part& part : parts_of(usage, rates_for(price, whole_input(usage), service_tier))) {
    if (part.tokens == 0) continue;
    text += fmt::format("{}{} {} x {}", text.empty() ? "" : " + ", part.tokens, part.name,
                        rate_text(part.rate));
  }
  if (!price.per_request.is_zero())
    text +=
        fmt::format("{}${} per request", text.empty() ? "" : " + ", to_decimal(price.per_request));
  if (text.empty()) text = "nothing counted";
  text += " = $" + to_decimal(cost_of(usage, price, service_tier));
  std::string_view tier = tier_name(service_tier);
  if (!tier.empty()) text += fmt::format(" ({} tier)", tier);
  if (!price.source.empty()) text += ", prices from " + price.source;
  return text;
}

}  // namespace litegw::ledger
